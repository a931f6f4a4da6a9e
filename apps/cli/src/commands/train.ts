import { openExperiment, type ReadOptions, train } from '@dyadic/pipeline';
import { formatCell } from '@dyadic/report';
import type { Command } from 'commander';
import { eventsTo } from '../output/events.js';
import {
  dataOption,
  engineChoice,
  engineOption,
  experimentOf,
  interruptible,
  numberOption,
  profileOption,
  setOption,
  threadsOption,
} from './context.js';

interface Options extends Pick<ReadOptions, 'set'> {
  readonly profile: string;
  readonly engine: string;
  readonly threads: string;
  readonly data?: string;
  readonly out?: string;
  readonly fresh?: boolean;
  readonly checkpointSeconds: string;
}

export function addTrain(program: Command): void {
  program
    .command('train')
    .description('train the network of an experiment')
    .argument('[folder]', 'the folder of experiment.json', '.')
    .addOption(profileOption())
    .addOption(dataOption())
    .addOption(setOption())
    .addOption(engineOption())
    .addOption(threadsOption())
    .option('-o, --out <folder>', 'where the run goes (default: runs/<profile>[+entry=value…] beside experiment.json)')
    .option('--checkpoint-seconds <seconds>', 'least time between two checkpoints', '2')
    .option('--fresh', 'forget an earlier run instead of going on from its checkpoint')
    .addHelpText(
      'after',
      `
Stopped or killed, it goes on from its last checkpoint and ends with the same bytes.

Examples:
  dyadic train apps/nlse-1d
  dyadic train apps/nlse-1d --profile paper
  dyadic train apps/nlse-1d --set training.batchSize=50 --set network.activation=tanh
  dyadic train apps/nlse-1d --data datasets/nlse-1d/data/quick+potential.wells=3 --out /tmp/three-wells
  dyadic train apps/nlse-1d --out /tmp/run --json`,
    )
    .action(
      interruptible<Options>(async (folder, options, { output, signal }) => {
        const checkpointSeconds = numberOption('--checkpoint-seconds', options.checkpointSeconds);
        const run = {
          ...engineChoice(options),
          fresh: options.fresh ?? false,
          checkpointSeconds,
          signal,
          onEvent: eventsTo(output),
        };
        const experiment = await experimentOf(folder, options);
        const { state, epochsRun, engine } = await train(await openExperiment(experiment), run);
        const { name, runFolder } = experiment;
        const best = `best validation ε ${formatCell(state.bestError, 'error')} after epoch ${state.bestEpoch}`;
        const what = `${name}: ${state.epoch} epochs, ${best}`;
        output.result(epochsRun > 0 ? what : `${what}; up to date`, {
          run: runFolder,
          engine,
          epochs: state.epoch,
          epochsRun,
          bestEpoch: state.bestEpoch,
          bestError: state.bestError,
        });
      }),
    );
}
