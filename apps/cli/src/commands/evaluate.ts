import { resolve } from 'node:path';
import { costTable, errorTable, evaluate, openExperiment } from '@dyadic/pipeline';
import { tableText } from '@dyadic/report';
import type { Command } from 'commander';
import { eventsTo } from '../output/events.js';
import {
  action,
  dataOption,
  engineChoice,
  engineOption,
  experimentOf,
  problemOption,
  problemsOf,
  profileOption,
  threadsOption,
} from './context.js';

interface Options {
  readonly profile: string;
  readonly engine: string;
  readonly threads: string;
  readonly data?: string;
  readonly out?: string;
  readonly problem?: readonly string[];
}

export function addEvaluate(program: Command): void {
  program
    .command('evaluate')
    .description('measure a trained network and write its report')
    .argument('[folder]', 'the folder of experiment.json', '.')
    .addOption(profileOption())
    .addOption(dataOption())
    .addOption(engineOption())
    .addOption(threadsOption())
    .addOption(problemOption())
    .option('-o, --out <folder>', 'where the run is (default: runs/<profile> beside experiment.json)')
    .addHelpText(
      'after',
      `
Prints the errors on all splits beside the paper's and writes one self-contained page with figures.

Examples:
  dyadic evaluate apps/nlse-1d
  dyadic evaluate apps/nlse-1d --data datasets/nlse-1d/data/quick+potential.wells=3 --out /tmp/three-wells
  dyadic evaluate apps/nlse-1d --json`,
    )
    .action(
      action<Options>(async (folder, options, output) => {
        const choice = engineChoice(options);
        const experiment = await experimentOf(folder, options);
        const { evaluation, page, fresh } = await evaluate(await openExperiment(experiment), {
          ...choice,
          problems: await problemsOf(options),
          onEvent: eventsTo(output),
        });
        const color = process.stdout.isTTY === true;
        const tables = [errorTable(evaluation), costTable(evaluation)].map((table) => tableText(table, { color }));
        const place = resolve(page);
        const where = fresh ? `page: ${place}` : `page: ${place} (up to date)`;
        output.result(`${tables.join('\n\n')}\n\n${where}`, { ...evaluation, page, fresh });
      }),
    );
}
