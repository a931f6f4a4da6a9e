/** Gradients of weights and biases: sums of products over sites and over the four samples of a vector. */

export function laneSum(a: v128): f32 {
  const b = f32x4.add(a, i8x16.shuffle(a, a, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return f32x4.extract_lane(b, 0) + f32x4.extract_lane(b, 1);
}

export function put(at: usize, value: f32, add: i32): void {
  store<f32>(at, add ? load<f32>(at) + value : value);
}

/**
 * G[a, j, b] (+)= Σ_s Σ_samples left[s, a] right[in(s, j), b], over `sites` sites.
 *
 * Here the table is [place][site], `placeBytes` from one place to the next. Register block 3 × 2: six sums, five
 * loads; a larger one would not leave the registers that the loads need. What remains is done in smaller blocks.
 */
export function sharedWeightGradient(
  left: usize,
  rows: i32,
  right: usize,
  table: usize,
  placeBytes: usize,
  places: i32,
  columns: i32,
  sites: i32,
  gradient: usize,
  add: i32,
): void {
  const leftBytes = (<usize>rows) << 4;
  const leftEnd = left + <usize>sites * leftBytes;
  const rowBytes = (<usize>(places * columns)) << 2;
  for (let j = 0; j < places; j++) {
    let l = left;
    let end = leftEnd;
    let target = gradient;
    let height = 0;
    for (let a = 0; a < rows; a += height) {
      height = min(rows - a, 3);
      let r = right;
      let g = target;
      let b = 0;
      for (; b + 2 <= columns; b += 2) {
        if (height === 3) block3x2(l, end, leftBytes, r, table, g, rowBytes, add);
        else if (height === 2) block2x2(l, end, leftBytes, r, table, g, rowBytes, add);
        else block1x2(l, end, leftBytes, r, table, g, add);
        r += 32;
        g += 8;
      }
      if (b < columns) {
        if (height === 3) block3x1(l, end, leftBytes, r, table, g, rowBytes, add);
        else if (height === 2) block2x1(l, end, leftBytes, r, table, g, rowBytes, add);
        else block1x1(l, end, leftBytes, r, table, g, add);
      }
      l += 48;
      end += 48;
      target += 3 * rowBytes;
    }
    table += placeBytes;
    gradient += (<usize>columns) << 2;
  }
}

function block3x2(
  l: usize,
  end: usize,
  leftBytes: usize,
  right: usize,
  entry: usize,
  g: usize,
  rowBytes: usize,
  add: i32,
): void {
  let g00 = f32x4.splat(0);
  let g01 = g00;
  let g10 = g00;
  let g11 = g00;
  let g20 = g00;
  let g21 = g00;
  for (; l < end; l += leftBytes) {
    const r: usize = right + load<u32>(entry);
    entry += 4;
    const r0 = v128.load(r);
    const r1 = v128.load(r, 16);
    const l0 = v128.load(l);
    g00 = f32x4.add(g00, f32x4.mul(l0, r0));
    g01 = f32x4.add(g01, f32x4.mul(l0, r1));
    const l1 = v128.load(l, 16);
    g10 = f32x4.add(g10, f32x4.mul(l1, r0));
    g11 = f32x4.add(g11, f32x4.mul(l1, r1));
    const l2 = v128.load(l, 32);
    g20 = f32x4.add(g20, f32x4.mul(l2, r0));
    g21 = f32x4.add(g21, f32x4.mul(l2, r1));
  }
  put(g, laneSum(g00), add);
  put(g + 4, laneSum(g01), add);
  g += rowBytes;
  put(g, laneSum(g10), add);
  put(g + 4, laneSum(g11), add);
  g += rowBytes;
  put(g, laneSum(g20), add);
  put(g + 4, laneSum(g21), add);
}

function block2x2(
  l: usize,
  end: usize,
  leftBytes: usize,
  right: usize,
  entry: usize,
  g: usize,
  rowBytes: usize,
  add: i32,
): void {
  let g00 = f32x4.splat(0);
  let g01 = g00;
  let g10 = g00;
  let g11 = g00;
  for (; l < end; l += leftBytes) {
    const r: usize = right + load<u32>(entry);
    entry += 4;
    const r0 = v128.load(r);
    const r1 = v128.load(r, 16);
    const l0 = v128.load(l);
    g00 = f32x4.add(g00, f32x4.mul(l0, r0));
    g01 = f32x4.add(g01, f32x4.mul(l0, r1));
    const l1 = v128.load(l, 16);
    g10 = f32x4.add(g10, f32x4.mul(l1, r0));
    g11 = f32x4.add(g11, f32x4.mul(l1, r1));
  }
  put(g, laneSum(g00), add);
  put(g + 4, laneSum(g01), add);
  g += rowBytes;
  put(g, laneSum(g10), add);
  put(g + 4, laneSum(g11), add);
}

function block1x2(l: usize, end: usize, leftBytes: usize, right: usize, entry: usize, g: usize, add: i32): void {
  let g00 = f32x4.splat(0);
  let g01 = g00;
  for (; l < end; l += leftBytes) {
    const r: usize = right + load<u32>(entry);
    entry += 4;
    const r0 = v128.load(r);
    const r1 = v128.load(r, 16);
    const l0 = v128.load(l);
    g00 = f32x4.add(g00, f32x4.mul(l0, r0));
    g01 = f32x4.add(g01, f32x4.mul(l0, r1));
  }
  put(g, laneSum(g00), add);
  put(g + 4, laneSum(g01), add);
}

function block3x1(
  l: usize,
  end: usize,
  leftBytes: usize,
  right: usize,
  entry: usize,
  g: usize,
  rowBytes: usize,
  add: i32,
): void {
  let g00 = f32x4.splat(0);
  let g10 = g00;
  let g20 = g00;
  for (; l < end; l += leftBytes) {
    const r: usize = right + load<u32>(entry);
    entry += 4;
    const r0 = v128.load(r);
    const l0 = v128.load(l);
    g00 = f32x4.add(g00, f32x4.mul(l0, r0));
    const l1 = v128.load(l, 16);
    g10 = f32x4.add(g10, f32x4.mul(l1, r0));
    const l2 = v128.load(l, 32);
    g20 = f32x4.add(g20, f32x4.mul(l2, r0));
  }
  put(g, laneSum(g00), add);
  g += rowBytes;
  put(g, laneSum(g10), add);
  g += rowBytes;
  put(g, laneSum(g20), add);
}

function block2x1(
  l: usize,
  end: usize,
  leftBytes: usize,
  right: usize,
  entry: usize,
  g: usize,
  rowBytes: usize,
  add: i32,
): void {
  let g00 = f32x4.splat(0);
  let g10 = g00;
  for (; l < end; l += leftBytes) {
    const r: usize = right + load<u32>(entry);
    entry += 4;
    const r0 = v128.load(r);
    const l0 = v128.load(l);
    g00 = f32x4.add(g00, f32x4.mul(l0, r0));
    const l1 = v128.load(l, 16);
    g10 = f32x4.add(g10, f32x4.mul(l1, r0));
  }
  put(g, laneSum(g00), add);
  g += rowBytes;
  put(g, laneSum(g10), add);
}

function block1x1(l: usize, end: usize, leftBytes: usize, right: usize, entry: usize, g: usize, add: i32): void {
  let g00 = f32x4.splat(0);
  for (; l < end; l += leftBytes) {
    const r: usize = right + load<u32>(entry);
    entry += 4;
    const r0 = v128.load(r);
    const l0 = v128.load(l);
    g00 = f32x4.add(g00, f32x4.mul(l0, r0));
  }
  put(g, laneSum(g00), add);
}

/** G[s, a, j, b] (+)= Σ_samples left[s, a] right[in(s, j), b]: every site has weights of its own. */
export function localWeightGradient(
  left: usize,
  rows: i32,
  right: usize,
  table: usize,
  places: i32,
  columns: i32,
  sites: i32,
  gradient: usize,
  add: i32,
): void {
  const tableBytes = (<usize>places) << 4;
  for (let site = 0; site < sites; site++) {
    const entry = table + <usize>(site >> 2) * tableBytes + ((<usize>(site & 3)) << 2);
    for (let a = 0; a < rows; a++) {
      const value = v128.load(left);
      for (let j = 0; j < places; j++) {
        let r: usize = right + load<u32>(entry + ((<usize>j) << 4));
        for (let b = 0; b < columns; b++) {
          put(gradient, laneSum(f32x4.mul(value, v128.load(r))), add);
          gradient += 4;
          r += 16;
        }
      }
      left += 16;
    }
  }
}

/** G[q, k] (+)= Σ_s Σ_samples δ[out(s, q), k]; one such sum for each site when `local`. Four channels at a time: no sum waits for another's. */
export function biasGradient(
  delta: usize,
  table: usize,
  places: i32,
  channels: i32,
  sites: i32,
  local: i32,
  gradient: usize,
  add: i32,
): void {
  const tableBytes = (<usize>places) << 4;
  const runs = local ? sites : 1;
  const run = local ? 1 : sites;
  for (let site = 0; site < runs * run; site += run) {
    for (let q = 0; q < places; q++) {
      const column = table + ((<usize>q) << 4);
      let k = 0;
      for (; k + 4 <= channels; k += 4) {
        let g0 = f32x4.splat(0);
        let g1 = g0;
        let g2 = g0;
        let g3 = g0;
        for (let s = site; s < site + run; s++) {
          const entry = column + <usize>(s >> 2) * tableBytes + ((<usize>(s & 3)) << 2);
          const from: usize = delta + load<u32>(entry) + ((<usize>k) << 4);
          g0 = f32x4.add(g0, v128.load(from));
          g1 = f32x4.add(g1, v128.load(from, 16));
          g2 = f32x4.add(g2, v128.load(from, 32));
          g3 = f32x4.add(g3, v128.load(from, 48));
        }
        put(gradient, laneSum(g0), add);
        put(gradient + 4, laneSum(g1), add);
        put(gradient + 8, laneSum(g2), add);
        put(gradient + 12, laneSum(g3), add);
        gradient += 16;
      }
      for (; k < channels; k++) {
        let sum = f32x4.splat(0);
        for (let s = site; s < site + run; s++) {
          const entry = column + <usize>(s >> 2) * tableBytes + ((<usize>(s & 3)) << 2);
          sum = f32x4.add(sum, v128.load(delta + load<u32>(entry) + ((<usize>k) << 4)));
        }
        put(gradient, laneSum(sum), add);
        gradient += 4;
      }
    }
  }
}
