import { resolve } from 'node:path';
import { predict } from '@dyadic/pipeline';
import { formatCell } from '@dyadic/report';
import type { Command } from 'commander';
import { eventsTo } from '../output/events.js';
import { action, engineChoice, engineOption, problemOption, problemsOf, threadsOption } from './context.js';

interface Options {
  readonly potentials: string;
  readonly out: string;
  readonly engine: string;
  readonly threads: string;
  readonly problem?: readonly string[];
}

export function addPredict(program: Command): void {
  program
    .command('predict')
    .description('apply a trained network to potentials')
    .argument('<run>', 'a run folder or a checkpoint')
    .requiredOption(
      '-i, --potentials <path>',
      'a dataset folder, or a file: .arrow, .csv (one a line) or .json (wells)',
    )
    .requiredOption('-o, --out <folder>', 'where potentials and predictions go, as Arrow files')
    .addOption(engineOption())
    .addOption(threadsOption())
    .addOption(problemOption())
    .addHelpText(
      'after',
      `
A JSON file gives wells: {"equation": "nlse", "samples": [{"variance": 0.003, "wells": [{"strength": 2, "center": [0.3]}]}]}

Examples:
  dyadic predict apps/nlse-1d/runs/quick --potentials wells.json --out predicted
  dyadic predict run/checkpoint.safetensors --potentials datasets/nlse-1d/data/quick --out predicted`,
    )
    .action(
      action<Options>(async (run, options, output) => {
        const { out, potentials } = options;
        const outcome = await predict(run, potentials, out, {
          ...engineChoice(options),
          problems: await problemsOf(options),
          onEvent: eventsTo(output),
        });
        const { samples, computed, seconds, output: column } = outcome;
        const what = `${formatCell(samples, 'integer')} predictions in ${resolve(out)}, column '${column}'`;
        const rate = () =>
          `${formatCell(seconds, 'seconds')} in the network, ${formatCell(seconds / computed, 'seconds')} each`;
        output.result(computed > 0 ? `${what} (${rate()})` : `${what}, are up to date`, { ...outcome, out });
      }),
    );
}
