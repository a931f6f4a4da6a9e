import type { ForeignArray, ForeignFile } from './foreign.js';
import type { SamplesAxis } from './import/layout.js';

/** Arrays of a file that could form a dataset, and the import options that they need. */
export interface ImportSuggestion {
  /** One array, or the input and the output of a map. */
  readonly arrays: readonly [ForeignArray] | readonly [ForeignArray, ForeignArray];
  /** The axis that counts the samples; absent if `auto` finds it. */
  readonly samplesAxis?: SamplesAxis;
}

/**
 * Suggests what to import from a file: its first two arrays that can be a map, or its only array with more than one long axis;
 * null if there is none.
 */
export function suggestImport({ format, arrays }: ForeignFile): ImportSuggestion | null {
  const tensors = arrays.filter(
    ({ refusal, shape }) => refusal === undefined && shape.filter((extent) => extent > 1).length > 1,
  );
  const [only] = tensors;
  if (only && tensors.length === 1) return { arrays: [only] };
  const pair = pairOf(tensors);
  if (!pair) return null;
  const samplesAxis = axisOf(format, ...pair);
  return { arrays: pair, ...(samplesAxis && { samplesAxis }) };
}

/** The first two arrays of equal shape, else of equal first extent, else of equal last extent. */
function pairOf(tensors: readonly ForeignArray[]): [ForeignArray, ForeignArray] | null {
  const agree = [
    (a: ForeignArray, b: ForeignArray) => a.shape.join() === b.shape.join(),
    (a: ForeignArray, b: ForeignArray) => a.shape[0] === b.shape[0],
    (a: ForeignArray, b: ForeignArray) => a.shape.at(-1) === b.shape.at(-1),
  ];
  for (const agrees of agree) {
    for (const [k, a] of tensors.entries()) {
      const b = tensors.slice(k + 1).find((other) => agrees(a, other));
      if (b) return [a, b];
    }
  }
  return null;
}

function axisOf(format: string, a: ForeignArray, b: ForeignArray): 'first' | 'last' | undefined {
  if (!format.startsWith('HDF5')) return a.shape[0] === b.shape[0] ? undefined : 'last';
  const [first, last] = [a.shape[0] === b.shape[0], a.shape.at(-1) === b.shape.at(-1)];
  if (first !== last) return first ? 'first' : 'last';
  return a.order === 'column-major' ? 'last' : 'first';
}
