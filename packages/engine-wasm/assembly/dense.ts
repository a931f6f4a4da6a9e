/**
 * Dense matrices, which SOAP spends its time on, in float32 SIMD. They are row-major with rows padded by zeros to a multiple
 * of four floats, so that every row is a whole number of vectors; all functions keep the padding zero. Pointers are bytes.
 */

const VECTOR: usize = 16;

/** Squared norm of a column that counts as zero: its reciprocal must stay finite. Matrices come in with trace 1. */
const NEGLIGIBLE: f32 = 1e-30;

/** Bytes of a padded row of n floats. */
export function rowBytes(n: i32): usize {
  return (((n + 3) >> 2) as usize) << 4;
}

/**
 * C ← keep · C + weight · A B; A is m × k, B is k × n. Blocks of two rows by four vectors stay in registers.
 * With keep = 0 the old C is not read.
 */
export function multiply(c: usize, a: usize, b: usize, m: i32, k: i32, n: i32, keep: f32, weight: f32): void {
  const aRow = rowBytes(k);
  const bRow = rowBytes(n);
  let i = 0;
  for (; i + 1 < m; i += 2) {
    const a0 = a + (i as usize) * aRow;
    const c0 = c + (i as usize) * bRow;
    let column: usize = 0;
    for (; column + 4 * VECTOR <= bRow; column += 4 * VECTOR)
      twoRowsFourVectors(c0, a0, aRow, b, bRow, column, k, keep, weight);
    if (column + 2 * VECTOR <= bRow) {
      twoRowsTwoVectors(c0, a0, aRow, b, bRow, column, k, keep, weight);
      column += 2 * VECTOR;
    }
    if (column < bRow) twoRowsOneVector(c0, a0, aRow, b, bRow, column, k, keep, weight);
  }
  if (i < m) {
    const a0 = a + (i as usize) * aRow;
    const c0 = c + (i as usize) * bRow;
    for (let column: usize = 0; column < bRow; column += VECTOR)
      oneRowOneVector(c0, a0, b, bRow, column, k, keep, weight);
  }
}

function twoRowsFourVectors(
  c: usize,
  a: usize,
  aRow: usize,
  b: usize,
  bRow: usize,
  column: usize,
  k: i32,
  keep: f32,
  weight: f32,
): void {
  let s00 = f32x4.splat(0);
  let s01 = f32x4.splat(0);
  let s02 = f32x4.splat(0);
  let s03 = f32x4.splat(0);
  let s10 = f32x4.splat(0);
  let s11 = f32x4.splat(0);
  let s12 = f32x4.splat(0);
  let s13 = f32x4.splat(0);
  let row = b + column;
  for (let p = 0; p < k; p++) {
    const x0 = v128.load32_splat(a + ((p as usize) << 2));
    const x1 = v128.load32_splat(a + aRow + ((p as usize) << 2));
    const b0 = v128.load(row);
    const b1 = v128.load(row, 16);
    const b2 = v128.load(row, 32);
    const b3 = v128.load(row, 48);
    s00 = f32x4.add(s00, f32x4.mul(x0, b0));
    s01 = f32x4.add(s01, f32x4.mul(x0, b1));
    s02 = f32x4.add(s02, f32x4.mul(x0, b2));
    s03 = f32x4.add(s03, f32x4.mul(x0, b3));
    s10 = f32x4.add(s10, f32x4.mul(x1, b0));
    s11 = f32x4.add(s11, f32x4.mul(x1, b1));
    s12 = f32x4.add(s12, f32x4.mul(x1, b2));
    s13 = f32x4.add(s13, f32x4.mul(x1, b3));
    row += bRow;
  }
  const c0 = c + column;
  const c1 = c0 + bRow;
  put(c0, s00, keep, weight);
  put(c0 + 16, s01, keep, weight);
  put(c0 + 32, s02, keep, weight);
  put(c0 + 48, s03, keep, weight);
  put(c1, s10, keep, weight);
  put(c1 + 16, s11, keep, weight);
  put(c1 + 32, s12, keep, weight);
  put(c1 + 48, s13, keep, weight);
}

function twoRowsTwoVectors(
  c: usize,
  a: usize,
  aRow: usize,
  b: usize,
  bRow: usize,
  column: usize,
  k: i32,
  keep: f32,
  weight: f32,
): void {
  let s00 = f32x4.splat(0);
  let s01 = f32x4.splat(0);
  let s10 = f32x4.splat(0);
  let s11 = f32x4.splat(0);
  let row = b + column;
  for (let p = 0; p < k; p++) {
    const x0 = v128.load32_splat(a + ((p as usize) << 2));
    const x1 = v128.load32_splat(a + aRow + ((p as usize) << 2));
    const b0 = v128.load(row);
    const b1 = v128.load(row, 16);
    s00 = f32x4.add(s00, f32x4.mul(x0, b0));
    s01 = f32x4.add(s01, f32x4.mul(x0, b1));
    s10 = f32x4.add(s10, f32x4.mul(x1, b0));
    s11 = f32x4.add(s11, f32x4.mul(x1, b1));
    row += bRow;
  }
  const c0 = c + column;
  const c1 = c0 + bRow;
  put(c0, s00, keep, weight);
  put(c0 + 16, s01, keep, weight);
  put(c1, s10, keep, weight);
  put(c1 + 16, s11, keep, weight);
}

function twoRowsOneVector(
  c: usize,
  a: usize,
  aRow: usize,
  b: usize,
  bRow: usize,
  column: usize,
  k: i32,
  keep: f32,
  weight: f32,
): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let row = b + column;
  for (let p = 0; p < k; p++) {
    const value = v128.load(row);
    s0 = f32x4.add(s0, f32x4.mul(v128.load32_splat(a + ((p as usize) << 2)), value));
    s1 = f32x4.add(s1, f32x4.mul(v128.load32_splat(a + aRow + ((p as usize) << 2)), value));
    row += bRow;
  }
  put(c + column, s0, keep, weight);
  put(c + bRow + column, s1, keep, weight);
}

function oneRowOneVector(
  c: usize,
  a: usize,
  b: usize,
  bRow: usize,
  column: usize,
  k: i32,
  keep: f32,
  weight: f32,
): void {
  let sum = f32x4.splat(0);
  let row = b + column;
  for (let p = 0; p < k; p++) {
    sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(a + ((p as usize) << 2)), v128.load(row)));
    row += bRow;
  }
  put(c + column, sum, keep, weight);
}

function put(c: usize, sum: v128, keep: f32, weight: f32): void {
  const fresh = f32x4.mul(f32x4.splat(weight), sum);
  v128.store(c, keep === 0 ? fresh : f32x4.add(f32x4.mul(f32x4.splat(keep), v128.load(c)), fresh));
}

/** B ← Aᵀ; A is m × n. The padding of B is not touched. */
export function transpose(b: usize, a: usize, m: i32, n: i32): void {
  const aRow = rowBytes(n);
  const bRow = rowBytes(m);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      f32.store(b + (j as usize) * bRow + ((i as usize) << 2), f32.load(a + (i as usize) * aRow + ((j as usize) << 2)));
    }
  }
}

/**
 * Orthonormal factor of the QR factorisation of an n × n matrix of any rank, by Householder reflections. Matrices are
 * given as transposes: a column is a row in memory.
 *
 * @param q - Receives Qᵀ. @param a - Aᵀ, destroyed. @param scales - Room for n floats.
 */
export function orthonormalize(q: usize, a: usize, scales: usize, n: i32): void {
  const row = rowBytes(n);
  for (let k = 0; k < n; k++) {
    const v = a + (k as usize) * row;
    // What lies above the diagonal belongs to R, which nobody asks for; zeros let whole vectors be reflected.
    for (let i = k & ~3; i < k; i++) f32.store(v + ((i as usize) << 2), 0);
    const from = ((k >> 2) as usize) << 4;
    const squaredNorm = dot(v, v, from, row);
    let scale: f32 = 0;
    if (squaredNorm > NEGLIGIBLE) {
      const place = v + ((k as usize) << 2);
      const diagonal = f32.load(place);
      const norm = diagonal > 0 ? -Mathf.sqrt(squaredNorm) : Mathf.sqrt(squaredNorm);
      f32.store(place, diagonal - norm);
      scale = 1 / (squaredNorm - diagonal * norm); // 2/‖v‖²
      reflectRows(a + ((k + 1) as usize) * row, n - k - 1, v, from, row, scale);
    }
    f32.store(scales + ((k as usize) << 2), scale);
  }
  memory.fill(q, 0, (n as usize) * row);
  for (let j = 0; j < n; j++) f32.store(q + (j as usize) * row + ((j as usize) << 2), 1);
  for (let k = n - 1; k >= 0; k--) {
    const scale = f32.load(scales + ((k as usize) << 2));
    // Columns before k are still unit vectors that reflector k does not touch.
    if (scale !== 0) {
      const from = ((k >> 2) as usize) << 4;
      reflectRows(q + (k as usize) * row, n - k, a + (k as usize) * row, from, row, scale);
    }
  }
}

/** {@link reflect} for some rows one after the other, four at a time: none waits for another's sum. */
function reflectRows(x: usize, rows: i32, v: usize, from: usize, row: usize, scale: f32): void {
  for (; rows >= 4; rows -= 4) {
    const x1 = x + row;
    const x2 = x1 + row;
    const x3 = x2 + row;
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (let at = from; at < row; at += VECTOR) {
      const value = v128.load(v + at);
      s0 = f32x4.add(s0, f32x4.mul(value, v128.load(x + at)));
      s1 = f32x4.add(s1, f32x4.mul(value, v128.load(x1 + at)));
      s2 = f32x4.add(s2, f32x4.mul(value, v128.load(x2 + at)));
      s3 = f32x4.add(s3, f32x4.mul(value, v128.load(x3 + at)));
    }
    s0 = f32x4.splat(scale * sumOfLanes(s0));
    s1 = f32x4.splat(scale * sumOfLanes(s1));
    s2 = f32x4.splat(scale * sumOfLanes(s2));
    s3 = f32x4.splat(scale * sumOfLanes(s3));
    for (let at = from; at < row; at += VECTOR) {
      const value = v128.load(v + at);
      v128.store(x + at, f32x4.sub(v128.load(x + at), f32x4.mul(s0, value)));
      v128.store(x1 + at, f32x4.sub(v128.load(x1 + at), f32x4.mul(s1, value)));
      v128.store(x2 + at, f32x4.sub(v128.load(x2 + at), f32x4.mul(s2, value)));
      v128.store(x3 + at, f32x4.sub(v128.load(x3 + at), f32x4.mul(s3, value)));
    }
    x = x3 + row;
  }
  for (; rows > 0; rows--) {
    reflect(x, v, from, row, scale);
    x += row;
  }
}

/** x ← x − scale (v·x) v on the bytes [from, end) of the rows. */
function reflect(x: usize, v: usize, from: usize, end: usize, scale: f32): void {
  const factor = f32x4.splat(scale * dot(v, x, from, end));
  for (let at = from; at < end; at += VECTOR) {
    v128.store(x + at, f32x4.sub(v128.load(x + at), f32x4.mul(factor, v128.load(v + at))));
  }
}

function dot(x: usize, y: usize, from: usize, end: usize): f32 {
  let sum = f32x4.splat(0);
  for (let at = from; at < end; at += VECTOR) sum = f32x4.add(sum, f32x4.mul(v128.load(x + at), v128.load(y + at)));
  return sumOfLanes(sum);
}

function sumOfLanes(x: v128): f32 {
  return f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

/**
 * m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,  g ← c₁ m / (√(c₂ v) + ε), entry by entry.
 *
 * @param bytes - Length of the vectors, a multiple of 16.
 */
export function adam(
  m: usize,
  v: usize,
  g: usize,
  bytes: usize,
  beta1: f32,
  beta2: f32,
  c1: f32,
  c2: f32,
  epsilon: f32,
): void {
  for (let at: usize = 0; at < bytes; at += VECTOR) {
    const gradient = v128.load(g + at);
    const first = f32x4.add(
      f32x4.mul(f32x4.splat(beta1), v128.load(m + at)),
      f32x4.mul(f32x4.splat(1 - beta1), gradient),
    );
    const second = f32x4.add(
      f32x4.mul(f32x4.splat(beta2), v128.load(v + at)),
      f32x4.mul(f32x4.splat(1 - beta2), f32x4.mul(gradient, gradient)),
    );
    v128.store(m + at, first);
    v128.store(v + at, second);
    const root = f32x4.sqrt(f32x4.mul(f32x4.splat(c2), second));
    v128.store(g + at, f32x4.div(f32x4.mul(f32x4.splat(c1), first), f32x4.add(root, f32x4.splat(epsilon))));
  }
}
