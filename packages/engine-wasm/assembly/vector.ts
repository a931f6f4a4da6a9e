/** Whole vectors of parameters and gradients. */

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
 * The fastest this machine does float32 multiply-adds in WebAssembly: 40 of four lanes each a round, in registers
 * alone. Returns a number that depends on all of them.
 */
export function multiplyAddPeak(rounds: i32): f32 {
  let a = f32x4.splat(1);
  let b = a;
  let c = a;
  let d = a;
  let e = a;
  let f = a;
  let g = a;
  let h = a;
  let x = f32x4.splat(1e-9);
  const y = f32x4.splat(0.5);
  for (let i = 0; i < rounds; i++) {
    x = f32x4.add(x, y);
    a = f32x4.add(a, f32x4.mul(x, y));
    b = f32x4.add(b, f32x4.mul(a, y));
    c = f32x4.add(c, f32x4.mul(x, x));
    d = f32x4.add(d, f32x4.mul(y, y));
    e = f32x4.add(e, f32x4.mul(x, y));
    f = f32x4.add(f, f32x4.mul(x, x));
    g = f32x4.add(g, f32x4.mul(y, y));
    h = f32x4.add(h, f32x4.mul(x, y));
  }
  return f32x4.extract_lane(
    f32x4.add(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)), f32x4.add(f32x4.add(e, f), f32x4.add(g, h))),
    0,
  );
}
