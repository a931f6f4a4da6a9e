/** The epilogues of products, see `src/epilogue.ts`, and the functions behind them. */
import { Epilogue } from '../src/epilogue';

const ONE = f32x4.splat(1);

/** Applies the epilogue to the sums of one output channel at four sites, and stores them. */
export function storeFour(
  epilogue: i32,
  y: usize,
  activated: usize,
  y0: usize,
  y1: usize,
  y2: usize,
  y3: usize,
  a0: v128,
  a1: v128,
  a2: v128,
  a3: v128,
): void {
  if (epilogue & Epilogue.add) {
    // All loads before the stores: a site that fills up a block of four stands in it twice, and is added to once.
    a0 = f32x4.add(v128.load(y + y0), a0);
    a1 = f32x4.add(v128.load(y + y1), a1);
    a2 = f32x4.add(v128.load(y + y2), a2);
    a3 = f32x4.add(v128.load(y + y3), a3);
    epilogue &= ~Epilogue.add;
  }
  if (epilogue === Epilogue.relu) {
    const zero = f32x4.splat(0);
    v128.store(y + y0, relu(a0, zero));
    v128.store(y + y1, relu(a1, zero));
    v128.store(y + y2, relu(a2, zero));
    v128.store(y + y3, relu(a3, zero));
  } else if (epilogue === Epilogue.reluSlope) {
    const zero = f32x4.splat(0);
    v128.store(y + y0, v128.and(a0, f32x4.gt(v128.load(activated + y0), zero)));
    v128.store(y + y1, v128.and(a1, f32x4.gt(v128.load(activated + y1), zero)));
    v128.store(y + y2, v128.and(a2, f32x4.gt(v128.load(activated + y2), zero)));
    v128.store(y + y3, v128.and(a3, f32x4.gt(v128.load(activated + y3), zero)));
  } else if (epilogue === Epilogue.store) {
    v128.store(y + y0, a0);
    v128.store(y + y1, a1);
    v128.store(y + y2, a2);
    v128.store(y + y3, a3);
  } else if (epilogue === Epilogue.softplus) {
    storeSoftplus(y + y0, y + y1, y + y2, y + y3, a0, a1, a2, a3);
  } else if (epilogue === Epilogue.softplusSlope) {
    const s0 = v128.load(activated + y0);
    const s1 = v128.load(activated + y1);
    const s2 = v128.load(activated + y2);
    const s3 = v128.load(activated + y3);
    storeSoftplusSlope(y + y0, y + y1, y + y2, y + y3, a0, a1, a2, a3, s0, s1, s2, s3);
  } else if (epilogue === Epilogue.squareplus) {
    v128.store(y + y0, squareplus(a0));
    v128.store(y + y1, squareplus(a1));
    v128.store(y + y2, squareplus(a2));
    v128.store(y + y3, squareplus(a3));
  } else if (epilogue === Epilogue.squareplusSlope) {
    const s0 = v128.load(activated + y0);
    const s1 = v128.load(activated + y1);
    const s2 = v128.load(activated + y2);
    const s3 = v128.load(activated + y3);
    v128.store(y + y0, f32x4.mul(a0, squareplusSlope(s0)));
    v128.store(y + y1, f32x4.mul(a1, squareplusSlope(s1)));
    v128.store(y + y2, f32x4.mul(a2, squareplusSlope(s2)));
    v128.store(y + y3, f32x4.mul(a3, squareplusSlope(s3)));
  } else {
    storeOne(epilogue, y + y0, activated + y0, a0);
    storeOne(epilogue, y + y1, activated + y1, a1);
    storeOne(epilogue, y + y2, activated + y2, a2);
    storeOne(epilogue, y + y3, activated + y3, a3);
  }
}

/** Applies the epilogue to one sum, and stores it. */
export function storeOne(epilogue: i32, y: usize, activated: usize, sum: v128): void {
  if (epilogue === Epilogue.store) {
    v128.store(y, sum);
    return;
  }
  if (epilogue & Epilogue.add) {
    sum = f32x4.add(v128.load(y), sum);
    epilogue &= ~Epilogue.add;
  }
  if (epilogue === Epilogue.relu) sum = relu(sum, f32x4.splat(0));
  else if (epilogue === Epilogue.reluSlope) sum = v128.and(sum, f32x4.gt(v128.load(activated), f32x4.splat(0)));
  else if (epilogue === Epilogue.tanh) sum = tanh(sum);
  else if (epilogue === Epilogue.softplus) sum = softplus(sum);
  else if (epilogue === Epilogue.squareplus) sum = squareplus(sum);
  else if (epilogue === Epilogue.squareplusSlope) sum = f32x4.mul(sum, squareplusSlope(v128.load(activated)));
  else if (epilogue === Epilogue.tanhSlope) {
    const t = v128.load(activated);
    sum = f32x4.mul(sum, f32x4.sub(ONE, f32x4.mul(t, t)));
  } else if (epilogue === Epilogue.softplusSlope) {
    // y = log(1 + e^z) has the slope 1/(1 + e^-z) = 1 − e^-y.
    sum = normal(f32x4.mul(sum, f32x4.sub(ONE, expNegative(v128.load(activated)))));
  } else if (epilogue !== Epilogue.store) unreachable();
  v128.store(y, sum);
}

/**
 * 1.5 · 2^23. Added to a number of less than 22 bits it leaves the nearest integer, which then also stands in the lowest bits;
 * with it, and with `pmin` and `pmax`, a processor needs one instruction where `nearest`, `trunc_sat`, `min` and `max` of
 * WebAssembly take several.
 */
const ROUNDING: f32 = 12582912;

/** max(z, 0): a zero of either sign becomes +0, NaN stays. */
function relu(z: v128, zero: v128): v128 {
  return f32x4.add(f32x4.pmax(z, zero), zero);
}

/** e^-a for a ≥ 0, never zero: 2^n times the Taylor series of e^f to order 7, |f| ≤ ln 2 / 2, error below 1e-8. */
export function expNegative(a: v128): v128 {
  // Below e^-87 a float32 is no longer normal; NaN passes through.
  const x = f32x4.neg(f32x4.pmin(a, f32x4.splat(87)));
  const rounded = f32x4.add(f32x4.mul(x, f32x4.splat(<f32>Math.LOG2E)), f32x4.splat(ROUNDING));
  const n = f32x4.sub(rounded, f32x4.splat(ROUNDING));
  // ln 2 in two parts: the first has few bits, so that n times it is exact.
  let f = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  f = f32x4.add(f, f32x4.mul(n, f32x4.splat(2.1219444e-4)));
  let series = f32x4.splat(1.0 / 5040);
  series = f32x4.add(f32x4.mul(series, f), f32x4.splat(1.0 / 720));
  series = f32x4.add(f32x4.mul(series, f), f32x4.splat(1.0 / 120));
  series = f32x4.add(f32x4.mul(series, f), f32x4.splat(1.0 / 24));
  series = f32x4.add(f32x4.mul(series, f), f32x4.splat(1.0 / 6));
  series = f32x4.add(f32x4.mul(series, f), f32x4.splat(0.5));
  series = f32x4.add(f32x4.mul(series, f), ONE);
  series = f32x4.add(f32x4.mul(series, f), ONE);
  const power = i32x4.shl(i32x4.add(rounded, i32x4.splat(127)), 23);
  return f32x4.mul(series, power);
}

/** log(1 + e^z) = max(z, 0) + log(1 + t), t = e^-|z|, with log(1 + t) = 2 artanh(s), s = t / (2 + t). */
function softplus(z: v128): v128 {
  const t = expNegative(f32x4.abs(z));
  const s = f32x4.div(t, f32x4.add(t, f32x4.splat(2)));
  return normal(f32x4.add(f32x4.pmax(z, f32x4.splat(0)), f32x4.mul(twiceArtanhRatio(s), s)));
}

/** {@link softplus} of four vectors side by side, the same operations: none waits for another's. */
function storeSoftplus(at0: usize, at1: usize, at2: usize, at3: usize, z0: v128, z1: v128, z2: v128, z3: v128): void {
  let constant = f32x4.splat(87);
  const x0 = f32x4.neg(f32x4.pmin(f32x4.abs(z0), constant));
  const x1 = f32x4.neg(f32x4.pmin(f32x4.abs(z1), constant));
  const x2 = f32x4.neg(f32x4.pmin(f32x4.abs(z2), constant));
  const x3 = f32x4.neg(f32x4.pmin(f32x4.abs(z3), constant));
  constant = f32x4.splat(<f32>Math.LOG2E);
  const rounding = f32x4.splat(ROUNDING);
  const p0 = f32x4.add(f32x4.mul(x0, constant), rounding);
  const p1 = f32x4.add(f32x4.mul(x1, constant), rounding);
  const p2 = f32x4.add(f32x4.mul(x2, constant), rounding);
  const p3 = f32x4.add(f32x4.mul(x3, constant), rounding);
  constant = f32x4.splat(0.693359375);
  let f0 = f32x4.sub(x0, f32x4.mul(f32x4.sub(p0, rounding), constant));
  let f1 = f32x4.sub(x1, f32x4.mul(f32x4.sub(p1, rounding), constant));
  let f2 = f32x4.sub(x2, f32x4.mul(f32x4.sub(p2, rounding), constant));
  let f3 = f32x4.sub(x3, f32x4.mul(f32x4.sub(p3, rounding), constant));
  constant = f32x4.splat(2.1219444e-4);
  f0 = f32x4.add(f0, f32x4.mul(f32x4.sub(p0, rounding), constant));
  f1 = f32x4.add(f1, f32x4.mul(f32x4.sub(p1, rounding), constant));
  f2 = f32x4.add(f2, f32x4.mul(f32x4.sub(p2, rounding), constant));
  f3 = f32x4.add(f3, f32x4.mul(f32x4.sub(p3, rounding), constant));
  let s0 = f32x4.splat(1.0 / 5040);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  constant = f32x4.splat(1.0 / 720);
  s0 = f32x4.add(f32x4.mul(s0, f0), constant);
  s1 = f32x4.add(f32x4.mul(s1, f1), constant);
  s2 = f32x4.add(f32x4.mul(s2, f2), constant);
  s3 = f32x4.add(f32x4.mul(s3, f3), constant);
  constant = f32x4.splat(1.0 / 120);
  s0 = f32x4.add(f32x4.mul(s0, f0), constant);
  s1 = f32x4.add(f32x4.mul(s1, f1), constant);
  s2 = f32x4.add(f32x4.mul(s2, f2), constant);
  s3 = f32x4.add(f32x4.mul(s3, f3), constant);
  constant = f32x4.splat(1.0 / 24);
  s0 = f32x4.add(f32x4.mul(s0, f0), constant);
  s1 = f32x4.add(f32x4.mul(s1, f1), constant);
  s2 = f32x4.add(f32x4.mul(s2, f2), constant);
  s3 = f32x4.add(f32x4.mul(s3, f3), constant);
  constant = f32x4.splat(1.0 / 6);
  s0 = f32x4.add(f32x4.mul(s0, f0), constant);
  s1 = f32x4.add(f32x4.mul(s1, f1), constant);
  s2 = f32x4.add(f32x4.mul(s2, f2), constant);
  s3 = f32x4.add(f32x4.mul(s3, f3), constant);
  constant = f32x4.splat(0.5);
  s0 = f32x4.add(f32x4.mul(s0, f0), constant);
  s1 = f32x4.add(f32x4.mul(s1, f1), constant);
  s2 = f32x4.add(f32x4.mul(s2, f2), constant);
  s3 = f32x4.add(f32x4.mul(s3, f3), constant);
  constant = ONE;
  s0 = f32x4.add(f32x4.mul(s0, f0), constant);
  s1 = f32x4.add(f32x4.mul(s1, f1), constant);
  s2 = f32x4.add(f32x4.mul(s2, f2), constant);
  s3 = f32x4.add(f32x4.mul(s3, f3), constant);
  s0 = f32x4.add(f32x4.mul(s0, f0), constant);
  s1 = f32x4.add(f32x4.mul(s1, f1), constant);
  s2 = f32x4.add(f32x4.mul(s2, f2), constant);
  s3 = f32x4.add(f32x4.mul(s3, f3), constant);
  constant = i32x4.splat(127);
  s0 = f32x4.mul(s0, i32x4.shl(i32x4.add(p0, constant), 23));
  s1 = f32x4.mul(s1, i32x4.shl(i32x4.add(p1, constant), 23));
  s2 = f32x4.mul(s2, i32x4.shl(i32x4.add(p2, constant), 23));
  s3 = f32x4.mul(s3, i32x4.shl(i32x4.add(p3, constant), 23));
  constant = f32x4.splat(2);
  const r0 = f32x4.div(s0, f32x4.add(s0, constant));
  const r1 = f32x4.div(s1, f32x4.add(s1, constant));
  const r2 = f32x4.div(s2, f32x4.add(s2, constant));
  const r3 = f32x4.div(s3, f32x4.add(s3, constant));
  const q0 = f32x4.mul(r0, r0);
  const q1 = f32x4.mul(r1, r1);
  const q2 = f32x4.mul(r2, r2);
  const q3 = f32x4.mul(r3, r3);
  s0 = f32x4.splat(2.0 / 15);
  s1 = s0;
  s2 = s0;
  s3 = s0;
  constant = f32x4.splat(2.0 / 13);
  s0 = f32x4.add(f32x4.mul(s0, q0), constant);
  s1 = f32x4.add(f32x4.mul(s1, q1), constant);
  s2 = f32x4.add(f32x4.mul(s2, q2), constant);
  s3 = f32x4.add(f32x4.mul(s3, q3), constant);
  constant = f32x4.splat(2.0 / 11);
  s0 = f32x4.add(f32x4.mul(s0, q0), constant);
  s1 = f32x4.add(f32x4.mul(s1, q1), constant);
  s2 = f32x4.add(f32x4.mul(s2, q2), constant);
  s3 = f32x4.add(f32x4.mul(s3, q3), constant);
  constant = f32x4.splat(2.0 / 9);
  s0 = f32x4.add(f32x4.mul(s0, q0), constant);
  s1 = f32x4.add(f32x4.mul(s1, q1), constant);
  s2 = f32x4.add(f32x4.mul(s2, q2), constant);
  s3 = f32x4.add(f32x4.mul(s3, q3), constant);
  constant = f32x4.splat(2.0 / 7);
  s0 = f32x4.add(f32x4.mul(s0, q0), constant);
  s1 = f32x4.add(f32x4.mul(s1, q1), constant);
  s2 = f32x4.add(f32x4.mul(s2, q2), constant);
  s3 = f32x4.add(f32x4.mul(s3, q3), constant);
  constant = f32x4.splat(2.0 / 5);
  s0 = f32x4.add(f32x4.mul(s0, q0), constant);
  s1 = f32x4.add(f32x4.mul(s1, q1), constant);
  s2 = f32x4.add(f32x4.mul(s2, q2), constant);
  s3 = f32x4.add(f32x4.mul(s3, q3), constant);
  constant = f32x4.splat(2.0 / 3);
  s0 = f32x4.add(f32x4.mul(s0, q0), constant);
  s1 = f32x4.add(f32x4.mul(s1, q1), constant);
  s2 = f32x4.add(f32x4.mul(s2, q2), constant);
  s3 = f32x4.add(f32x4.mul(s3, q3), constant);
  constant = f32x4.splat(2);
  s0 = f32x4.add(f32x4.mul(s0, q0), constant);
  s1 = f32x4.add(f32x4.mul(s1, q1), constant);
  s2 = f32x4.add(f32x4.mul(s2, q2), constant);
  s3 = f32x4.add(f32x4.mul(s3, q3), constant);
  constant = f32x4.splat(0);
  v128.store(at0, normal(f32x4.add(f32x4.pmax(z0, constant), f32x4.mul(s0, r0))));
  v128.store(at1, normal(f32x4.add(f32x4.pmax(z1, constant), f32x4.mul(s1, r1))));
  v128.store(at2, normal(f32x4.add(f32x4.pmax(z2, constant), f32x4.mul(s2, r2))));
  v128.store(at3, normal(f32x4.add(f32x4.pmax(z3, constant), f32x4.mul(s3, r3))));
}

/** The products of four vectors with the slopes of {@link softplus}, taken from its values, side by side. */
function storeSoftplusSlope(
  at0: usize,
  at1: usize,
  at2: usize,
  at3: usize,
  g0: v128,
  g1: v128,
  g2: v128,
  g3: v128,
  y0: v128,
  y1: v128,
  y2: v128,
  y3: v128,
): void {
  let constant = f32x4.splat(87);
  const x0 = f32x4.neg(f32x4.pmin(y0, constant));
  const x1 = f32x4.neg(f32x4.pmin(y1, constant));
  const x2 = f32x4.neg(f32x4.pmin(y2, constant));
  const x3 = f32x4.neg(f32x4.pmin(y3, constant));
  constant = f32x4.splat(<f32>Math.LOG2E);
  const rounding = f32x4.splat(ROUNDING);
  const p0 = f32x4.add(f32x4.mul(x0, constant), rounding);
  const p1 = f32x4.add(f32x4.mul(x1, constant), rounding);
  const p2 = f32x4.add(f32x4.mul(x2, constant), rounding);
  const p3 = f32x4.add(f32x4.mul(x3, constant), rounding);
  constant = f32x4.splat(0.693359375);
  let f0 = f32x4.sub(x0, f32x4.mul(f32x4.sub(p0, rounding), constant));
  let f1 = f32x4.sub(x1, f32x4.mul(f32x4.sub(p1, rounding), constant));
  let f2 = f32x4.sub(x2, f32x4.mul(f32x4.sub(p2, rounding), constant));
  let f3 = f32x4.sub(x3, f32x4.mul(f32x4.sub(p3, rounding), constant));
  constant = f32x4.splat(2.1219444e-4);
  f0 = f32x4.add(f0, f32x4.mul(f32x4.sub(p0, rounding), constant));
  f1 = f32x4.add(f1, f32x4.mul(f32x4.sub(p1, rounding), constant));
  f2 = f32x4.add(f2, f32x4.mul(f32x4.sub(p2, rounding), constant));
  f3 = f32x4.add(f3, f32x4.mul(f32x4.sub(p3, rounding), constant));
  let s0 = f32x4.splat(1.0 / 5040);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  constant = f32x4.splat(1.0 / 720);
  s0 = f32x4.add(f32x4.mul(s0, f0), constant);
  s1 = f32x4.add(f32x4.mul(s1, f1), constant);
  s2 = f32x4.add(f32x4.mul(s2, f2), constant);
  s3 = f32x4.add(f32x4.mul(s3, f3), constant);
  constant = f32x4.splat(1.0 / 120);
  s0 = f32x4.add(f32x4.mul(s0, f0), constant);
  s1 = f32x4.add(f32x4.mul(s1, f1), constant);
  s2 = f32x4.add(f32x4.mul(s2, f2), constant);
  s3 = f32x4.add(f32x4.mul(s3, f3), constant);
  constant = f32x4.splat(1.0 / 24);
  s0 = f32x4.add(f32x4.mul(s0, f0), constant);
  s1 = f32x4.add(f32x4.mul(s1, f1), constant);
  s2 = f32x4.add(f32x4.mul(s2, f2), constant);
  s3 = f32x4.add(f32x4.mul(s3, f3), constant);
  constant = f32x4.splat(1.0 / 6);
  s0 = f32x4.add(f32x4.mul(s0, f0), constant);
  s1 = f32x4.add(f32x4.mul(s1, f1), constant);
  s2 = f32x4.add(f32x4.mul(s2, f2), constant);
  s3 = f32x4.add(f32x4.mul(s3, f3), constant);
  constant = f32x4.splat(0.5);
  s0 = f32x4.add(f32x4.mul(s0, f0), constant);
  s1 = f32x4.add(f32x4.mul(s1, f1), constant);
  s2 = f32x4.add(f32x4.mul(s2, f2), constant);
  s3 = f32x4.add(f32x4.mul(s3, f3), constant);
  constant = ONE;
  s0 = f32x4.add(f32x4.mul(s0, f0), constant);
  s1 = f32x4.add(f32x4.mul(s1, f1), constant);
  s2 = f32x4.add(f32x4.mul(s2, f2), constant);
  s3 = f32x4.add(f32x4.mul(s3, f3), constant);
  s0 = f32x4.add(f32x4.mul(s0, f0), constant);
  s1 = f32x4.add(f32x4.mul(s1, f1), constant);
  s2 = f32x4.add(f32x4.mul(s2, f2), constant);
  s3 = f32x4.add(f32x4.mul(s3, f3), constant);
  constant = i32x4.splat(127);
  s0 = f32x4.mul(s0, i32x4.shl(i32x4.add(p0, constant), 23));
  s1 = f32x4.mul(s1, i32x4.shl(i32x4.add(p1, constant), 23));
  s2 = f32x4.mul(s2, i32x4.shl(i32x4.add(p2, constant), 23));
  s3 = f32x4.mul(s3, i32x4.shl(i32x4.add(p3, constant), 23));
  constant = ONE;
  v128.store(at0, normal(f32x4.mul(g0, f32x4.sub(constant, s0))));
  v128.store(at1, normal(f32x4.mul(g1, f32x4.sub(constant, s1))));
  v128.store(at2, normal(f32x4.mul(g2, f32x4.sub(constant, s2))));
  v128.store(at3, normal(f32x4.mul(g3, f32x4.sub(constant, s3))));
}

/** (z + √(z² + 4)) / 2 = max(z, 0) + 2 / (|z| + √(z² + 4)), which cancels nothing. */
function squareplus(z: v128): v128 {
  const root = f32x4.sqrt(f32x4.add(f32x4.mul(z, z), f32x4.splat(4)));
  const rest = f32x4.div(f32x4.splat(2), f32x4.add(f32x4.abs(z), root));
  return f32x4.add(f32x4.pmax(z, f32x4.splat(0)), rest);
}

/** From y = {@link squareplus}(z), for which y (y − z) = 1: the slope y² / (y² + 1), which is 1 long before y² leaves the range of numbers. */
function squareplusSlope(y: v128): v128 {
  const bounded = f32x4.pmin(y, f32x4.splat(1e9));
  const square = f32x4.mul(bounded, bounded);
  return f32x4.div(square, f32x4.add(square, ONE));
}

/**
 * Zero in the place of numbers below 2^-62, so that no product of two is subnormal: with softplus far below zero such
 * numbers are many, and a processor takes some hundred cycles for each.
 */
function normal(x: v128): v128 {
  return v128.andnot(x, f32x4.lt(f32x4.abs(x), f32x4.splat(2.168404344971009e-19)));
}

/** 2 artanh(s) / s for 0 ≤ s ≤ 1/3, as a series in s². */
export function twiceArtanhRatio(s: v128): v128 {
  const q = f32x4.mul(s, s);
  let series = f32x4.splat(2.0 / 15);
  series = f32x4.add(f32x4.mul(series, q), f32x4.splat(2.0 / 13));
  series = f32x4.add(f32x4.mul(series, q), f32x4.splat(2.0 / 11));
  series = f32x4.add(f32x4.mul(series, q), f32x4.splat(2.0 / 9));
  series = f32x4.add(f32x4.mul(series, q), f32x4.splat(2.0 / 7));
  series = f32x4.add(f32x4.mul(series, q), f32x4.splat(2.0 / 5));
  series = f32x4.add(f32x4.mul(series, q), f32x4.splat(2.0 / 3));
  return f32x4.add(f32x4.mul(series, q), f32x4.splat(2));
}

/** tanh z: Lambert's continued fraction for |z| < 1, sign(z) (1 − t) / (1 + t) with t = e^-2|z| beyond. */
function tanh(z: v128): v128 {
  const a = f32x4.abs(z);
  const q = f32x4.mul(z, z);
  let top = f32x4.add(f32x4.mul(f32x4.splat(21), q), f32x4.splat(1260));
  top = f32x4.add(f32x4.mul(top, q), f32x4.splat(10395));
  let bottom = f32x4.add(q, f32x4.splat(210));
  bottom = f32x4.add(f32x4.mul(bottom, q), f32x4.splat(4725));
  bottom = f32x4.add(f32x4.mul(bottom, q), f32x4.splat(10395));
  const near = f32x4.div(f32x4.mul(z, top), bottom);
  const t = expNegative(f32x4.add(a, a));
  const far = f32x4.div(f32x4.sub(ONE, t), f32x4.add(ONE, t));
  const sign = v128.and(z, i32x4.splat(<i32>0x80000000));
  return v128.bitselect(near, v128.or(far, sign), f32x4.lt(a, ONE));
}
