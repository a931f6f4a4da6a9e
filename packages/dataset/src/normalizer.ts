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
 *   `density` gives it.
 */
export type Normalization = 'standard' | 'mean' | 'relative-mean' | 'mean-scale';

/**
 * Fits a normalizer to the training split, and to nothing else.
 *
 * @throws ArgumentError for non-finite data, and where there is no scale: data that are all the same for `standard`,
 *   data of mean 0 for `relative-mean` and `mean-scale`
 */
export function fitNormalizer(values: ArrayLike<number>, method: Normalization = 'standard'): Normalizer {
  if (values.length === 0) throw new ArgumentError('values', values, 'at least one number');
  requireFiniteArray('values', values);
  const mean = average(values, (x) => x);
  if (method === 'mean') return { shift: mean, scale: 1 };
  if (method === 'relative-mean' || method === 'mean-scale') {
    if (mean === 0) throw new ArgumentError('mean of values', 0, `a mean other than 0 for '${method}'`);
    return method === 'mean-scale' ? { shift: 0, scale: mean } : { shift: mean, scale: 2 * mean };
  }
  const deviation = Math.sqrt(average(values, (x) => (x - mean) ** 2));
  if (deviation === 0) throw new ArgumentError('values', values, 'numbers that are not all the same');
  return { shift: mean, scale: deviation };
}

/** (x − shift)/scale, as float32. */
export function normalize({ shift, scale }: Normalizer, values: ArrayLike<number>): Float32Array {
  return Float32Array.from(values, (x) => (x - shift) / scale);
}

/** shift + scale · y: the inverse of {@link normalize}. */
export function denormalize({ shift, scale }: Normalizer, values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values, (y) => shift + scale * y);
}

function average(values: ArrayLike<number>, f: (x: number) => number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += f(values[i]!);
  return sum / values.length;
}
