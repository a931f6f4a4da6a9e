/**
 * The products of tall blocks that many electrons spend their time on, in float64 SIMD. Matrices are row-major, pointers
 * are bytes, rows of an even number of floats; a block of vectors has a vector a row.
 */
export { tridiagonalize } from './tridiagonal';

const VECTOR: usize = 16;

/** Floats of a row that are taken at a time: a few rows of it stay in the first cache, a block in the second. */
const PANEL: i32 = 256;

/**
 * C = A Bᵀ; A is m × n, B is k × n, C is m × k; of a symmetric C, if `lower`, at least the lower triangle. Parts of long rows
 * are copied together first: far apart in memory, they take longer to read than to multiply.
 *
 * @param room - For (m + k) × PANEL floats
 */
export function gram(c: usize, a: usize, b: usize, m: i32, k: i32, n: i32, lower: bool, room: usize): void {
  memory.fill(c, 0, ((m * k) as usize) << 3);
  const row = (n as usize) << 3;
  if (n <= 2 * PANEL) {
    addGram(c, a, b, m, k, row, row, lower);
    return;
  }
  for (let start = 0; start < n; start += PANEL) {
    const length = (min(PANEL, n - start) as usize) << 3;
    const from = (start as usize) << 3;
    pack(room, a + from, m, row, length);
    const second = a === b && m >= k ? room : room + (m as usize) * length;
    if (second !== room) pack(second, b + from, k, row, length);
    addGram(c, room, second, m, k, length, length, lower);
  }
}

function pack(to: usize, from: usize, m: i32, row: usize, length: usize): void {
  for (let i = 0; i < m; i++) {
    memory.copy(to, from, length);
    to += length;
    from += row;
  }
}

/** C += A Bᵀ of the first `length` bytes of the rows. */
function addGram(c: usize, a: usize, b: usize, m: i32, k: i32, row: usize, length: usize, lower: bool): void {
  for (let j = 0; j < k; j += 4) {
    const b0 = b + (j as usize) * row;
    let i = lower ? j : 0;
    if (j + 3 < k) {
      for (; i + 1 < m; i += 2) {
        const place = c + (((i * k + j) as usize) << 3);
        twoByFour(place, place + ((k as usize) << 3), a + (i as usize) * row, row, b0, length);
      }
    }
    for (; i < m; i++) {
      for (let l = j; l < min(j + 4, k); l++) {
        const place = c + (((i * k + l) as usize) << 3);
        f64.store(place, f64.load(place) + dot(a + (i as usize) * row, b + (l as usize) * row, length));
      }
    }
  }
}

function twoByFour(c0: usize, c1: usize, a: usize, row: usize, b: usize, length: usize): void {
  let s00 = f64x2.splat(0);
  let s01 = f64x2.splat(0);
  let s02 = f64x2.splat(0);
  let s03 = f64x2.splat(0);
  let s10 = f64x2.splat(0);
  let s11 = f64x2.splat(0);
  let s12 = f64x2.splat(0);
  let s13 = f64x2.splat(0);
  const a1 = a + row;
  const b1 = b + row;
  const b2 = b1 + row;
  const b3 = b2 + row;
  for (let at: usize = 0; at < length; at += VECTOR) {
    const x0 = v128.load(a + at);
    const x1 = v128.load(a1 + at);
    const y0 = v128.load(b + at);
    const y1 = v128.load(b1 + at);
    const y2 = v128.load(b2 + at);
    const y3 = v128.load(b3 + at);
    s00 = f64x2.add(s00, f64x2.mul(x0, y0));
    s01 = f64x2.add(s01, f64x2.mul(x0, y1));
    s02 = f64x2.add(s02, f64x2.mul(x0, y2));
    s03 = f64x2.add(s03, f64x2.mul(x0, y3));
    s10 = f64x2.add(s10, f64x2.mul(x1, y0));
    s11 = f64x2.add(s11, f64x2.mul(x1, y1));
    s12 = f64x2.add(s12, f64x2.mul(x1, y2));
    s13 = f64x2.add(s13, f64x2.mul(x1, y3));
  }
  f64.store(c0, f64.load(c0) + sum(s00));
  f64.store(c0, f64.load(c0, 8) + sum(s01), 8);
  f64.store(c0, f64.load(c0, 16) + sum(s02), 16);
  f64.store(c0, f64.load(c0, 24) + sum(s03), 24);
  f64.store(c1, f64.load(c1) + sum(s10));
  f64.store(c1, f64.load(c1, 8) + sum(s11), 8);
  f64.store(c1, f64.load(c1, 16) + sum(s12), 16);
  f64.store(c1, f64.load(c1, 24) + sum(s13), 24);
}

function dot(a: usize, b: usize, length: usize): f64 {
  let s = f64x2.splat(0);
  for (let at: usize = 0; at < length; at += VECTOR) s = f64x2.add(s, f64x2.mul(v128.load(a + at), v128.load(b + at)));
  return sum(s);
}

function sum(s: v128): f64 {
  return f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
}

/**
 * C ← keep · C + W B; W is m × k, B is k × n. With keep = 0 the old C is not read. Blocks of two rows by four vectors. If
 * `lower`, W is zero above its diagonal.
 */
export function combine(
  c: usize,
  w: usize,
  b: usize,
  m: i32,
  k: i32,
  n: i32,
  keep: f64,
  lower: bool,
  room: usize,
): void {
  const row = (n as usize) << 3;
  const wRow = (k as usize) << 3;
  let column: usize = 0;
  for (; column + 4 * VECTOR <= row; column += 4 * VECTOR) {
    let from = b + column;
    let to = room;
    for (let j = 0; j < k; j++) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      v128.store(to, v128.load(from, 32), 32);
      v128.store(to, v128.load(from, 48), 48);
      from += row;
      to += 4 * VECTOR;
    }
    let i = 0;
    for (; i + 1 < m; i += 2) {
      const terms = lower ? min(i + 2, k) : k;
      twoRows(c + (i as usize) * row + column, w + (i as usize) * wRow, wRow, room, row, terms, keep);
    }
    if (i < m) {
      for (let part: usize = 0; part < 4 * VECTOR; part += VECTOR) {
        oneVector(c + (i as usize) * row + column + part, w + (i as usize) * wRow, b + column + part, row, k, keep);
      }
    }
  }
  for (; column < row; column += VECTOR) {
    for (let i = 0; i < m; i++) {
      oneVector(c + (i as usize) * row + column, w + (i as usize) * wRow, b + column, row, k, keep);
    }
  }
}

function twoRows(c: usize, w: usize, wRow: usize, b: usize, row: usize, k: i32, keep: f64): void {
  let s00 = f64x2.splat(0);
  let s01 = f64x2.splat(0);
  let s02 = f64x2.splat(0);
  let s03 = f64x2.splat(0);
  let s10 = f64x2.splat(0);
  let s11 = f64x2.splat(0);
  let s12 = f64x2.splat(0);
  let s13 = f64x2.splat(0);
  for (let p: usize = 0; p < (k as usize) << 3; p += 8) {
    const x0 = v128.load64_splat(w + p);
    const x1 = v128.load64_splat(w + wRow + p);
    const y0 = v128.load(b);
    const y1 = v128.load(b, 16);
    const y2 = v128.load(b, 32);
    const y3 = v128.load(b, 48);
    s00 = f64x2.add(s00, f64x2.mul(x0, y0));
    s01 = f64x2.add(s01, f64x2.mul(x0, y1));
    s02 = f64x2.add(s02, f64x2.mul(x0, y2));
    s03 = f64x2.add(s03, f64x2.mul(x0, y3));
    s10 = f64x2.add(s10, f64x2.mul(x1, y0));
    s11 = f64x2.add(s11, f64x2.mul(x1, y1));
    s12 = f64x2.add(s12, f64x2.mul(x1, y2));
    s13 = f64x2.add(s13, f64x2.mul(x1, y3));
    b += 4 * VECTOR;
  }
  const c1 = c + row;
  put(c, s00, keep);
  put(c + 16, s01, keep);
  put(c + 32, s02, keep);
  put(c + 48, s03, keep);
  put(c1, s10, keep);
  put(c1 + 16, s11, keep);
  put(c1 + 32, s12, keep);
  put(c1 + 48, s13, keep);
}

function oneVector(c: usize, w: usize, b: usize, row: usize, k: i32, keep: f64): void {
  let s = f64x2.splat(0);
  for (let p: usize = 0; p < (k as usize) << 3; p += 8) {
    s = f64x2.add(s, f64x2.mul(v128.load64_splat(w + p), v128.load(b)));
    b += row;
  }
  put(c, s, keep);
}

function put(c: usize, s: v128, keep: f64): void {
  v128.store(c, keep === 0 ? s : f64x2.add(f64x2.mul(f64x2.splat(keep), v128.load(c)), s));
}
