import { square } from '@dyadic/elementary';
import { ArgumentError, requireFiniteArray } from '@dyadic/errors';

/** The affine map x ↦ (x − shift)/scale between a field's own units and those a network works in. */
export interface Normalizer {
  readonly shift: number;
  readonly scale: number;
}

/**
 * How to choose a normalizer from training data:
 *
 * - `standard`: zero mean, unit variance over all entries of all samples;
 * - `mean`: zero mean, scale 1, as the authors' program treats u;
 * - `relative-mean`: x/(2·mean) − 1/2, as the authors' program treats V;
 * - `mean-scale`: x/mean, shift 0. The one for densities: it keeps the sign, and as ∫ρ = n_e is the same for every
 *   sample, the mean is n_e/|Ω| and every normalised density has the mean 1, as a network with the output stage
 *   `density` gives it;
 * - `rms-scale`: x/√mean(x²), shift 0. The one for ground states: as ∫u² is the same for every sample, every normalised
 *   one has the mean square 1, as a network with the output stage `wavefunction` gives it.
 */
export type Normalization = 'standard' | 'mean' | 'relative-mean' | 'mean-scale' | 'rms-scale';

/** Those that need a second pass, for the variance. */
const OF_VARIANCE: readonly Normalization[] = ['standard', 'rms-scale'];

/**
 * Fits a normalizer to the training split, and to nothing else.
 *
 * @throws ArgumentError for non-finite data, and where there is no scale but rounding: data that are all the same for
 *   `standard`, data of mean 0 for `relative-mean` and `mean-scale`, of zeros alone for `rms-scale`
 */
export function fitNormalizer(values: ArrayLike<number>, method: Normalization = 'standard'): Normalizer {
  const total = new Total();
  total.add(values);
  const { mean } = total;
  const variance = () => sumOf(0, values, (x) => square(x - mean)) / values.length;
  return normalizerOf(method, total, OF_VARIANCE.includes(method) ? variance() : 0);
}

/**
 * Fits a normalizer to each of several columns that come in pieces: data that need not fit in memory. It goes through all
 * pieces once for the means, and once more for the variances if a method wants them. Sums run in the order of the data,
 * so the result has the bits that {@link fitNormalizer} gives the whole column, however it is cut.
 *
 * @param pieces - Starts a pass over the data; a piece has one array per method.
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

/** What one pass over the data finds. */
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
    // A number that is not finite leaves its mark on the sum; only then is it looked for.
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

/** Numbers that differ by no more than this, relative to the largest, differ by rounding. */
const ROUNDING = 2 ** -50;
/** A mean of no more than this, relative to the largest number, is what rounding left of a sum of 0. */
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

/** Squares of numbers beyond 1e±154 overflow, or vanish. */
function withScale(normalizer: Normalizer): Normalizer {
  const { scale } = normalizer;
  if (scale !== 0 && Number.isFinite(scale) && Number.isFinite(1 / scale)) return normalizer;
  throw new ArgumentError('scale of values', scale, 'a number to divide by: values are too small or too large');
}

/** (x − shift)/scale, as float32. */
export function normalize({ shift, scale }: Normalizer, values: ArrayLike<number>): Float32Array {
  return Float32Array.from(values, (x) => (x - shift) / scale);
}

/** shift + scale · y: the inverse of {@link normalize}. */
export function denormalize({ shift, scale }: Normalizer, values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values, (y) => shift + scale * y);
}

/** The sum so far with the terms f(x) added, one after the other. */
function sumOf(sum: number, values: ArrayLike<number>, f: (x: number) => number): number {
  for (let i = 0; i < values.length; i++) sum += f(values[i]!);
  return sum;
}
