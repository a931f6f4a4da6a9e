/**
 * Winograd's minimal filtering F(2 × 2, 3 × 3) for two-dimensional windows of three: with 4 × 4 patches d that overlap by two,
 *
 *   y = Aᵀ [ (G g Gᵀ) ∘ (Bᵀ d B) ] A
 *
 * gives 2 × 2 outputs for 16 products in place of 36. Transformed numbers lie [frequency][tile][channel]; at each of
 * the 16 frequencies the layer is a product of the tiles' own channels. With the transforms
 *
 *   Bᵀ = (1 0 −1 0; 0 1 1 0; 0 −1 1 0; 0 1 0 −1)   G = (1 0 0; ½ ½ ½; ½ −½ ½; 0 0 1)   Aᵀ = (1 1 1 0; 0 1 −1 −1)
 *
 * the gradient of the filter is ∂g = Gᵀ [ (A δ Aᵀ) ∘ (Bᵀ d B) ] G, summed over tiles and samples.
 */
import { storeFour } from './epilogue';

/** Bᵀ d B. `table` holds the byte offsets of the 16 sites of each patch; frequencies are `stride` bytes apart. */
export function inputTransform(x: usize, table: usize, tiles: i32, channels: i32, v: usize, stride: usize): void {
  for (let tile = 0; tile < tiles; tile++) {
    for (let c = 0; c < channels; c++) {
      for (let row: usize = 0; row < 4; row++) {
        // Bᵀ down the columns; frequency row `row` of all four columns.
        const upper = table + ((row === 0 ? 0 : 1) << 4);
        const lower = table + ((row === 3 ? 3 : 2) << 4);
        let e0: v128;
        let e1: v128;
        let e2: v128;
        let e3: v128;
        const u0 = v128.load(x + load<u32>(upper));
        const u1 = v128.load(x + load<u32>(upper, 4));
        const u2 = v128.load(x + load<u32>(upper, 8));
        const u3 = v128.load(x + load<u32>(upper, 12));
        const l0 = v128.load(x + load<u32>(lower));
        const l1 = v128.load(x + load<u32>(lower, 4));
        const l2 = v128.load(x + load<u32>(lower, 8));
        const l3 = v128.load(x + load<u32>(lower, 12));
        if (row === 1) {
          e0 = f32x4.add(u0, l0);
          e1 = f32x4.add(u1, l1);
          e2 = f32x4.add(u2, l2);
          e3 = f32x4.add(u3, l3);
        } else if (row === 2) {
          e0 = f32x4.sub(l0, u0);
          e1 = f32x4.sub(l1, u1);
          e2 = f32x4.sub(l2, u2);
          e3 = f32x4.sub(l3, u3);
        } else {
          e0 = f32x4.sub(u0, l0);
          e1 = f32x4.sub(u1, l1);
          e2 = f32x4.sub(u2, l2);
          e3 = f32x4.sub(u3, l3);
        }
        const to = v + 4 * row * stride;
        v128.store(to, f32x4.sub(e0, e2));
        v128.store(to + stride, f32x4.add(e1, e2));
        v128.store(to + 2 * stride, f32x4.sub(e2, e1));
        v128.store(to + 3 * stride, f32x4.sub(e1, e3));
      }
      x += 16;
      v += 16;
    }
    x -= (<usize>channels) << 4;
    table += 64;
  }
}

/** y = Aᵀ m A + b, settled as in a product. `table` holds the byte offsets of the four sites of each tile. */
export function outputTransform(
  m: usize,
  stride: usize,
  table: usize,
  tiles: i32,
  outputs: i32,
  y: usize,
  bias: usize,
  epilogue: i32,
  activated: usize,
): void {
  for (let tile = 0; tile < tiles; tile++) {
    const y0: usize = load<u32>(table);
    const y1: usize = load<u32>(table, 4);
    const y2: usize = load<u32>(table, 8);
    const y3: usize = load<u32>(table, 12);
    for (let k: usize = 0; k < <usize>outputs; k++) {
      let from = m;
      let a0 = v128.load_splat<f32>(bias + (k << 2));
      let a1 = a0;
      let a2 = a0;
      let a3 = a0;
      for (let row = 0; row < 4; row++) {
        const m0 = v128.load(from);
        const m1 = v128.load(from + stride);
        const m2 = v128.load(from + 2 * stride);
        const m3 = v128.load(from + 3 * stride);
        from += 4 * stride;
        const left = f32x4.add(f32x4.add(m0, m1), m2);
        const right = f32x4.sub(f32x4.sub(m1, m2), m3);
        if (row < 3) {
          a0 = f32x4.add(a0, left);
          a1 = f32x4.add(a1, right);
        }
        if (row === 1) {
          a2 = f32x4.add(a2, left);
          a3 = f32x4.add(a3, right);
        } else if (row > 1) {
          a2 = f32x4.sub(a2, left);
          a3 = f32x4.sub(a3, right);
        }
      }
      const place = k << 4;
      storeFour(epilogue, y + place, activated + place, y0, y1, y2, y3, a0, a1, a2, a3);
      m += 16;
    }
    table += 16;
  }
}

/** A δ Aᵀ, the transpose of {@link outputTransform}. */
export function outputTransformAdjoint(
  delta: usize,
  table: usize,
  tiles: i32,
  channels: i32,
  m: usize,
  stride: usize,
): void {
  for (let tile = 0; tile < tiles; tile++) {
    let d0 = delta + load<u32>(table);
    let d1 = delta + load<u32>(table, 4);
    let d2 = delta + load<u32>(table, 8);
    let d3 = delta + load<u32>(table, 12);
    for (let c = 0; c < channels; c++) {
      const a = v128.load(d0);
      const b = v128.load(d1);
      const e = v128.load(d2);
      const f = v128.load(d3);
      spreadRow(m, stride, a, b);
      spreadRow(m + 4 * stride, stride, f32x4.add(a, e), f32x4.add(b, f));
      spreadRow(m + 8 * stride, stride, f32x4.sub(a, e), f32x4.sub(b, f));
      spreadRow(m + 12 * stride, stride, f32x4.neg(e), f32x4.neg(f));
      d0 += 16;
      d1 += 16;
      d2 += 16;
      d3 += 16;
      m += 16;
    }
    table += 16;
  }
}

function spreadRow(m: usize, stride: usize, left: v128, right: v128): void {
  v128.store(m, left);
  v128.store(m + stride, f32x4.add(left, right));
  v128.store(m + 2 * stride, f32x4.sub(left, right));
  v128.store(m + 3 * stride, f32x4.neg(right));
}

/**
 * G g Gᵀ of every filter, from weights packed for a product with nine places to weights packed for 16 products of one
 * place each.
 */
export function filterTransform(packed: usize, outputs: i32, channels: i32, u: usize): void {
  const stride = (<usize>(outputs * channels)) << 2;
  for (let k = 0; k < outputs; k += 2) {
    const row: usize = (k + 1 < outputs ? 2 : 1) * <usize>channels;
    for (let i: usize = 0; i < row; i++) {
      for (let f: usize = 0; f < 4; f++) {
        const first = packed + (i << 2);
        const r0 = filterRow(first, 3 * row, f);
        const r1 = filterRow(first + (row << 2), 3 * row, f);
        const r2 = filterRow(first + (row << 3), 3 * row, f);
        const to = u + 4 * f * stride + (i << 2);
        store<f32>(to, r0);
        store<f32>(to + stride, <f32>0.5 * (r0 + r1 + r2));
        store<f32>(to + 2 * stride, <f32>0.5 * (r0 - r1 + r2));
        store<f32>(to + 3 * stride, r2);
      }
    }
    packed += (9 * row) << 2;
    u += row << 2;
  }
}

/** Row f of G applied to three numbers `step` floats apart. */
function filterRow(g: usize, step: usize, f: usize): f32 {
  const g0 = load<f32>(g);
  const g1 = load<f32>(g + (step << 2));
  const g2 = load<f32>(g + (step << 3));
  if (f === 0) return g0;
  if (f === 3) return g2;
  return <f32>0.5 * (f === 1 ? g0 + g1 + g2 : g0 - g1 + g2);
}

/** ∂g = Gᵀ ∂u G: from [frequency][row][column] to the weight gradient [row][place][column]. */
export function filterTransformAdjoint(du: usize, rows: i32, columns: i32, gradient: usize): void {
  const stride = (<usize>(rows * columns)) << 2;
  const place = (<usize>columns) << 2;
  for (let a = 0; a < rows; a++) {
    for (let b = 0; b < columns; b++) {
      for (let j: usize = 0; j < 3; j++) {
        const r0 = gradientRow(du, 4 * stride, j);
        const r1 = gradientRow(du + stride, 4 * stride, j);
        const r2 = gradientRow(du + 2 * stride, 4 * stride, j);
        const r3 = gradientRow(du + 3 * stride, 4 * stride, j);
        const to = gradient + 3 * j * place;
        store<f32>(to, r0 + <f32>0.5 * (r1 + r2));
        store<f32>(to + place, <f32>0.5 * (r1 - r2));
        store<f32>(to + 2 * place, <f32>0.5 * (r1 + r2) + r3);
      }
      du += 4;
      gradient += 4;
    }
    gradient += 8 * place;
  }
}

/** Row j of Gᵀ applied to four numbers `step` bytes apart. */
function gradientRow(u: usize, step: usize, j: usize): f32 {
  const u1 = load<f32>(u + step);
  const u2 = load<f32>(u + 2 * step);
  if (j === 1) return <f32>0.5 * (u1 - u2);
  return <f32>0.5 * (u1 + u2) + (j === 0 ? load<f32>(u) : load<f32>(u + 3 * step));
}
