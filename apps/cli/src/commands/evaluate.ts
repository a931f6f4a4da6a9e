import { readdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { openDataset } from '@dyadic/dataset';
import {
  costTable,
  type DataEvaluation,
  errorTable,
  evaluate,
  evaluateData,
  findCheckpoint,
  isDataset,
  openExperiment,
  type ReadOptions,
  readExperiment,
} from '@dyadic/pipeline';
import { formatCell, tableText } from '@dyadic/report';
import type { Command } from 'commander';
import { eventsTo } from '../output/events.js';
import {
  action,
  dataOption,
  datasetFolder,
  engineChoice,
  engineOption,
  experimentOf,
  problemOption,
  problemsOf,
  profileOption,
  setOption,
  threadsOption,
} from './context.js';
import { type ForeignFlags, foreignChoice, foreignOptions } from './foreign-options.js';

interface Options extends ForeignFlags, Pick<ReadOptions, 'set'> {
  readonly input?: string;
  readonly output?: string;
  readonly profile: string;
  readonly engine: string;
  readonly threads: string;
  readonly data?: string;
  readonly out?: string;
  readonly problem?: readonly string[];
}

export function addEvaluate(program: Command): void {
  const command = program
    .command('evaluate')
    .description('measure a trained network and write its report')
    .argument('[folder]', 'the folder of experiment.json', '.')
    .addOption(profileOption())
    .addOption(dataOption())
    .addOption(setOption())
    .addOption(engineOption())
    .addOption(threadsOption())
    .addOption(problemOption())
    .option('-o, --out <folder>', 'where the run is (default: runs/<profile>[+entry=value…] beside experiment.json)')
    .option('--input <array>', 'other data: the array of inputs (default: named as in training)')
    .option('--output <array>', 'other data: the array of outputs (default: named as in training)');
  for (const option of foreignOptions()) command.addOption(option);
  command
    .addHelpText(
      'after',
      `
Prints the errors on all splits beside the paper's and writes one self-contained page with figures. Other data than those
of the training, a dataset or a file that import takes, are measured whole, and nothing is written.

Examples:
  dyadic evaluate apps/nlse-1d
  dyadic evaluate apps/nlse-1d --data datasets/nlse-1d/data/quick+potential.wells=3 --out /tmp/three-wells
  dyadic evaluate apps/nlse-1d --data measured.npz
  dyadic evaluate apps/nlse-1d --json`,
    )
    .action(
      action<Options>(async (folder, options, output) => {
        const choice = engineChoice(options);
        if (options.data !== undefined && (await isElsewhere(folder, options))) {
          const { data, profile, input, output: target } = options;
          const { runFolder } = await readExperiment(folder, profile, runOf(options));
          const found = await evaluateData(runFolder, await datasetFolder(data, profile), {
            ...choice,
            ...foreignChoice(options),
            ...(input !== undefined && { input }),
            ...(target !== undefined && { output: target }),
            onEvent: eventsTo(output),
          });
          output.result(dataText(found), found);
          return;
        }
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

/** Whether data are other than those that the network was trained on: a file, or a dataset of another content. */
async function isElsewhere(folder: string, { profile, data, ...options }: Options): Promise<boolean> {
  const place = await datasetFolder(data!, profile);
  if (!(await isDataset(place)))
    return !(await stat(place).catch(() => null))?.isDirectory() || (await holdsArrays(place));
  const { runFolder } = await readExperiment(folder, profile, runOf(options));
  const checkpoint = await findCheckpoint(runFolder);
  if (!checkpoint) return false;
  const { manifest } = await openDataset(place);
  return (checkpoint.origin as { readonly dataset?: string }).dataset !== manifest.checksum;
}

/** What says which run it is. */
function runOf({ out, set }: Pick<Options, 'out' | 'set'>): ReadOptions {
  return { ...(out !== undefined && { out }), ...(set && { set }) };
}

async function holdsArrays(folder: string): Promise<boolean> {
  return (await readdir(folder)).some((name) => /\.(npy|csv|tsv)$/i.test(name));
}

function dataText({ path, samples, input, output, mean, median, worst, worstSample }: DataEvaluation): string {
  const errors = [mean, median, worst].map((error) => formatCell(error, 'error'));
  const what = `${formatCell(samples, 'integer')} samples of ${path}, '${input}' ↦ '${output}'`;
  return `${what}: mean relative error ${errors[0]}, median ${errors[1]}, largest ${errors[2]} (sample ${worstSample})`;
}
