import { datasetFolder, type ExperimentOverrides, openExperiment, train } from '@dyadic/pipeline';
import { formatCell } from '@dyadic/report';
import { defineCommand } from '../command.js';
import { DATA, ENGINE, type EngineFlags, flag, numberFlag, PROFILE, RUN, SET } from '../flags.js';

interface Flags extends EngineFlags {
  readonly profile: string;
  readonly data?: string;
  readonly out?: string;
  readonly set?: ExperimentOverrides;
  readonly fresh?: boolean;
  readonly checkpointSeconds: number;
}

export const addTrain = defineCommand<Flags>({
  name: 'train',
  summary: 'train the network of an experiment',
  argument: { syntax: '[folder]', meaning: 'the folder of experiment.json', default: '.' },
  flags: [
    PROFILE,
    DATA,
    SET,
    ...ENGINE,
    RUN,
    numberFlag('--checkpoint-seconds <seconds>', 'least time between two checkpoints', 2),
    flag('--fresh', 'start over instead of resuming from the checkpoint of an earlier run'),
  ],
  notes: 'Stopped or killed, it resumes from its last checkpoint and produces byte-identical output.',
  examples: [
    'dyadic train apps/nlse-1d',
    'dyadic train apps/nlse-1d --profile paper',
    'dyadic train apps/nlse-1d --set training.batchSize=50 --set network.activation=tanh',
    'dyadic train apps/nlse-1d --data datasets/nlse-1d/data/quick+potential.wells=3 --out /tmp/three-wells',
    'dyadic train apps/nlse-1d --out /tmp/run --json',
  ],
  resumes: true,
  async run(folder, { profile, out, set, fresh, ...flags }, { output, onEvent, signal }) {
    const { engine: chosen, threads, checkpointSeconds } = flags;
    const data = flags.data === undefined ? undefined : await datasetFolder(flags.data, profile);
    const open = await openExperiment(folder, { profile, data, out, set });
    const run = { engine: chosen, threads, fresh, checkpointSeconds, signal, onEvent };
    const { state, epochsRun, engine } = await train(open, run);
    const { epoch: epochs, bestEpoch, bestError } = state;
    const { name, runFolder } = open.experiment;
    const best = `best validation ε ${formatCell(bestError, 'error')} after epoch ${bestEpoch}`;
    const text = `${name}: ${epochs} epochs, ${best}${epochsRun > 0 ? '' : '; up to date'}`;
    output.result(text, { run: runFolder, engine, epochs, epochsRun, bestEpoch, bestError });
  },
});
