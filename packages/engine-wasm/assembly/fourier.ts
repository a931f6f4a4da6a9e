/**
 * Fourier layers. A spectrum is the real one: entry 0 belongs to the frequency 0, entries p and n + p to the cosine and the
 * sine of frequency p of n, each with all channels; `src/fourier.ts` says which frequencies those are.
 */
import { Epilogue } from '../src/epilogue';
import { storeFour, storeOne } from './epilogue';
import { laneSum, put } from './gradient';

/**
 * Products with a matrix along one axis: y[o, k, a] = Σ_n W[k, n] x[o, n, a], a over `inner` vectors that lie side by side.
 * Register block: two rows at four a, eight sums and six loads.
 */
export function waves(
  x: usize,
  y: usize,
  matrix: usize,
  rows: i32,
  columns: i32,
  outer: i32,
  inner: i32,
  epilogue: i32,
  activated: usize,
): void {
  const step = (<usize>inner) << 4;
  const xBytes = <usize>columns * step;
  const yBytes = <usize>rows * step;
  const rowBytes = (<usize>columns) << 2;
  for (let o = 0; o < outer; o++) {
    let a = 0;
    for (; a + 4 <= inner; a += 4) {
      const at = (<usize>a) << 4;
      let w = matrix;
      let to = at;
      let k = 0;
      for (; k + 2 <= rows; k += 2) {
        let a0 = f32x4.splat(0);
        let a1 = a0;
        let a2 = a0;
        let a3 = a0;
        let b0 = a0;
        let b1 = a0;
        let b2 = a0;
        let b3 = a0;
        let from = x + at;
        for (const end = w + rowBytes; w < end; w += 4) {
          const u = v128.load_splat<f32>(w);
          const v = v128.load_splat<f32>(w + rowBytes);
          let value = v128.load(from);
          a0 = f32x4.add(a0, f32x4.mul(u, value));
          b0 = f32x4.add(b0, f32x4.mul(v, value));
          value = v128.load(from, 16);
          a1 = f32x4.add(a1, f32x4.mul(u, value));
          b1 = f32x4.add(b1, f32x4.mul(v, value));
          value = v128.load(from, 32);
          a2 = f32x4.add(a2, f32x4.mul(u, value));
          b2 = f32x4.add(b2, f32x4.mul(v, value));
          value = v128.load(from, 48);
          a3 = f32x4.add(a3, f32x4.mul(u, value));
          b3 = f32x4.add(b3, f32x4.mul(v, value));
          from += step;
        }
        w += rowBytes;
        storeFour(epilogue, y + to, activated + to, 0, 16, 32, 48, a0, a1, a2, a3);
        to += step;
        storeFour(epilogue, y + to, activated + to, 0, 16, 32, 48, b0, b1, b2, b3);
        to += step;
      }
      if (k < rows) {
        let a0 = f32x4.splat(0);
        let a1 = a0;
        let a2 = a0;
        let a3 = a0;
        let from = x + at;
        for (const end = w + rowBytes; w < end; w += 4) {
          const u = v128.load_splat<f32>(w);
          a0 = f32x4.add(a0, f32x4.mul(u, v128.load(from)));
          a1 = f32x4.add(a1, f32x4.mul(u, v128.load(from, 16)));
          a2 = f32x4.add(a2, f32x4.mul(u, v128.load(from, 32)));
          a3 = f32x4.add(a3, f32x4.mul(u, v128.load(from, 48)));
          from += step;
        }
        storeFour(epilogue, y + to, activated + to, 0, 16, 32, 48, a0, a1, a2, a3);
      }
    }
    for (; a < inner; a++) {
      let w = matrix;
      let to = (<usize>a) << 4;
      for (let k = 0; k < rows; k++) {
        let sum = f32x4.splat(0);
        let from = x + ((<usize>a) << 4);
        for (const end = w + rowBytes; w < end; w += 4) {
          sum = f32x4.add(sum, f32x4.mul(v128.load_splat<f32>(w), v128.load(from)));
          from += step;
        }
        storeOne(epilogue, y + to, activated + to, sum);
        to += step;
      }
    }
    x += xBytes;
    y += yBytes;
    activated += yBytes;
  }
}

/**
 * The parts of x[·, a], of even length N = 2M, that cosines and sines of even and odd frequencies see. With n from 0 to
 * M/2 and the four x[n], x[M − n], x[M + n], x[N − n], of which some are the same number where n is 0 or M/2:
 *
 *   cosines, even: x[n] + x[N−n] + x[M−n] + x[M+n]     sines, even: x[n] − x[N−n] − x[M−n] + x[M+n]
 *   cosines, odd:  x[n] + x[N−n] − x[M−n] − x[M+n]     sines, odd:  x[n] − x[N−n] + x[M−n] − x[M+n]
 *
 * y holds the four parts, of M/2 + 1 places each: cosines even and odd, sines even and odd.
 */
function fold(x: usize, y: usize, length: i32, inner: i32): void {
  const step = (<usize>inner) << 4;
  const half = <usize>(length >> 1) * step;
  const part = (<usize>(length >> 2) + 1) * step;
  for (let n: usize = 0; n < part; n += step) {
    const up = x + n;
    const down = x + half - n;
    const far = x + half + n;
    const back = n === 0 ? x : x + 2 * half - n;
    for (let a: usize = 0; a < step; a += 16) {
      const x0 = v128.load(up + a);
      const x1 = v128.load(down + a);
      const x2 = v128.load(far + a);
      const x3 = v128.load(back + a);
      const outerSum = f32x4.add(x0, x3);
      const innerSum = f32x4.add(x1, x2);
      const outerDifference = f32x4.sub(x0, x3);
      const innerDifference = f32x4.sub(x1, x2);
      const to = y + n + a;
      v128.store(to, f32x4.add(outerSum, innerSum));
      v128.store(to + part, f32x4.sub(outerSum, innerSum));
      v128.store(to + 2 * part, f32x4.sub(outerDifference, innerDifference));
      v128.store(to + 3 * part, f32x4.add(outerDifference, innerDifference));
    }
  }
}

/**
 * {@link waves} of an axis of even length by way of {@link fold}, which leaves a quarter of the products. `table` has the numbers
 * of rows for each of the four parts, then their matrices one after the other; y has the rows of all four.
 */
export function foldedAnalysis(
  x: usize,
  y: usize,
  scratch: usize,
  table: usize,
  length: i32,
  outer: i32,
  inner: i32,
): void {
  const step = (<usize>inner) << 4;
  const columns = (length >> 2) + 1;
  const part = <usize>columns * step;
  for (let o = 0; o < outer; o++) {
    fold(x, scratch, length, inner);
    let matrix = table + 16;
    for (let q: usize = 0; q < 4; q++) {
      const rows = load<i32>(table + (q << 2));
      waves(scratch + q * part, y, matrix, rows, columns, 1, inner, Epilogue.store, 0);
      matrix += (<usize>(rows * columns)) << 2;
      y += <usize>rows * step;
    }
    x += <usize>length * step;
  }
}

/** The transpose of {@link foldedAnalysis} but for the weights of its columns; the matrices of `table` are transposed. */
export function foldedSynthesis(
  x: usize,
  y: usize,
  scratch: usize,
  table: usize,
  length: i32,
  outer: i32,
  inner: i32,
  epilogue: i32,
  activated: usize,
): void {
  const step = (<usize>inner) << 4;
  const rows = (length >> 2) + 1;
  const part = <usize>rows * step;
  for (let o = 0; o < outer; o++) {
    let matrix = table + 16;
    for (let q: usize = 0; q < 4; q++) {
      const columns = load<i32>(table + (q << 2));
      waves(x, scratch + q * part, matrix, rows, columns, 1, inner, Epilogue.store, 0);
      matrix += (<usize>(rows * columns)) << 2;
      x += <usize>columns * step;
    }
    unfold(scratch, y, length, inner, epilogue, activated);
    y += <usize>length * step;
    activated += <usize>length * step;
  }
}

/** From the four parts of a sum of waves, as {@link fold} orders them, to its values at the N places: its transpose. */
function unfold(x: usize, y: usize, length: i32, inner: i32, epilogue: i32, activated: usize): void {
  const step = (<usize>inner) << 4;
  const half = <usize>(length >> 1) * step;
  const part = (<usize>(length >> 2) + 1) * step;
  for (let n: usize = 0; n < part; n += step) {
    // Where two of the four places are one it is written once.
    const inside = n + n < half;
    for (let a: usize = 0; a < step; a += 16) {
      const from = x + n + a;
      const evenCosine = v128.load(from);
      const oddCosine = v128.load(from + part);
      const evenSine = v128.load(from + 2 * part);
      const oddSine = v128.load(from + 3 * part);
      const near = f32x4.add(evenCosine, oddCosine);
      const far = f32x4.sub(evenCosine, oddCosine);
      const sum = f32x4.add(evenSine, oddSine);
      const difference = f32x4.sub(evenSine, oddSine);
      if (n > 0 && inside) {
        storeFour(
          epilogue,
          y + a,
          activated + a,
          n,
          half - n,
          half + n,
          2 * half - n,
          f32x4.add(near, sum),
          f32x4.sub(far, difference),
          f32x4.add(far, difference),
          f32x4.sub(near, sum),
        );
        continue;
      }
      put1(epilogue, y, activated, n + a, f32x4.add(near, sum));
      if (n > 0) put1(epilogue, y, activated, 2 * half - n + a, f32x4.sub(near, sum));
      if (inside) put1(epilogue, y, activated, half - n + a, f32x4.sub(far, difference));
    }
  }
}

function put1(epilogue: i32, y: usize, activated: usize, at: usize, sum: v128): void {
  storeOne(epilogue, y + at, activated + at, sum);
}

/** y[i] = Σ_t f[i, t] x[at[i, t]] for whole runs of channels; the table has pairs of a byte offset and a factor. */
export function mixWaves(x: usize, y: usize, table: usize, rows: i32, terms: i32, channels: i32): void {
  const bytes = (<usize>channels) << 4;
  for (let i = 0; i < rows; i++) {
    for (let c: usize = 0; c < bytes; c += 16) {
      let sum = f32x4.splat(0);
      for (let t: usize = 0; t < (<usize>terms) << 3; t += 8) {
        const value = v128.load(x + load<u32>(table + t) + c);
        sum = f32x4.add(sum, f32x4.mul(v128.load_splat<f32>(table + t, 4), value));
      }
      v128.store(y + c, sum);
    }
    table += (<usize>terms) << 3;
    y += bytes;
  }
}

/**
 * The multiplier of every frequency, m = a + ib on C − iS: C' = a C + b S and S' = a S − b C; with `adjoint` the conjugate,
 * −b for b. Weights are a of frequency 0, [output][input], then pairs (a, b) of the others, [frequency][output][input].
 */
export function multiplyWaves(
  x: usize,
  y: usize,
  weights: usize,
  inputs: i32,
  outputs: i32,
  frequencies: i32,
  adjoint: i32,
): void {
  const inputBytes = (<usize>inputs) << 4;
  const outputBytes = (<usize>outputs) << 4;
  const toSineX = <usize>frequencies * inputBytes;
  const toSineY = <usize>frequencies * outputBytes;
  let w = weights;
  for (let out: usize = 0; out < outputBytes; out += 16) {
    let sum = f32x4.splat(0);
    for (let c: usize = 0; c < inputBytes; c += 16) {
      sum = f32x4.add(sum, f32x4.mul(v128.load_splat<f32>(w), v128.load(x + c)));
      w += 4;
    }
    v128.store(y + out, sum);
  }
  for (let p = 0; p < frequencies; p++) {
    x += inputBytes;
    y += outputBytes;
    for (let out: usize = 0; out < outputBytes; out += 16) {
      let aC = f32x4.splat(0);
      let bS = aC;
      let aS = aC;
      let bC = aC;
      for (let from = x; from < x + inputBytes; from += 16) {
        const a = v128.load_splat<f32>(w);
        const b = v128.load_splat<f32>(w, 4);
        const cosine = v128.load(from);
        const sine = v128.load(from + toSineX);
        aC = f32x4.add(aC, f32x4.mul(a, cosine));
        bS = f32x4.add(bS, f32x4.mul(b, sine));
        aS = f32x4.add(aS, f32x4.mul(a, sine));
        bC = f32x4.add(bC, f32x4.mul(b, cosine));
        w += 8;
      }
      v128.store(y + out, adjoint ? f32x4.sub(aC, bS) : f32x4.add(aC, bS));
      v128.store(y + out + toSineY, adjoint ? f32x4.add(aS, bC) : f32x4.sub(aS, bC));
    }
  }
}

/** The gradient of the weights, in the order of {@link multiplyWaves}, from the spectra of inputs and of gradients. */
export function waveGradient(
  x: usize,
  delta: usize,
  inputs: i32,
  outputs: i32,
  frequencies: i32,
  gradient: usize,
  add: i32,
): void {
  const inputBytes = (<usize>inputs) << 4;
  const outputBytes = (<usize>outputs) << 4;
  const toSineX = <usize>frequencies * inputBytes;
  const toSineD = <usize>frequencies * outputBytes;
  for (let out: usize = 0; out < outputBytes; out += 16) {
    const d = v128.load(delta + out);
    for (let c: usize = 0; c < inputBytes; c += 16) {
      put(gradient, laneSum(f32x4.mul(d, v128.load(x + c))), add);
      gradient += 4;
    }
  }
  for (let p = 0; p < frequencies; p++) {
    x += inputBytes;
    delta += outputBytes;
    for (let out: usize = 0; out < outputBytes; out += 16) {
      const dC = v128.load(delta + out);
      const dS = v128.load(delta + out + toSineD);
      for (let c: usize = 0; c < inputBytes; c += 16) {
        const cosine = v128.load(x + c);
        const sine = v128.load(x + c + toSineX);
        put(gradient, laneSum(f32x4.add(f32x4.mul(dC, cosine), f32x4.mul(dS, sine))), add);
        put(gradient + 4, laneSum(f32x4.sub(f32x4.mul(dC, sine), f32x4.mul(dS, cosine))), add);
        gradient += 8;
      }
    }
  }
}
