/** Between samples as they are stored, one after the other, and chunks of four samples, one vector per grid point. */

import { demote, upper } from './lanes';

/**
 * x[p] = the numbers at `order p` of the four samples that `indices` names; `order` holds byte offsets, samples have
 * `size` numbers each.
 */
export function gatherChunk(x: usize, order: usize, size: i32, samples: usize, indices: usize): void {
  const bytes = (<usize>size) << 2;
  const s0 = samples + <usize>load<u32>(indices) * bytes;
  const s1 = samples + <usize>load<u32>(indices, 4) * bytes;
  const s2 = samples + <usize>load<u32>(indices, 8) * bytes;
  const s3 = samples + <usize>load<u32>(indices, 12) * bytes;
  for (const end = order + bytes; order < end; order += 4) {
    const offset: usize = load<u32>(order);
    let value = v128.load_zero<u32>(s0 + offset);
    value = v128.load_lane<u32>(s1 + offset, value, 1);
    value = v128.load_lane<u32>(s2 + offset, value, 2);
    value = v128.load_lane<u32>(s3 + offset, value, 3);
    v128.store(x, value);
    x += 16;
  }
}

/** The inverse of {@link gatherChunk} for the first `count` samples of the chunk, stored from `samples` on. */
export function scatterChunk(x: usize, order: usize, size: i32, samples: usize, count: i32): void {
  const bytes = (<usize>size) << 2;
  for (let p: usize = 0; p < <usize>size; p++) {
    let at = samples + load<u32>(order + (p << 2));
    const from = x + (p << 4);
    for (let lane: usize = 0; lane < <usize>count; lane++) {
      store<f32>(at, load<f32>(from + (lane << 2)));
      at += bytes;
    }
  }
}

/**
 * Loss of a chunk, Σ_lane q_lane with q = Σ_c w_c Σ_p (f_c[p] − t_c[p])², written (or added) to the float64 at `loss`, and
 * its gradient g_c = 2 w_c (f_c − t_c), which may take the place of f. With `root` the loss is Σ_lane √q, and its gradient
 * w_c (f_c − t_c) / √q, zero where q is. Sums are taken in float64. A sample is its `fields` fields c one after the other, and
 * there is a vector of weights for each.
 */
export function lossAndResidual(
  f: usize,
  g: usize,
  order: usize,
  size: i32,
  fields: i32,
  targets: usize,
  indices: usize,
  weights: usize,
  loss: usize,
  add: i32,
  root: i32,
): void {
  const bytes = (<usize>size) << 2;
  let start = g;
  const t0 = targets + <usize>load<u32>(indices) * bytes;
  const t1 = targets + <usize>load<u32>(indices, 4) * bytes;
  const t2 = targets + <usize>load<u32>(indices, 8) * bytes;
  const t3 = targets + <usize>load<u32>(indices, 12) * bytes;
  const fieldBytes = bytes / <usize>fields;
  let low = f64x2.splat(0);
  let high = low;
  for (let end = order + fieldBytes; fields > 0; fields--, end += fieldBytes, weights += 16) {
    const weight = v128.load(weights);
    const twice = f32x4.add(weight, weight);
    let fieldLow = f64x2.splat(0);
    let fieldHigh = fieldLow;
    for (; order < end; order += 4) {
      const offset: usize = load<u32>(order);
      let target = v128.load_zero<u32>(t0 + offset);
      target = v128.load_lane<u32>(t1 + offset, target, 1);
      target = v128.load_lane<u32>(t2 + offset, target, 2);
      target = v128.load_lane<u32>(t3 + offset, target, 3);
      const residual = f32x4.sub(v128.load(f), target);
      const square = f32x4.mul(residual, residual);
      fieldLow = f64x2.add(fieldLow, f64x2.promote_low_f32x4(square));
      fieldHigh = f64x2.add(fieldHigh, f64x2.promote_low_f32x4(upper(square)));
      v128.store(g, f32x4.mul(twice, residual));
      f += 16;
      g += 16;
    }
    low = f64x2.add(low, f64x2.mul(fieldLow, f64x2.promote_low_f32x4(weight)));
    high = f64x2.add(high, f64x2.mul(fieldHigh, f64x2.promote_low_f32x4(upper(weight))));
  }
  if (root) {
    low = f64x2.sqrt(low);
    high = f64x2.sqrt(high);
    const slope = demote(halfOver(low), halfOver(high));
    for (; start < g; start += 16) v128.store(start, f32x4.mul(v128.load(start), slope));
  }
  const value =
    f64x2.extract_lane(low, 0) + f64x2.extract_lane(low, 1) + f64x2.extract_lane(high, 0) + f64x2.extract_lane(high, 1);
  store<f64>(loss, add ? load<f64>(loss) + value : value);
}

/** 1/(2x), and 0 for x = 0. */
function halfOver(x: v128): v128 {
  return v128.and(f64x2.div(f64x2.splat(0.5), x), f64x2.ne(x, f64x2.splat(0)));
}
