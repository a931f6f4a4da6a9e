import { join } from 'node:path';
import { parsePart, readSweep, SWEEP_FILE, sweep, sweepTable } from '@dyadic/pipeline';
import { tableText } from '@dyadic/report';
import type { Command } from 'commander';
import { eventsTo } from '../output/events.js';
import {
  dataOption,
  datasetFolder,
  engineChoice,
  engineOption,
  interruptible,
  profileOption,
  threadsOption,
} from './context.js';

interface Options {
  readonly plan?: string;
  readonly profile: string;
  readonly data?: string;
  readonly engine: string;
  readonly threads: string;
  readonly out?: string;
  readonly part?: string;
}

export function addSweep(program: Command): void {
  program
    .command('sweep')
    .description('train an experiment with many values of its entries')
    .argument('[folder]', 'the folder of experiment.json', '.')
    .option('--plan <file>', `what to try (default: ${SWEEP_FILE} beside experiment.json)`)
    .addOption(profileOption())
    .addOption(dataOption())
    .addOption(engineOption())
    .addOption(threadsOption())
    .option('-o, --out <folder>', 'where the runs go (default: runs beside experiment.json)')
    .option('--part <k/n>', 'make only runs k, k + n, k + 2n …, for arrays of jobs')
    .addHelpText(
      'after',
      `
The plan is a grid of values, or random draws, of entries of the experiment:
  {"entries": {"training.batchSize": [10, 50], "network.activation": ["tanh", "softplus"]}}
  {"entries": {"training.schedule.learningRate": {"from": 1e-4, "to": 1e-2, "scale": "log"}}, "random": {"runs": 20, "seed": 1}}
A run is that of dyadic train with the same --set, in the same folder. Stopped or killed, the same command resumes.

Examples:
  dyadic sweep apps/nlse-1d
  dyadic sweep apps/nlse-1d --plan rates.json --part 2/8`,
    )
    .action(
      interruptible<Options>(async (folder, options, { output, signal }) => {
        const { profile, data, out, part } = options;
        const plan = await readSweep(options.plan ?? join(folder, SWEEP_FILE));
        const outcome = await sweep(folder, plan, {
          ...engineChoice(options),
          profile,
          ...(data !== undefined && { data: await datasetFolder(data, profile) }),
          ...(out !== undefined && { out }),
          ...(part !== undefined && { part: parsePart('--part', part) }),
          signal,
          onEvent: eventsTo(output),
        });
        output.result(tableText(sweepTable(outcome)), outcome);
      }),
    );
}
