/** A P ≈ Q R of rank k: the columns of A in the order of the pivots, the rest behind. */
export interface PivotedQr {
  /** k */
  readonly rank: number;
  /** Numbers of the k columns chosen, in order of choice. */
  readonly pivots: Uint32Array;
  /** R in the original order of the columns: A ≈ Q R, k × columns, row-major. */
  readonly r: Float64Array;
  /** ‖A − Q R‖_F² */
  readonly remainder: number;
}

/**
 * QR factors by modified Gram-Schmidt with column pivoting (Golub and Van Loan, Matrix Computations, §5.4), until `most`
 * columns are chosen, no column is left longer than `tolerance` times the longest, or what is left altogether, ‖A − Q R‖_F²,
 * is at most `enough`. Each new direction is
 * orthogonalised twice, so that Q is orthogonal to rounding. Q itself is not kept: interpolation and singular values
 * of the columns' coefficients need R alone.
 *
 * @param columns - A, column after column, each `length` numbers; overwritten.
 */
export function pivotedQr(
  columns: Float64Array,
  length: number,
  most: number,
  tolerance: number,
  enough = 0,
): PivotedQr {
  const count = columns.length / length;
  const limit = Math.min(most, length, count);
  const r = new Float64Array(limit * count);
  const pivots = new Uint32Array(limit);
  const chosen = new Uint8Array(count);
  const squares = Float64Array.from({ length: count }, (_, j) => dot(columns, j * length, columns, j * length, length));
  const directions: Float64Array[] = [];
  let rank = 0;
  let smallest = 0;
  for (; rank < limit; rank++) {
    const pivot = largestLeft(squares, chosen);
    if (rank === 0) smallest = tolerance ** 2 * squares[pivot]!;
    if (!(squares[pivot]! > smallest) || left(squares, chosen) <= enough) break;
    const direction = columns.slice(pivot * length, (pivot + 1) * length);
    for (const earlier of directions) subtract(direction, 0, earlier, dot(direction, 0, earlier, 0, length));
    const norm = Math.sqrt(dot(direction, 0, direction, 0, length));
    if (norm === 0) break;
    for (let i = 0; i < length; i++) direction[i]! /= norm;
    directions.push(direction);
    pivots[rank] = pivot;
    chosen[pivot] = 1;
    for (let j = 0; j < count; j++) {
      // A column chosen earlier is spent: what is left of it is rounding.
      if (chosen[j] && j !== pivot) continue;
      const share = dot(columns, j * length, direction, 0, length);
      r[rank * count + j] = share;
      subtract(columns, j * length, direction, share);
      squares[j] = dot(columns, j * length, columns, j * length, length);
    }
  }
  return { rank, pivots: pivots.slice(0, rank), r: r.slice(0, rank * count), remainder: left(squares, chosen) };
}

/** Σ of the squares of the columns that are not chosen. */
function left(squares: Float64Array, chosen: Uint8Array): number {
  return squares.reduce((sum, square, j) => (chosen[j] ? sum : sum + square), 0);
}

function largestLeft(squares: Float64Array, chosen: Uint8Array): number {
  let best = -1;
  for (let j = 0; j < squares.length; j++) {
    if (!chosen[j] && (best < 0 || squares[j]! > squares[best]!)) best = j;
  }
  return best;
}

function dot(a: Float64Array, aStart: number, b: Float64Array, bStart: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += a[aStart + i]! * b[bStart + i]!;
  return sum;
}

/** a −= factor · b */
function subtract(a: Float64Array, aStart: number, b: Float64Array, factor: number): void {
  for (let i = 0; i < b.length; i++) a[aStart + i]! -= factor * b[i]!;
}
