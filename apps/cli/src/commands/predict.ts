import { resolve } from 'node:path';
import { KINDS } from '@dyadic/interchange';
import { predict } from '@dyadic/pipeline';
import { formatCell } from '@dyadic/report';
import { type Command, Option } from 'commander';
import { eventsTo } from '../output/events.js';
import { UsageError } from '../usage.js';
import { action, engineChoice, engineOption, problemOption, problemsOf, threadsOption } from './context.js';
import { type ForeignFlags, foreignChoice, foreignOptions } from './foreign-options.js';

interface Options extends ForeignFlags {
  readonly input?: string;
  readonly potentials?: string;
  readonly array?: string;
  readonly out: string;
  readonly engine: string;
  readonly threads: string;
  readonly repair?: boolean;
  readonly problem?: readonly string[];
}

export function addPredict(program: Command): void {
  const command = program
    .command('predict')
    .description('apply a trained network to inputs')
    .argument('<run>', 'a run folder or a checkpoint')
    .option('-i, --input <path>', `a dataset folder, ${KINDS}, or .json (wells)`)
    .addOption(new Option('--potentials <path>', 'the same as --input').hideHelp())
    .requiredOption('-o, --out <folder>', 'where inputs and predictions go, as Arrow files')
    .option(
      '--array <name>',
      "which array of the file (default: that of the input column's name, or the only one that fits)",
    );
  for (const option of foreignOptions()) command.addOption(option);
  command
    .option('--repair', 'read all shards that are there and predict damaged ones again')
    .addOption(engineOption())
    .addOption(threadsOption())
    .addOption(problemOption())
    .addHelpText(
      'after',
      `
A JSON file gives wells: {"equation": "nlse", "samples": [{"variance": 0.003, "wells": [{"strength": 2, "center": [0.3]}]}]}

Examples:
  dyadic predict apps/nlse-1d/runs/quick --input wells.json --out predicted
  dyadic predict run --input new.mat --array a --samples-axis last --out predicted
  dyadic predict run/checkpoint.safetensors --input datasets/nlse-1d/data/quick --out predicted`,
    )
    .action(
      action<Options>(async (run, options, output) => {
        const { out, array, repair = false } = options;
        const input = options.input ?? options.potentials;
        if (input === undefined) throw new UsageError('--input <path> is missing: what to predict from');
        const outcome = await predict(run, input, out, {
          ...engineChoice(options),
          ...foreignChoice(options),
          ...(array !== undefined && { array }),
          problems: await problemsOf(options),
          repair,
          onEvent: eventsTo(output),
        });
        const { samples, computed, seconds, output: column } = outcome;
        const what = `${formatCell(samples, 'integer')} predictions in ${resolve(out)}, column '${[column].flat().join("', '")}'`;
        const rate = () =>
          `${formatCell(seconds, 'seconds')} in the network, ${formatCell(seconds / computed, 'seconds')} each`;
        output.result(computed > 0 ? `${what} (${rate()})` : `${what}, are up to date`, { ...outcome, out });
      }),
    );
}
