/**
 * The output stages that are positive and of given norm, on a chunk of four samples, one in each lane:
 *
 *   f = s / q,  s = softplus(y),  q = mean(s^p)^(1/p),
 *
 * p = 1 for `density`, p = 2 for `wavefunction`.
 *
 * Where all y of a sample are far below zero, every s is too small for a float32 although f is not. s is therefore
 * computed times e^-M, which cancels in f, with M = min(0, max y): then the largest s is at least log 2. Where some y is
 * beyond 2^40, s² or q may be too large; there s is also taken times 2^-100. So f is right for all finite y.
 */
import { expNegative, twiceArtanhRatio } from './epilogue';
import { demote, upper } from './lanes';

const ONE = f32x4.splat(1);
/** 2^40, and 2^-100. */
const LARGE: f32 = 1099511627776;
const SMALL: f32 = 7.888609052210118e-31;

/**
 * f[k] = s[k] / q, and in place of y[k] the slope ds[k]/dy[k] / q = σ(y[k]) / q, with σ the logistic function. Sums are
 * taken in float64. `power` is p, 1 or 2.
 */
export function positive(y: usize, f: usize, size: i32, power: i32): void {
  const end = y + ((<usize>size) << 4);
  const zero = f32x4.splat(0);
  const top = largest(y, end);
  const shift = f32x4.min(top, zero);
  const unshift = expNegative(f32x4.neg(shift));
  const scale = v128.bitselect(f32x4.splat(SMALL), ONE, f32x4.gt(top, f32x4.splat(LARGE)));
  let low = f64x2.splat(0);
  let high = low;
  for (let from = y, to = f; from < end; from += 16, to += 16) {
    const z = v128.load(from);
    const distance = f32x4.abs(z);
    // e^-|z| twice: times e^-M, which does not underflow, and as it is. M < 0 only where all z ≤ M.
    const scaled = expNegative(f32x4.add(distance, shift));
    const t = f32x4.mul(scaled, unshift);
    // log(1 + t) = 2 artanh(t / (2 + t)).
    const below = f32x4.add(t, f32x4.splat(2));
    const logarithm = f32x4.mul(twiceArtanhRatio(f32x4.div(t, below)), f32x4.div(scaled, below));
    const s = f32x4.mul(f32x4.add(f32x4.max(z, zero), logarithm), scale);
    // σ(z) = 1 / (1 + t) above zero, t / (1 + t) below.
    const slope = f32x4.div(v128.bitselect(ONE, scaled, f32x4.gt(z, zero)), f32x4.add(t, ONE));
    v128.store(from, f32x4.mul(slope, scale));
    v128.store(to, s);
    const term = power === 1 ? s : f32x4.mul(s, s);
    low = f64x2.add(low, f64x2.promote_low_f32x4(term));
    high = f64x2.add(high, f64x2.promote_low_f32x4(upper(term)));
  }
  const points = f64x2.splat(<f64>size);
  low = f64x2.div(points, low);
  high = f64x2.div(points, high);
  const factor = power === 1 ? demote(low, high) : demote(f64x2.sqrt(low), f64x2.sqrt(high));
  for (let from = y, to = f; from < end; from += 16, to += 16) {
    v128.store(from, f32x4.mul(v128.load(from), factor));
    v128.store(to, f32x4.mul(v128.load(to), factor));
  }
}

/**
 * From the gradient with respect to f, g = ∂loss/∂f, to that with respect to y, which takes the place of the slopes
 * that {@link positive} left there: ∂loss/∂y[k] = σ(y[k]) / q · (g[k] − f[k]^(p−1) mean(g f)).
 */
export function positiveGradient(slopes: usize, g: usize, f: usize, size: i32, power: i32): void {
  const end = g + ((<usize>size) << 4);
  let low = f64x2.splat(0);
  let high = low;
  for (let from = g, value = f; from < end; from += 16, value += 16) {
    const product = f32x4.mul(v128.load(from), v128.load(value));
    low = f64x2.add(low, f64x2.promote_low_f32x4(product));
    high = f64x2.add(high, f64x2.promote_low_f32x4(upper(product)));
  }
  const points = f64x2.splat(<f64>size);
  const mean = demote(f64x2.div(low, points), f64x2.div(high, points));
  for (let from = g, at = slopes, value = f; from < end; from += 16, at += 16, value += 16) {
    const along = power === 1 ? mean : f32x4.mul(mean, v128.load(value));
    v128.store(at, f32x4.mul(v128.load(at), f32x4.sub(v128.load(from), along)));
  }
}

/** max y. */
function largest(y: usize, end: usize): v128 {
  let most = v128.load(y);
  for (let at = y + 16; at < end; at += 16) most = f32x4.max(most, v128.load(at));
  return most;
}
