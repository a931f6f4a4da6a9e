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
 * @throws ArgumentError for non-finite data, and where there is no scale: data that are all the same for `standard`,
 *   data of mean 0 for `relative-mean` and `mean-scale`, of zeros alone for `rms-scale`
 */
export function fitNormalizer(values: ArrayLike<number>, method: Normalization = 'standard'): Normalizer {
  if (values.length === 0) throw new ArgumentError('values', values, 'at least one number');
  requireFiniteArray('values', values);
  const mean = sumOf(0, values, (x) => x) / values.length;
  const variance = () => sumOf(0, values, (x) => (x - mean) ** 2) / values.length;
  return normalizerOf(method, mean, OF_VARIANCE.includes(method) ? variance() : 0);
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
  const averages = async (f: (x: number, column: number) => number) => {
    const sums = methods.map(() => 0);
    const counts = methods.map(() => 0);
    for await (const columns of pieces()) {
      for (const [c, values] of columns.entries()) {
        requireFiniteArray('values', values);
        sums[c] = sumOf(sums[c]!, values, (x) => f(x, c));
        counts[c]! += values.length;
      }
    }
    if (counts.includes(0)) throw new ArgumentError('values', [], 'at least one number');
    return sums.map((sum, c) => sum / counts[c]!);
  };
  const means = await averages((x) => x);
  const variances = methods.some((method) => OF_VARIANCE.includes(method))
    ? await averages((x, c) => (x - means[c]!) ** 2)
    : [];
  return methods.map((method, c) => normalizerOf(method, means[c]!, variances[c] ?? 0));
}

function normalizerOf(method: Normalization, mean: number, variance: number): Normalizer {
  if (method === 'mean') return { shift: mean, scale: 1 };
  if (method === 'relative-mean' || method === 'mean-scale') {
    if (mean === 0) throw new ArgumentError('mean of values', 0, `a mean other than 0 for '${method}'`);
    return method === 'mean-scale' ? { shift: 0, scale: mean } : { shift: mean, scale: 2 * mean };
  }
  if (method === 'rms-scale') {
    const meanSquare = mean ** 2 + variance;
    if (meanSquare === 0) throw new ArgumentError('mean square of values', 0, "numbers other than 0 for 'rms-scale'");
    return { shift: 0, scale: Math.sqrt(meanSquare) };
  }
  if (variance === 0) throw new ArgumentError('variance of values', 0, 'numbers that are not all the same');
  return { shift: mean, scale: Math.sqrt(variance) };
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
