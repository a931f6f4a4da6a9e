import { resolve } from 'node:path';
import {
  costTable,
  type DataEvaluation,
  datasetFolder,
  type ExperimentOverrides,
  errorTable,
  evaluate,
  evaluateData,
  isRun,
  isTrainedOn,
  openExperiment,
  readExperiment,
} from '@dyadic/pipeline';
import { formatCell, tableText } from '@dyadic/report';
import { defineCommand } from '../command.js';
import {
  DATA,
  ENGINE,
  type EngineFlags,
  FOREIGN,
  type ForeignFlags,
  flag,
  PROBLEM,
  PROFILE,
  type ProblemFlag,
  problemsOf,
  RUN,
  SET,
} from '../flags.js';

interface Flags extends EngineFlags, ForeignFlags, ProblemFlag {
  readonly input?: string;
  readonly output?: string;
  readonly profile: string;
  readonly data?: string;
  readonly out?: string;
  readonly set?: ExperimentOverrides;
}

export const addEvaluate = defineCommand<Flags>({
  name: 'evaluate',
  summary: 'measure a trained network and write its report',
  argument: {
    syntax: '[folder]',
    meaning: 'the folder of experiment.json; with --data a run or a checkpoint too',
    default: '.',
  },
  flags: [
    PROFILE,
    DATA,
    SET,
    ...ENGINE,
    PROBLEM,
    RUN,
    flag('--input <array>', 'other data: the array of inputs (default: named as in training)'),
    flag('--output <array>', 'other data: the array of outputs (default: named as in training)'),
    ...FOREIGN,
  ],
  notes: `Prints the errors on all splits, beside the paper's where the experiment states them, and writes one self-contained page
with figures. With --data other than the training's, a dataset or a file that import takes, all of its samples are
measured and nothing is written.`,
  examples: [
    'dyadic evaluate apps/nlse-1d',
    'dyadic evaluate apps/nlse-1d --data datasets/nlse-1d/data/quick+potential.wells=3 --out /tmp/three-wells',
    'dyadic evaluate apps/nlse-1d --data measured.npz',
    'dyadic evaluate apps/nlse-1d/runs/quick --data measured.npz',
    'dyadic evaluate apps/nlse-1d --json',
  ],
  async run(folder, flags, { output, onEvent }) {
    const { profile, out, set, ...choice } = flags;
    const data = flags.data === undefined ? undefined : await datasetFolder(flags.data, profile);
    const measureOn = async (run: string, other: string) => {
      const found = await evaluateData(run, other, { ...choice, onEvent });
      output.result(dataText(found), found);
    };
    if (data !== undefined && (await isRun(folder))) return measureOn(folder, data);
    const experiment = await readExperiment(folder, profile, { data, out, set });
    if (data !== undefined && !(await isTrainedOn(experiment.runFolder, data))) {
      return measureOn(experiment.runFolder, data);
    }
    const problems = await problemsOf(flags);
    const { engine, threads } = flags;
    const open = await openExperiment(experiment);
    const { evaluation, page, fresh } = await evaluate(open, { engine, threads, problems, onEvent });
    const color = process.stdout.isTTY === true;
    const tables = [errorTable(evaluation), costTable(evaluation)].map((table) => tableText(table, { color }));
    const where = `page: ${resolve(page)}${fresh ? '' : ' (up to date)'}`;
    output.result(`${tables.join('\n\n')}\n\n${where}`, { ...evaluation, page, fresh });
  },
});

function dataText({ path, samples, input, output, mean, median, worst, worstSample }: DataEvaluation): string {
  const errors = [mean, median, worst].map((error) => formatCell(error, 'error'));
  const what = `${formatCell(samples, 'integer')} samples of ${path}, '${[input].flat().join("', '")}' ↦ '${[output].flat().join("', '")}'`;
  return `${what}: mean relative error ${errors[0]}, median ${errors[1]}, largest ${errors[2]} (sample ${worstSample})`;
}
