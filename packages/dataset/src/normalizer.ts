import { square } from '@dyadic/elementary';
import { ArgumentError, requireFiniteArray } from '@dyadic/errors';

/** The affine map x ↦ (x − shift)/scale from the units of the data to those of the network. */
export interface Normalizer {
  readonly shift: number;
  readonly scale: number;
}

/**
 * The choice of a normalizer from training data; means are over all entries of all samples:
 *
 * - `standard`: (x − mean)/√variance;
 * - `mean`: x − mean, as the authors' program treats u;
 * - `relative-mean`: x/(2·mean) − 1/2, as the authors' program treats V;
 * - `mean-scale`: x/mean. For densities: it keeps the sign. Since ∫ρ = n_e for every sample, the mean is n_e/|Ω|, and every
 *   normalised density has mean 1, as the output stage `density` of a network requires;
 * - `rms-scale`: x/√mean(x²). For ground states: since ∫u² is the same for every sample, every normalised ground state has mean
 *   square 1, as the output stage `wavefunction` requires.
 */
export type Normalization = 'standard' | 'mean' | 'relative-mean' | 'mean-scale' | 'rms-scale';

/** Normalizations that need a second pass, for the variance. */
const OF_VARIANCE: readonly Normalization[] = ['standard', 'rms-scale'];

/**
 * Fits a normalizer. Pass the training split only.
 *
 * @param values - All entries of all samples.
 * @param method - Default `standard`.
 * @throws ArgumentError for no data or non-finite data, and for data without a scale beyond rounding: constant data for
 *   `standard`, mean 0 for `relative-mean` and `mean-scale`, only zeros for `rms-scale`
 */
export function fitNormalizer(values: ArrayLike<number>, method: Normalization = 'standard'): Normalizer {
  const total = new Total();
  total.add(values);
  const { mean } = total;
  const variance = () => sumOf(0, values, (x) => square(x - mean)) / values.length;
  return normalizerOf(method, total, OF_VARIANCE.includes(method) ? variance() : 0);
}

/**
 * Fits normalizers to several columns that arrive in pieces, for data larger than memory. Makes one pass for the means, and a
 * second one if a method needs the variance. Sums run in the order of the data, so the result is bit for bit that of
 * {@link fitNormalizer} on whole columns, however they are cut.
 *
 * @param pieces - Starts a pass over the data; each piece has one array per method.
 * @param methods - One per column.
 * @returns one normalizer per column
 * @throws ArgumentError as {@link fitNormalizer} does
 */
export async function fitNormalizers(
  pieces: () => AsyncIterable<readonly ArrayLike<number>[]>,
  methods: readonly Normalization[],
): Promise<Normalizer[]> {
  const totals = methods.map(() => new Total());
  for await (const columns of pieces()) {
    for (const [c, values] of columns.entries()) totals[c]!.add(values);
  }
  const means = totals.map(({ mean }) => mean);
  const squares = methods.map(() => 0);
  if (methods.some((method) => OF_VARIANCE.includes(method))) {
    for await (const columns of pieces()) {
      for (const [c, values] of columns.entries())
        squares[c] = sumOf(squares[c]!, values, (x) => square(x - means[c]!));
    }
  }
  return methods.map((method, c) => normalizerOf(method, totals[c]!, squares[c]! / totals[c]!.count));
}

/** Count, sum and range of the data, from one pass. */
class Total {
  count = 0;
  least = Number.POSITIVE_INFINITY;
  greatest = Number.NEGATIVE_INFINITY;
  #sum = 0;

  add(values: ArrayLike<number>): void {
    let { least, greatest } = this;
    for (let i = 0; i < values.length; i++) {
      if (values[i]! < least) least = values[i]!;
      if (values[i]! > greatest) greatest = values[i]!;
    }
    this.least = least;
    this.greatest = greatest;
    this.count += values.length;
    this.#sum = sumOf(this.#sum, values, (x) => x);
    // A non-finite number makes the sum non-finite; search for it only then.
    if (Number.isFinite(this.#sum)) return;
    requireFiniteArray('values', values);
    throw new ArgumentError('sum of values', this.#sum, 'a finite number');
  }

  /** @throws ArgumentError when there are no numbers */
  get mean(): number {
    if (this.count === 0) throw new ArgumentError('values', [], 'at least one number');
    return this.#sum / this.count;
  }
}

/** Differences up to this, relative to the largest number, are rounding. */
const ROUNDING = 2 ** -50;
/** A mean up to this, relative to the largest number, is the rounding error of a zero sum. */
const SUM_ROUNDING = 2 ** -40;

function normalizerOf(method: Normalization, total: Total, variance: number): Normalizer {
  const { mean, least, greatest } = total;
  const largest = Math.max(Math.abs(least), Math.abs(greatest));
  if (method === 'mean') return { shift: mean, scale: 1 };
  if (method === 'relative-mean' || method === 'mean-scale') {
    if (Math.abs(mean) <= SUM_ROUNDING * largest) {
      throw new ArgumentError('mean of values', mean, `a mean other than 0 for '${method}'`);
    }
    return withScale(method === 'mean-scale' ? { shift: 0, scale: mean } : { shift: mean, scale: 2 * mean });
  }
  if (method === 'rms-scale') {
    if (largest === 0) throw new ArgumentError('mean square of values', 0, "numbers other than 0 for 'rms-scale'");
    return withScale({ shift: 0, scale: Math.sqrt(square(mean) + variance) });
  }
  if (greatest - least <= ROUNDING * largest) {
    throw new ArgumentError('variance of values', variance, 'numbers that are not all the same but for rounding');
  }
  return withScale({ shift: mean, scale: Math.sqrt(variance) });
}

/** Checks that the scale and its inverse are finite: squares of numbers beyond 1e±154 overflow or vanish. @throws ArgumentError */
function withScale(normalizer: Normalizer): Normalizer {
  const { scale } = normalizer;
  if (scale !== 0 && Number.isFinite(scale) && Number.isFinite(1 / scale)) return normalizer;
  throw new ArgumentError('scale of values', scale, 'a number to divide by: values are too small or too large');
}

/** (x − shift)/scale for every entry, computed in float64 and rounded to float32. */
export function normalize({ shift, scale }: Normalizer, values: ArrayLike<number>): Float32Array {
  return Float32Array.from(values, (x) => (x - shift) / scale);
}

/** shift + scale · y for every entry: the inverse of {@link normalize}, up to its rounding. */
export function denormalize({ shift, scale }: Normalizer, values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values, (y) => shift + scale * y);
}

/** Adds the terms f(x) to a sum, one after the other. */
function sumOf(sum: number, values: ArrayLike<number>, f: (x: number) => number): number {
  for (let i = 0; i < values.length; i++) sum += f(values[i]!);
  return sum;
}
