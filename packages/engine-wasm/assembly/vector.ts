/** Whole vectors of parameters and gradients. */

/** to[i] = from[i], whole vectors of four; tells whether any bit of `to` changed by that. */
export function update(to: usize, from: usize, count: i32): i32 {
  let changes = i32x4.splat(0);
  for (let i: usize = 0; i < (<usize>count) << 2; i += 16) {
    const value = v128.load(from + i);
    changes = v128.or(changes, v128.xor(value, v128.load(to + i)));
    v128.store(to + i, value);
  }
  return v128.any_true(changes) ? 1 : 0;
}

/** to[i] = from[map[i]]. */
export function permute(to: usize, from: usize, map: usize, count: i32): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    store<f32>(to + (i << 2), load<f32>(from + ((<usize>load<u32>(map + (i << 2))) << 2)));
  }
}

/** sum[i] = ((v_0[i] + v_1[i]) + v_2[i]) + …: `vectors` of them `stride` bytes apart, added in that order. */
export function sumInOrder(sum: usize, first: usize, stride: usize, vectors: i32, count: i32): void {
  for (let i: usize = 0; i < (<usize>count) << 2; i += 16) {
    let at = first + i;
    let value = v128.load(at);
    for (let v = 1; v < vectors; v++) {
      at += stride;
      value = f32x4.add(value, v128.load(at));
    }
    v128.store(sum + i, value);
  }
}

/**
 * Does 12 float32 multiply-adds of four lanes each a round, in registers alone and twelve of them independent: about
 * as fast as this machine does them in WebAssembly. Returns a number that depends on all of them.
 */
export function multiplyAddPeak(rounds: i32, factor: f32, summand: f32): f32 {
  const x = f32x4.splat(summand);
  const y = f32x4.splat(factor);
  let a = f32x4.splat(0);
  let b = f32x4.splat(1);
  let c = f32x4.splat(2);
  let d = f32x4.splat(3);
  let e = f32x4.splat(4);
  let f = f32x4.splat(5);
  let g = f32x4.splat(6);
  let h = f32x4.splat(7);
  let i = f32x4.splat(8);
  let j = f32x4.splat(9);
  let k = f32x4.splat(10);
  let l = f32x4.splat(11);
  for (let round = 0; round < rounds; round++) {
    a = f32x4.add(f32x4.mul(a, y), x);
    b = f32x4.add(f32x4.mul(b, y), x);
    c = f32x4.add(f32x4.mul(c, y), x);
    d = f32x4.add(f32x4.mul(d, y), x);
    e = f32x4.add(f32x4.mul(e, y), x);
    f = f32x4.add(f32x4.mul(f, y), x);
    g = f32x4.add(f32x4.mul(g, y), x);
    h = f32x4.add(f32x4.mul(h, y), x);
    i = f32x4.add(f32x4.mul(i, y), x);
    j = f32x4.add(f32x4.mul(j, y), x);
    k = f32x4.add(f32x4.mul(k, y), x);
    l = f32x4.add(f32x4.mul(l, y), x);
  }
  let sum = a;
  sum = f32x4.add(sum, b);
  sum = f32x4.add(sum, c);
  sum = f32x4.add(sum, d);
  sum = f32x4.add(sum, e);
  sum = f32x4.add(sum, f);
  sum = f32x4.add(sum, g);
  sum = f32x4.add(sum, h);
  sum = f32x4.add(sum, i);
  sum = f32x4.add(sum, j);
  sum = f32x4.add(sum, k);
  sum = f32x4.add(sum, l);
  return f32x4.extract_lane(sum, 0);
}
