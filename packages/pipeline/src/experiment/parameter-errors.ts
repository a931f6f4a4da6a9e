/** The dependence of the error on the input parameters of a network. */
import { type Dataset, fieldOf } from '@dyadic/dataset';
import { lineFigure } from '@dyadic/report';
import { z } from 'zod';
import { presentationOfRecipe } from '../problems/registry.js';
import { columnList, isNumber } from './columns.js';
import type { Split } from './data.js';
import type { Experiment } from './experiment.js';

/** Number of bins of a parameter, with equally many samples each up to rounding. */
const BINS = 10;

/** Samples per read. */
const PIECE = 500;

export const binSchema = z.strictObject({
  /** Least value of the parameter among the samples of the bin. */
  from: z.number(),
  /** Greatest value of the parameter among the samples of the bin. */
  to: z.number(),
  samples: z.int(),
  /** Mean relative error. */
  mean: z.number(),
  /** Largest relative error. */
  worst: z.number(),
});
export type ErrorBin = z.infer<typeof binSchema>;

/** The errors of a split's samples by the value of every input column that is one number per sample. */
export async function errorsByParameter(
  { input, network: { inputSize, inputs } }: Experiment,
  dataset: Dataset,
  split: Split,
  errors: Float64Array,
): Promise<Record<string, ErrorBin[]>> {
  const names = columnList(input);
  const numbers = names.flatMap((name, field) => (isNumber(fieldOf(dataset.recipe, name)) ? [{ name, field }] : []));
  if (numbers.length === 0) return {};
  const values = numbers.map(() => new Float64Array(split.count));
  for (let first = 0; first < split.count; first += PIECE) {
    const raw = await split.read(first, Math.min(PIECE, split.count - first));
    numbers.forEach(({ field }, n) => {
      for (let s = 0; s < raw.count; s++) {
        values[n]![first + s] = raw.inputs[s * inputSize + (field * inputSize) / inputs]!;
      }
    });
  }
  return Object.fromEntries(numbers.map(({ name }, n) => [name, binned(values[n]!, errors)]));
}

function binned(values: Float64Array, errors: Float64Array): ErrorBin[] {
  const order = [...values.keys()].filter((s) => !Number.isNaN(errors[s])).sort((a, b) => values[a]! - values[b]!);
  const bins = Math.min(BINS, order.length);
  return Array.from({ length: bins }, (_, b) => {
    const own = order.slice(Math.floor((b * order.length) / bins), Math.floor(((b + 1) * order.length) / bins));
    const found = own.map((s) => errors[s]!);
    return {
      from: values[own[0]!]!,
      to: values[own.at(-1)!]!,
      samples: own.length,
      mean: found.reduce((sum, error) => sum + error, 0) / found.length,
      worst: Math.max(...found),
    };
  });
}

/** Draws the mean and the largest error in the bins of a parameter, at the middles of the bins. */
export async function parameterFigure(dataset: Dataset, name: string, bins: readonly ErrorBin[]): Promise<string> {
  const { symbols = {}, units = {} } = presentationOfRecipe(dataset.recipe) ?? {};
  const x = bins.map(({ from, to }) => (from + to) / 2);
  const unit = units[name];
  return lineFigure({
    series: [
      { name: 'mean', x, y: bins.map(({ mean }) => mean) },
      { name: 'largest', x, y: bins.map(({ worst }) => worst), stroke: 'dashed' },
    ],
    x: { title: `${symbols[name] ?? name}${unit === undefined ? '' : ` (${unit})`}` },
    y: { title: 'relative error ε', scale: 'log' },
    description: `Relative error of the test samples against ${name}`,
  });
}
