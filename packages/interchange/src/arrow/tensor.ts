/**
 * A tensor, from the metadata of a field. Accepted extension types: `arrow.fixed_shape_tensor`
 * (https://arrow.apache.org/docs/format/CanonicalExtensions.html#fixed-shape-tensor), and the nested lists of Hugging Face.
 */
export interface Tensor {
  /** Extents as stored. */
  readonly stored: readonly number[];
  /** For each axis of the array, the axis of the stored tensor. */
  readonly permutation: readonly number[];
  /** Extents of the array. */
  readonly shape: readonly number[];
}

const NESTED_LISTS = /^datasets\.features\.features\.Array[2-5]DExtensionType$/;

/** The tensor of a field, undefined for a plain field, or the reason for refusing it. */
export function tensorOf(metadata: ReadonlyMap<string, string> | null | undefined): Tensor | undefined | string {
  const extension = metadata?.get('ARROW:extension:name');
  if (extension === undefined || NESTED_LISTS.test(extension)) return undefined;
  if (extension !== 'arrow.fixed_shape_tensor') return `has the extension type ${extension}; expected plain numbers`;
  const { shape: stored, permutation = [] } = parsed(metadata?.get('ARROW:extension:metadata') ?? '');
  const order =
    Array.isArray(permutation) && permutation.length > 0
      ? permutation
      : (stored as unknown[] | undefined)?.map((_, k) => k);
  if (!isExtents(stored) || !isPermutation(order, stored.length)) {
    return 'has a tensor type whose shape or permutation makes no sense';
  }
  return { stored, permutation: order, shape: order.map((axis) => stored[axis]!) };
}

function parsed(text: string): { shape?: unknown; permutation?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function isExtents(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((extent) => Number.isSafeInteger(extent) && extent > 0);
}

function isPermutation(value: unknown, rank: number): value is number[] {
  return (
    Array.isArray(value) && value.length === rank && [...value].sort((a, b) => a - b).every((axis, k) => axis === k)
  );
}
