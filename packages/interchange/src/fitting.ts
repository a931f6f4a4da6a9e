import { DataError } from '@dyadic/errors';
import { type ForeignArray, type ForeignFile, type ReadOptions, shapeText } from './foreign.js';
import { axisNumber, isReversed, SAMPLES_FIRST, type SampleAxes, type SamplesAxis } from './import/layout.js';
import { product } from './numbers.js';

/** The layout of samples of a known shape in an array: options for {@link ForeignArray.read}, and their number. */
export interface Fitting extends ReadOptions {
  /** Number of samples in the array. */
  readonly samples: number;
}

/** Whether samples of shape `found` are samples of shape `wanted`: equal up to axes of extent 1, or flat in row-major order. */
export function fits(found: readonly number[], wanted: readonly number[]): boolean {
  const isLong = (extent: number) => extent !== 1;
  const [a, b] = [found.filter(isLong), wanted.filter(isLong)];
  const isSame = a.length === b.length && a.every((extent, k) => extent === b[k]);
  return isSame || (a.length === 1 && a[0] === product(wanted));
}

/**
 * Finds the layout of samples of the wanted shape in an array: which axis counts them, and the order of their own axes.
 *
 * @param wanted - Shape of one sample.
 * @param options - `samplesAxis` and `axes`, both `auto` by default.
 * @throws DataError when the array is not numeric, when no axis leaves that shape, or when the axis or the order is ambiguous
 */
export function fittingTo(
  file: ForeignFile,
  array: ForeignArray,
  wanted: readonly number[],
  { samplesAxis = 'auto', axes = 'auto' }: { readonly samplesAxis?: SamplesAxis; readonly axes?: SampleAxes } = {},
): Fitting {
  array.requireNumbers();
  const last = array.shape.length - 1;
  const candidates =
    samplesAxis === 'auto' ? [...new Set([0, Math.max(0, last)])] : [axisNumber(file, array, samplesAxis)];
  const isTurned = axes === 'reversed' || (axes === 'auto' && array.order === 'column-major');
  const taken = candidates.filter(
    (axis) => axis <= last && fits(array.along({ axis, reversed: isTurned }).shape, wanted),
  );
  const [axis] = taken;
  if (axis === undefined) {
    const samples = wanted.length > 1 ? `${wanted.join(' × ')} numbers` : `${wanted[0]} numbers`;
    const what = `'${array.name}' has shape ${shapeText(array.shape)}; expected samples of ${samples}`;
    throw new DataError(file.path, samplesAxis === 'auto' ? what : `${what}, counted by axis ${candidates[0]}`);
  }
  if (taken.length > 1 && !SAMPLES_FIRST.includes(file.format)) {
    const what = `'${array.name}' of shape ${shapeText(array.shape)} leaves open which axis counts the samples`;
    throw new DataError(file.path, what, { remedy: { code: 'samples-axis' } });
  }
  const reversed = isReversed(file, array, axis, axes);
  return { axis, reversed, samples: array.along({ axis }).samples };
}

/**
 * The array to read: the one of the given name, else the only one whose samples can have the wanted shape.
 *
 * @param options - As for {@link fittingTo}.
 * @throws DataError that lists the arrays of the file, when none or several qualify
 */
export function arrayFor(
  file: ForeignFile,
  name: string,
  wanted: readonly number[],
  options: Parameters<typeof fittingTo>[3] = {},
): ForeignArray {
  const named = file.arrays.find((array) => array.name === name);
  if (named) return named;
  const fitting = file.arrays.filter((array) => {
    try {
      fittingTo(file, array, wanted, options);
      return true;
    } catch (error) {
      if (error instanceof DataError) return error.remedy !== undefined;
      throw error;
    }
  });
  if (fitting.length === 1) return fitting[0]!;
  // The only array: reading it reports what is wrong with it.
  if (file.arrays.length === 1) return file.arrays[0]!;
  throw new DataError(file.path, `has no array '${name}'; it has ${file.list()}`, { remedy: { code: 'name-array' } });
}
