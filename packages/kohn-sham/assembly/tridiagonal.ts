/**
 * A symmetric matrix to tridiagonal form by Householder's reflections H_k = 1 − v vᵀ, ‖v‖² = 2 (Golub and Van Loan, Matrix
 * Computations, 2013, section 8.3.1). What a reflection changes, A − v wᵀ − w vᵀ, waits for the next one, whose A v is
 * computed in the same sweep over the matrix.
 */

/**
 * @param a - n × n in rows of `width` floats, even, of which the lower triangle is read; overwritten
 * @param v - Of the same shape: receives v_k in row k, zero up to entry k, and v_k[k + 1] = 0 where there is nothing to reflect
 * @param work - Room for three rows
 * @param d - Receives the diagonal, e what is beside it
 */
export function tridiagonalize(a: usize, v: usize, work: usize, d: usize, e: usize, n: i32, width: i32): void {
  const row = (width as usize) << 3;
  memory.fill(v, 0, (n as usize) * row);
  memory.fill(work, 0, 3 * row);
  let vBefore = work;
  let wBefore = work + row;
  let w = work + 2 * row;
  for (let k = 0; k < n; k++) {
    const column = (k as usize) << 3;
    // Column k as it is after the reflection before.
    const vk = f64.load(vBefore + column);
    const wk = f64.load(wBefore + column);
    for (let i = k; i < n; i++) {
      const at = a + (i as usize) * row + column;
      const place = (i as usize) << 3;
      f64.store(at, f64.load(at) - (f64.load(vBefore + place) * wk + f64.load(wBefore + place) * vk));
    }
    f64.store(d + column, f64.load(a + (k as usize) * row + column));
    if (k === n - 1) break;
    const now = v + (k as usize) * row;
    f64.store(e + column, reflector(a + column, now, k, n, row));
    sweep(a, row, k + 1, n, vBefore, wBefore, now, w);
    let vAv: f64 = 0;
    for (let i = k + 1; i < n; i++) vAv += f64.load(now + ((i as usize) << 3)) * f64.load(w + ((i as usize) << 3));
    for (let i = k + 1; i < n; i++) {
      const at = w + ((i as usize) << 3);
      f64.store(at, f64.load(at) - 0.5 * vAv * f64.load(now + ((i as usize) << 3)));
    }
    const free = wBefore;
    vBefore = now;
    wBefore = w;
    w = free;
  }
}

/** The v that maps entries k + 1 … of a column to a multiple of the first unit vector. @returns the multiple */
function reflector(column: usize, v: usize, k: i32, n: i32, row: usize): f64 {
  const first = f64.load(column + ((k + 1) as usize) * row);
  let below: f64 = 0;
  for (let j = k + 2; j < n; j++) {
    const value = f64.load(column + (j as usize) * row);
    below += value * value;
  }
  if (below === 0) return first;
  const norm = Math.sqrt(first * first + below);
  const image = first > 0 ? -norm : norm; // the sign that does not cancel
  const head = first - image;
  const factor = Math.SQRT2 / Math.sqrt(head * head + below);
  f64.store(v + (((k + 1) as usize) << 3), head * factor);
  for (let j = k + 2; j < n; j++) f64.store(v + ((j as usize) << 3), f64.load(column + (j as usize) * row) * factor);
  return image;
}

/**
 * A ← A − p qᵀ − q pᵀ and w = A v on the lower triangle from row `start`, two rows at a time. Columns begin at an even one: the
 * one before `start`, where v is zero, is not used again, nor is its entry of w.
 */
function sweep(a: usize, row: usize, start: i32, n: i32, p: usize, q: usize, v: usize, w: usize): void {
  const begin = start & ~1;
  memory.fill(w + ((begin as usize) << 3), 0, ((n - begin) as usize) << 3);
  let i = start;
  for (; i + 1 < n; i += 2) {
    const at = (i as usize) << 3;
    const a0 = a + (i as usize) * row;
    const a1 = a0 + row;
    const p0 = v128.load64_splat(p + at);
    const p1 = v128.load64_splat(p + at, 8);
    const q0 = v128.load64_splat(q + at);
    const q1 = v128.load64_splat(q + at, 8);
    const v0 = v128.load64_splat(v + at);
    const v1 = v128.load64_splat(v + at, 8);
    let s0 = f64x2.splat(0);
    let s1 = f64x2.splat(0);
    let j = begin;
    for (; j + 1 < i; j += 2) {
      const place = (j as usize) << 3;
      const pj = v128.load(p + place);
      const qj = v128.load(q + place);
      const vj = v128.load(v + place);
      const x0 = f64x2.sub(v128.load(a0 + place), f64x2.add(f64x2.mul(p0, qj), f64x2.mul(q0, pj)));
      const x1 = f64x2.sub(v128.load(a1 + place), f64x2.add(f64x2.mul(p1, qj), f64x2.mul(q1, pj)));
      v128.store(a0 + place, x0);
      v128.store(a1 + place, x1);
      s0 = f64x2.add(s0, f64x2.mul(x0, vj));
      s1 = f64x2.add(s1, f64x2.mul(x1, vj));
      v128.store(w + place, f64x2.add(v128.load(w + place), f64x2.add(f64x2.mul(x0, v0), f64x2.mul(x1, v1))));
    }
    endOfRow(a0, i, j, p, q, v, w, sum(s0));
    endOfRow(a1, i + 1, j, p, q, v, w, sum(s1));
  }
  if (i < n) endOfRow(a + (i as usize) * row, i, begin, p, q, v, w, 0);
}

/** The same for the columns of row i from j to the diagonal, given what the row times v is so far. */
function endOfRow(a: usize, i: i32, j: i32, p: usize, q: usize, v: usize, w: usize, product: f64): void {
  const at = (i as usize) << 3;
  const pi = f64.load(p + at);
  const qi = f64.load(q + at);
  const vi = f64.load(v + at);
  for (; j <= i; j++) {
    const place = (j as usize) << 3;
    const x = f64.load(a + place) - (pi * f64.load(q + place) + qi * f64.load(p + place));
    f64.store(a + place, x);
    product += x * f64.load(v + place);
    if (j < i) f64.store(w + place, f64.load(w + place) + x * vi);
  }
  f64.store(w + at, f64.load(w + at) + product);
}

function sum(s: v128): f64 {
  return f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
}
