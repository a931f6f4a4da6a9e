/**
 * Products of weights with gathered inputs: the forward pass of every layer, and the same with transposed weights for
 * the gradient with respect to a layer's input.
 *
 * A vector holds one number for each of the four samples of a chunk. With the patches that the index tables name,
 *
 *   y[out(s, q), k] (+)= φ( b[q, k] + Σ_j Σ_c W[q, k; j, c] x[in(s, j), c] )        for every site s,
 *
 * j over `places`, c over `channels`, q over `outPlaces`, k over `outputs`. Tables hold byte offsets for four sites at
 * a time, [site / 4][place][4]. Where neighbouring places lie one behind the other at all four sites, shared products
 * read them in one run: for every four sites there is the number of runs, then for each run its length in vectors and
 * its four offsets. Weights lie as pairs of outputs, [pair][place][channel][2], and an odd last output as
 * [place][channel].
 */
import { storeFour, storeOne } from './epilogue';

/** Weights shared by all sites. A register block is two outputs at four sites: eight sums, ten loads. */
export function sharedProduct(
  x: usize,
  runs: usize,
  y: usize,
  outTable: usize,
  outPlaces: i32,
  outputs: i32,
  weights: usize,
  bias: usize,
  sites: i32,
  epilogue: i32,
  activated: usize,
): void {
  const outBytes = (<usize>outPlaces) << 4;
  const pairs = outputs >> 1;
  for (let block = 0; block < sites; block += 4) {
    const first = runs + 4;
    const windowEnd = first + 20 * <usize>load<u32>(runs);
    let w = weights;
    let b = bias;
    for (const outEnd = outTable + outBytes; outTable < outEnd; outTable += 16) {
      let y0: usize = load<u32>(outTable);
      let y1: usize = load<u32>(outTable, 4);
      let y2: usize = load<u32>(outTable, 8);
      let y3: usize = load<u32>(outTable, 12);
      for (let pair = 0; pair < pairs; pair++) {
        let a0 = v128.load_splat<f32>(b);
        let a1 = a0;
        let a2 = a0;
        let a3 = a0;
        let b0 = v128.load_splat<f32>(b, 4);
        let b1 = b0;
        let b2 = b0;
        let b3 = b0;
        for (let run = first; run < windowEnd; run += 20) {
          let x0: usize = x + load<u32>(run, 4);
          let x1: usize = x + load<u32>(run, 8);
          let x2: usize = x + load<u32>(run, 12);
          let x3: usize = x + load<u32>(run, 16);
          const weightEnd = w + ((<usize>load<u32>(run)) << 3);
          while (w < weightEnd) {
            const u = v128.load_splat<f32>(w);
            const v = v128.load_splat<f32>(w, 4);
            let value = v128.load(x0);
            a0 = f32x4.add(a0, f32x4.mul(u, value));
            b0 = f32x4.add(b0, f32x4.mul(v, value));
            value = v128.load(x1);
            a1 = f32x4.add(a1, f32x4.mul(u, value));
            b1 = f32x4.add(b1, f32x4.mul(v, value));
            value = v128.load(x2);
            a2 = f32x4.add(a2, f32x4.mul(u, value));
            b2 = f32x4.add(b2, f32x4.mul(v, value));
            value = v128.load(x3);
            a3 = f32x4.add(a3, f32x4.mul(u, value));
            b3 = f32x4.add(b3, f32x4.mul(v, value));
            x0 += 16;
            x1 += 16;
            x2 += 16;
            x3 += 16;
            w += 8;
          }
        }
        storeFour(epilogue, y, activated, y0, y1, y2, y3, a0, a1, a2, a3);
        storeFour(epilogue, y + 16, activated + 16, y0, y1, y2, y3, b0, b1, b2, b3);
        y0 += 32;
        y1 += 32;
        y2 += 32;
        y3 += 32;
        b += 8;
      }
      if (outputs & 1) {
        let a0 = v128.load_splat<f32>(b);
        let a1 = a0;
        let a2 = a0;
        let a3 = a0;
        for (let run = first; run < windowEnd; run += 20) {
          let x0: usize = x + load<u32>(run, 4);
          let x1: usize = x + load<u32>(run, 8);
          let x2: usize = x + load<u32>(run, 12);
          let x3: usize = x + load<u32>(run, 16);
          const weightEnd = w + ((<usize>load<u32>(run)) << 2);
          while (w < weightEnd) {
            const u = v128.load_splat<f32>(w);
            a0 = f32x4.add(a0, f32x4.mul(u, v128.load(x0)));
            a1 = f32x4.add(a1, f32x4.mul(u, v128.load(x1)));
            a2 = f32x4.add(a2, f32x4.mul(u, v128.load(x2)));
            a3 = f32x4.add(a3, f32x4.mul(u, v128.load(x3)));
            x0 += 16;
            x1 += 16;
            x2 += 16;
            x3 += 16;
            w += 4;
          }
        }
        storeFour(epilogue, y, activated, y0, y1, y2, y3, a0, a1, a2, a3);
        b += 4;
      }
    }
    runs = windowEnd;
  }
}

/** Weights and biases of each site's own, in the same order site after site. */
export function localProduct(
  x: usize,
  table: usize,
  places: i32,
  channels: i32,
  y: usize,
  outTable: usize,
  outPlaces: i32,
  outputs: i32,
  weights: usize,
  bias: usize,
  sites: i32,
  epilogue: i32,
  activated: usize,
): void {
  const windowBytes = (<usize>places) << 4;
  const outBytes = (<usize>outPlaces) << 4;
  const pairs = outputs >> 1;
  let w = weights;
  for (let site = 0; site < sites; site++) {
    const window = table + <usize>(site >> 2) * windowBytes + ((<usize>(site & 3)) << 2);
    const windowEnd = window + windowBytes;
    let target = outTable + <usize>(site >> 2) * outBytes + ((<usize>(site & 3)) << 2);
    for (const end = target + outBytes; target < end; target += 16) {
      let offset: usize = load<u32>(target);
      for (let pair = 0; pair < pairs; pair++) {
        let a = v128.load_splat<f32>(bias);
        let b = v128.load_splat<f32>(bias, 4);
        for (let entry = window; entry < windowEnd; entry += 16) {
          let at: usize = x + load<u32>(entry);
          for (let c = 0; c < channels; c++) {
            const value = v128.load(at);
            a = f32x4.add(a, f32x4.mul(v128.load_splat<f32>(w), value));
            b = f32x4.add(b, f32x4.mul(v128.load_splat<f32>(w, 4), value));
            at += 16;
            w += 8;
          }
        }
        storeOne(epilogue, y + offset, activated + offset, a);
        storeOne(epilogue, y + offset + 16, activated + offset + 16, b);
        offset += 32;
        bias += 8;
      }
      if (outputs & 1) {
        let a = v128.load_splat<f32>(bias);
        for (let entry = window; entry < windowEnd; entry += 16) {
          let at: usize = x + load<u32>(entry);
          for (let c = 0; c < channels; c++) {
            a = f32x4.add(a, f32x4.mul(v128.load_splat<f32>(w), v128.load(at)));
            at += 16;
            w += 4;
          }
        }
        storeOne(epilogue, y + offset, activated + offset, a);
        bias += 4;
      }
    }
  }
}

/**
 * No weights: y[s, c] (+)= φ( Σ_j x[in(s, j), c] ). The table is that of weight gradients, byte offsets [place][site].
 */
export function sumPlaces(
  x: usize,
  table: usize,
  places: i32,
  channels: i32,
  y: usize,
  sites: i32,
  epilogue: i32,
  activated: usize,
): void {
  const placeBytes = (<usize>sites) << 2;
  for (const end = table + placeBytes; table < end; table += 4) {
    for (let c: usize = 0; c < (<usize>channels) << 4; c += 16) {
      let entry = table;
      let sum = v128.load(x + load<u32>(entry) + c);
      for (let j = 1; j < places; j++) {
        entry += placeBytes;
        sum = f32x4.add(sum, v128.load(x + load<u32>(entry) + c));
      }
      storeOne(epilogue, y, activated, sum);
      y += 16;
      activated += 16;
    }
  }
}
