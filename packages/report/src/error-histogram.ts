import { ArgumentError, requireKnownOptions } from '@dyadic/errors';
import { extent } from './axis-scale.js';
import { formatCell } from './format.js';
import { lineFigure } from './line-figure.js';
import { requireValues, type Series } from './series.js';
import { requireText } from './table.js';

/** Options of {@link errorHistogram}. */
export interface ErrorHistogramOptions {
  /** Relative errors of the samples, at least 0, by name of the split: `{ train, validation, test }`. */
  readonly errors: Readonly<Record<string, ArrayLike<number>>>;
  /** Title of the horizontal axis; default `relative error per sample`. */
  readonly label?: string;
  /** Heading inside the figure; default none. */
  readonly title?: string;
}

/**
 * Draws histograms of the samples' errors on a logarithmic axis: for each split, the share of its samples in bins of equal ratio.
 * Errors of 0 have their own bin. The legend gives the mean and the number of samples of each split.
 *
 * @returns an `<svg>` element as {@link lineFigure} returns
 * @throws ArgumentError (as a rejection) naming the wrong value, such as `errors.test[4]`
 */
export async function errorHistogram(options: ErrorHistogramOptions): Promise<string> {
  requireKnownOptions('errorHistogram', options, ['errors', 'label', 'title']);
  const { errors, label = 'relative error per sample', title } = options;
  requireText('label', label);
  const splits = Object.entries(errors ?? {});
  if (splits.length === 0) throw new ArgumentError('errors', errors, 'at least one series of errors');
  for (const [name, values] of splits) requireValues(`errors.${name}`, values, { log: true });

  const bins = logBins(splits.map(([, values]) => values));
  const series = splits.map(([name, values], i): Series => {
    const mean = Array.from(values).reduce((sum, value) => sum + value / values.length, 0);
    return {
      name: `${name} (mean ${formatCell(mean, 'error')}, n = ${formatCell(values.length, 'integer')})`,
      ...outline(values, bins),
      stroke: 'step',
      // later lines cover the first ones, which must stay visible beside them
      width: 2 + 0.75 * (splits.length - 1 - i),
    };
  });
  return lineFigure({
    series,
    x: { title: label, scale: 'log', ...(bins.zeros && { zero: zeroPlace(bins) }) },
    y: { title: 'share of samples' },
    description: `Histogram of ${label}: ${series.map(({ name }) => name).join('; ')}`,
    ...(title === undefined ? {} : { title }),
  });
}

/** Bin k extends from 10^(k/perDecade) to 10^((k+1)/perDecade); the errors above 0 lie in bins `first` to `last`. */
interface Bins {
  readonly perDecade: number;
  readonly first: number;
  readonly last: number;
  /** Whether some errors are 0: their bin is `first − 2`. */
  readonly zeros: boolean;
}

/** At least one bin per decade, about as many bins as the square root of the smallest split, and at most 60. */
function logBins(splits: readonly ArrayLike<number>[]): Bins {
  const all = splits.flatMap((values) => Array.from(values));
  const positive = all.filter((value) => value > 0);
  const [low, high] = positive.length > 0 ? extent(positive) : [1, 1];
  const wanted = Math.min(60, Math.max(8, Math.sqrt(Math.min(...splits.map(({ length }) => length)))));
  const decades = Math.max(0.25, Math.log10(high) - Math.log10(low));
  const perDecade = Math.max(1, Math.round(wanted / decades));
  const zeros = positive.length < all.length;
  return { perDecade, first: bin(low, perDecade), last: bin(high, perDecade), zeros };
}

function bin(value: number, perDecade: number): number {
  return Math.floor(Math.log10(value) * perDecade);
}

function edge(k: number, { perDecade }: Bins): number {
  return Math.max(10 ** (k / perDecade), Number.MIN_VALUE);
}

/** The middle of the bin of zeros, and the start of the first of the others. */
function zeroPlace(bins: Bins): { at: number; from: number } {
  return { at: edge(bins.first - 1.5, bins), from: edge(bins.first, bins) };
}

/** Corners of the outline of a histogram, starting and ending on the axis. */
function outline(values: ArrayLike<number>, bins: Bins): { x: number[]; y: number[] } {
  const { perDecade, first, last, zeros } = bins;
  const start = zeros ? first - 2 : first;
  const counts = new Array<number>(last - start + 1).fill(0);
  for (const value of Array.from(values)) counts[value === 0 ? 0 : bin(value, perDecade) - start]!++;
  return {
    x: [edge(start, bins), ...counts.map((_, k) => edge(start + k, bins)), edge(last + 1, bins)],
    y: [0, ...counts.map((count) => count / values.length), 0],
  };
}
