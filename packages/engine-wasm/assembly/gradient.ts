/** Gradients of weights and biases: sums of products over sites and over the four samples of a vector. */

function laneSum(a: v128): f32 {
  const b = f32x4.add(a, i8x16.shuffle(a, a, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return f32x4.extract_lane(b, 0) + f32x4.extract_lane(b, 1);
}

function put(at: usize, value: f32, add: i32): void {
  store<f32>(at, add ? load<f32>(at) + value : value);
}

/**
 * G[a, j, b] (+)= Σ_s Σ_samples left[s, a] right[in(s, j), b], over the sites `first` ≤ s < `last` (multiples of 4).
 *
 * Register block 3 × 3: six loads for nine products. What remains is done in smaller blocks.
 */
export function sharedWeightGradient(
  left: usize,
  rows: i32,
  right: usize,
  table: usize,
  places: i32,
  columns: i32,
  first: i32,
  last: i32,
  gradient: usize,
  add: i32,
): void {
  const leftBytes = (<usize>rows) << 4;
  const tableBytes = (<usize>places) << 4;
  const from = left + <usize>first * leftBytes;
  const to = left + <usize>last * leftBytes;
  const entries = table + <usize>(first >> 2) * tableBytes;
  const rowFloats = <usize>(places * columns);
  const rowBytes = rowFloats << 2;
  for (let j = 0; j < places; j++) {
    const entry = entries + ((<usize>j) << 4);
    const place = gradient + ((<usize>(j * columns)) << 2);
    let a = 0;
    while (a < rows) {
      const height = min(rows - a, 3);
      const target = place + ((<usize>a * rowFloats) << 2);
      const l = from + ((<usize>a) << 4);
      const end = to + ((<usize>a) << 4);
      let b = 0;
      while (b < columns) {
        const width = min(columns - b, 3);
        const r = right + ((<usize>b) << 4);
        const g = target + ((<usize>b) << 2);
        if (height === 3 && width === 3) {
          block3x3(l, end, leftBytes, r, entry, tableBytes, g, rowBytes, add);
          b += 3;
        } else if (height === 3) {
          block3x1(l, end, leftBytes, r, entry, tableBytes, g, rowBytes, add);
          b += 1;
        } else if (height === 2 && width === 2) {
          block2x2(l, end, leftBytes, r, entry, tableBytes, g, rowBytes, add);
          b += 2;
        } else if (width === 3) {
          block1x3(l, end, leftBytes, r, entry, tableBytes, g, add);
          if (height === 2) block1x3(l + 16, end + 16, leftBytes, r, entry, tableBytes, g + rowBytes, add);
          b += 3;
        } else {
          block1x1(l, end, leftBytes, r, entry, tableBytes, g, add);
          if (height === 2) block1x1(l + 16, end + 16, leftBytes, r, entry, tableBytes, g + rowBytes, add);
          b += 1;
        }
      }
      a += height;
    }
  }
}

function block3x3(
  l: usize,
  end: usize,
  leftBytes: usize,
  right: usize,
  entry: usize,
  tableBytes: usize,
  target: usize,
  rowBytes: usize,
  add: i32,
): void {
  let g00 = f32x4.splat(0);
  let g01 = g00;
  let g02 = g00;
  let g10 = g00;
  let g11 = g00;
  let g12 = g00;
  let g20 = g00;
  let g21 = g00;
  let g22 = g00;
  for (; l < end; entry += tableBytes) {
    for (let site: usize = 0; site < 16; site += 4) {
      const r: usize = right + load<u32>(entry + site);
      const r0 = v128.load(r);
      const r1 = v128.load(r, 16);
      const r2 = v128.load(r, 32);
      let value = v128.load(l);
      g00 = f32x4.add(g00, f32x4.mul(value, r0));
      g01 = f32x4.add(g01, f32x4.mul(value, r1));
      g02 = f32x4.add(g02, f32x4.mul(value, r2));
      value = v128.load(l, 16);
      g10 = f32x4.add(g10, f32x4.mul(value, r0));
      g11 = f32x4.add(g11, f32x4.mul(value, r1));
      g12 = f32x4.add(g12, f32x4.mul(value, r2));
      value = v128.load(l, 32);
      g20 = f32x4.add(g20, f32x4.mul(value, r0));
      g21 = f32x4.add(g21, f32x4.mul(value, r1));
      g22 = f32x4.add(g22, f32x4.mul(value, r2));
      l += leftBytes;
    }
  }
  put(target, laneSum(g00), add);
  put(target + 4, laneSum(g01), add);
  put(target + 8, laneSum(g02), add);
  target += rowBytes;
  put(target, laneSum(g10), add);
  put(target + 4, laneSum(g11), add);
  put(target + 8, laneSum(g12), add);
  target += rowBytes;
  put(target, laneSum(g20), add);
  put(target + 4, laneSum(g21), add);
  put(target + 8, laneSum(g22), add);
}

function block2x2(
  l: usize,
  end: usize,
  leftBytes: usize,
  right: usize,
  entry: usize,
  tableBytes: usize,
  target: usize,
  rowBytes: usize,
  add: i32,
): void {
  let g00 = f32x4.splat(0);
  let g01 = g00;
  let g10 = g00;
  let g11 = g00;
  for (; l < end; entry += tableBytes) {
    for (let site: usize = 0; site < 16; site += 4) {
      const r: usize = right + load<u32>(entry + site);
      const r0 = v128.load(r);
      const r1 = v128.load(r, 16);
      let value = v128.load(l);
      g00 = f32x4.add(g00, f32x4.mul(value, r0));
      g01 = f32x4.add(g01, f32x4.mul(value, r1));
      value = v128.load(l, 16);
      g10 = f32x4.add(g10, f32x4.mul(value, r0));
      g11 = f32x4.add(g11, f32x4.mul(value, r1));
      l += leftBytes;
    }
  }
  put(target, laneSum(g00), add);
  put(target + 4, laneSum(g01), add);
  put(target + rowBytes, laneSum(g10), add);
  put(target + rowBytes + 4, laneSum(g11), add);
}

function block3x1(
  l: usize,
  end: usize,
  leftBytes: usize,
  right: usize,
  entry: usize,
  tableBytes: usize,
  target: usize,
  rowBytes: usize,
  add: i32,
): void {
  let g0 = f32x4.splat(0);
  let g1 = g0;
  let g2 = g0;
  for (; l < end; entry += tableBytes) {
    for (let site: usize = 0; site < 16; site += 4) {
      const r = v128.load(right + load<u32>(entry + site));
      g0 = f32x4.add(g0, f32x4.mul(v128.load(l), r));
      g1 = f32x4.add(g1, f32x4.mul(v128.load(l, 16), r));
      g2 = f32x4.add(g2, f32x4.mul(v128.load(l, 32), r));
      l += leftBytes;
    }
  }
  put(target, laneSum(g0), add);
  put(target + rowBytes, laneSum(g1), add);
  put(target + 2 * rowBytes, laneSum(g2), add);
}

function block1x3(
  l: usize,
  end: usize,
  leftBytes: usize,
  right: usize,
  entry: usize,
  tableBytes: usize,
  target: usize,
  add: i32,
): void {
  let g0 = f32x4.splat(0);
  let g1 = g0;
  let g2 = g0;
  for (; l < end; entry += tableBytes) {
    for (let site: usize = 0; site < 16; site += 4) {
      const r: usize = right + load<u32>(entry + site);
      const value = v128.load(l);
      g0 = f32x4.add(g0, f32x4.mul(value, v128.load(r)));
      g1 = f32x4.add(g1, f32x4.mul(value, v128.load(r, 16)));
      g2 = f32x4.add(g2, f32x4.mul(value, v128.load(r, 32)));
      l += leftBytes;
    }
  }
  put(target, laneSum(g0), add);
  put(target + 4, laneSum(g1), add);
  put(target + 8, laneSum(g2), add);
}

function block1x1(
  l: usize,
  end: usize,
  leftBytes: usize,
  right: usize,
  entry: usize,
  tableBytes: usize,
  target: usize,
  add: i32,
): void {
  let g = f32x4.splat(0);
  for (; l < end; entry += tableBytes) {
    for (let site: usize = 0; site < 16; site += 4) {
      g = f32x4.add(g, f32x4.mul(v128.load(l), v128.load(right + load<u32>(entry + site))));
      l += leftBytes;
    }
  }
  put(target, laneSum(g), add);
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

/** G[q, k] (+)= Σ_s Σ_samples δ[out(s, q), k]; one such sum for each site when `local`. */
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
      for (let k = 0; k < channels; k++) {
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
