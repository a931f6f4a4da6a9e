/** Products of small dense matrices. */

/** a b, a rows × inner and b inner × columns, row-major. */
export function product(
  a: Float64Array,
  b: Float64Array,
  rows: number,
  inner: number,
  columns: number,
): Float64Array<ArrayBuffer> {
  const result = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < inner; k++) {
      const factor = a[i * inner + k]!;
      if (factor === 0) continue;
      for (let j = 0; j < columns; j++) result[i * columns + j]! += factor * b[k * columns + j]!;
    }
  }
  return result;
}

/** aᵀ, a rows × columns, row-major. */
export function transposed(a: Float64Array, rows: number, columns: number): Float64Array<ArrayBuffer> {
  const result = new Float64Array(a.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[j * rows + i] = a[i * columns + j]!;
  return result;
}
