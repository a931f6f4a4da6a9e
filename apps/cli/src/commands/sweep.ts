import { join } from 'node:path';
import { datasetFolder, type Part, parsePart, readSweep, SWEEP_FILE, sweep, sweepTable } from '@dyadic/pipeline';
import { tableText } from '@dyadic/report';
import { defineCommand } from '../command.js';
import { DATA, ENGINE, type EngineFlags, flag, PROFILE, readFlag } from '../flags.js';

interface Flags extends EngineFlags {
  readonly plan?: string;
  readonly profile: string;
  readonly data?: string;
  readonly out?: string;
  readonly part?: Part;
}

export const addSweep = defineCommand<Flags>({
  name: 'sweep',
  summary: 'train an experiment with many values of its entries',
  argument: { syntax: '[folder]', meaning: 'the folder of experiment.json', default: '.' },
  flags: [
    flag('--plan <file>', `what to try (default: ${SWEEP_FILE} beside experiment.json)`),
    PROFILE,
    DATA,
    ...ENGINE,
    flag('-o, --out <folder>', 'where the runs go (default: runs beside experiment.json)'),
    readFlag('--part <k/n>', 'make only runs k, k + n, k + 2n …, for arrays of jobs', parsePart),
  ],
  notes: `The plan is a grid of values, or random draws, of entries of the experiment:
  {"entries": {"training.batchSize": [10, 50], "network.activation": ["tanh", "softplus"]}}
  {"entries": {"training.schedule.learningRate": {"from": 1e-4, "to": 1e-2, "scale": "log"}}, "random": {"runs": 20, "seed": 1}}
A run is that of dyadic train with the same --set, in the same folder. Stopped or killed, the same command resumes.`,
  examples: ['dyadic sweep apps/nlse-1d', 'dyadic sweep apps/nlse-1d --plan rates.json --part 2/8'],
  resumes: true,
  async run(folder, { plan = join(folder, SWEEP_FILE), profile, out, part, ...flags }, { output, onEvent, signal }) {
    const { engine, threads } = flags;
    const data = flags.data === undefined ? undefined : await datasetFolder(flags.data, profile);
    const options = { engine, threads, profile, data, out, part, signal, onEvent };
    const outcome = await sweep(folder, await readSweep(plan), options);
    output.result(tableText(sweepTable(outcome)), outcome);
  },
});
