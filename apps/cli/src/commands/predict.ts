import { resolve } from 'node:path';
import { KINDS } from '@dyadic/interchange';
import { predict } from '@dyadic/pipeline';
import { formatCell } from '@dyadic/report';
import { defineCommand } from '../command.js';
import {
  ENGINE,
  type EngineFlags,
  FOREIGN,
  type ForeignFlags,
  flag,
  PROBLEM,
  type ProblemFlag,
  problemsOf,
  requiredFlag,
} from '../flags.js';
import { UsageError } from '../usage.js';

interface Flags extends EngineFlags, ForeignFlags, ProblemFlag {
  readonly input?: string;
  readonly potentials?: string;
  readonly array?: string;
  readonly out: string;
  readonly repair?: boolean;
  readonly uncertainty?: readonly string[];
}

export const addPredict = defineCommand<Flags>({
  name: 'predict',
  summary: 'apply a trained network to inputs',
  argument: { syntax: '<run>', meaning: 'a run folder or a checkpoint' },
  flags: [
    flag('-i, --input <path>', `a dataset folder, ${KINDS}, or .json (wells)`),
    flag('--potentials <path>', 'the same as --input').hideHelp(),
    requiredFlag('-o, --out <folder>', 'where inputs and predictions go, as Arrow files'),
    flag(
      '--array <name>',
      "which array of the file (default: that of the input column's name, or the only one that fits)",
    ),
    ...FOREIGN,
    flag(
      '--uncertainty <runs...>',
      'other runs of the same map: predicts their mean, and the relative spread of each sample as a column',
    ),
    flag('--repair', 'read all finished shards and predict damaged ones again'),
    ...ENGINE,
    PROBLEM,
  ],
  notes: `A JSON file gives wells: {"equation": "nlse", "samples": [{"variance": 0.003, "wells": [{"strength": 2, "center": [0.3]}]}]}`,
  examples: [
    'dyadic predict apps/nlse-1d/runs/quick --input wells.json --out predicted',
    'dyadic predict run --uncertainty run+training.seed=2 run+training.seed=3 --input new.mat --out predicted',
    'dyadic predict run --input new.mat --array a --samples-axis last --out predicted',
    'dyadic predict run/checkpoint.safetensors --input datasets/nlse-1d/data/quick --out predicted',
  ],
  async run(run, flags, { output, onEvent }) {
    const { out, input = flags.potentials, potentials, problem, ...options } = flags;
    if (input === undefined) throw new UsageError('--input <path> is missing: what to predict from');
    const outcome = await predict(run, input, out, { ...options, problems: await problemsOf(flags), onEvent });
    const { samples, computed, seconds, output: column } = outcome;
    const what = `${formatCell(samples, 'integer')} predictions in ${resolve(out)}, column '${[column].flat().join("', '")}'`;
    const rate = () =>
      `${formatCell(seconds, 'seconds')} in the network, ${formatCell(seconds / computed, 'seconds')} each`;
    output.result(computed > 0 ? `${what} (${rate()})` : `${what}, are up to date`, { ...outcome, out });
  },
});
