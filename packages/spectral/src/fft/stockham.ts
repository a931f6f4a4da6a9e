import { cos, sin } from '@dyadic/elementary';

/**
 * Complex transforms of many lines at once: an array of extents outer × n × inner, interleaved, is transformed along the
 * middle axis by the self-sorting algorithm of Stockham (Cochran et al., Proc. IEEE 55, 1967), n = 2^a 3^b 5^c in passes
 * of radix 5, 3, 4 and 2. A pass of radix r takes n = r m and, with ω_n = exp(−2πi/n), does
 *
 *   y[r p + k, q] = ω_n^{pk} Σ_j x[p + m j, q] ω_r^{jk}     for p < m, k < r and all q,
 *
 * and continues with m for n and (k, q) for q. The inner index starts as that of the lines, so the innermost loop runs over
 * adjacent lines and nothing is gathered.
 */
export class LinesFft {
  readonly #outer: number;
  /** Floats of one outer slab. */
  readonly #slab: number;
  readonly #passes: readonly Pass[];
  readonly #scratch: Float64Array;

  /** @param n - A product of powers of 2, 3 and 5. */
  constructor(outer: number, n: number, inner: number) {
    this.#outer = outer;
    this.#slab = 2 * n * inner;
    this.#passes = plan(n, 2 * inner);
    this.#scratch = new Float64Array(this.#slab);
  }

  /** X[k] = Σ_j x[j] exp(−2πi jk/n). Output and input must be different arrays. */
  forward(output: Float64Array, input: Float64Array): void {
    this.#run(output, input, 0, 1);
  }

  /** The same with exp(+2πi jk/n), unscaled: swaps real and imaginary parts before and after. */
  backward(output: Float64Array, input: Float64Array): void {
    this.#run(output, input, 1, 0);
  }

  /** @param re - Offset of the real part in a pair; `im` is that of the imaginary part. */
  #run(output: Float64Array, input: Float64Array, re: number, im: number): void {
    const passes = this.#passes;
    const scratch = this.#scratch;
    const count = passes.length;
    for (let o = 0, start = 0; o < this.#outer; o++, start += this.#slab) {
      // Passes alternate between two arrays, so that the last writes the output.
      for (let i = 0; i < count; i++) {
        const source = i === 0 ? input : (count - i) % 2 === 0 ? output : scratch;
        const target = (count - i) % 2 === 1 ? output : scratch;
        const from = (source === scratch ? 0 : start) + re;
        const to = (target === scratch ? 0 : start) + re;
        const pass = passes[i]!;
        BUTTERFLIES[pass.radix](target, to, source, from, im - re, pass);
      }
      if (count === 0) for (let i = start; i < start + this.#slab; i++) output[i] = input[i]!;
    }
  }
}

type Radix = 2 | 3 | 4 | 5;

interface Pass {
  readonly radix: Radix;
  /** m */
  readonly parts: number;
  /** Floats over which q runs. */
  readonly stride: number;
  /** ω_n^{pk} for p < m, k = 1 … r − 1, interleaved. */
  readonly twiddles: Float64Array;
}

function plan(n: number, stride: number): Pass[] {
  if (n === 1) return [];
  const radix = ([5, 3, 4, 2] as const).find((r) => n % r === 0)!;
  const parts = n / radix;
  const twiddles = new Float64Array(2 * parts * (radix - 1));
  for (let p = 0, t = 0; p < parts; p++) {
    for (let k = 1; k < radix; k++) {
      const angle = (-2 * Math.PI * p * k) / n;
      twiddles[t++] = cos(angle);
      twiddles[t++] = sin(angle);
    }
  }
  return [{ radix, parts, stride, twiddles }, ...plan(parts, stride * radix)];
}

/** One pass, on real parts at `from` and `to`; the imaginary parts are at offset `im` = ±1 from them. */
type Butterflies = (y: Float64Array, to: number, x: Float64Array, from: number, im: number, pass: Pass) => void;

const BUTTERFLIES: Record<Radix, Butterflies> = { 2: butterflies2, 3: butterflies3, 4: butterflies4, 5: butterflies5 };

function butterflies2(y: Float64Array, to: number, x: Float64Array, from: number, im: number, pass: Pass): void {
  const { parts, stride, twiddles } = pass;
  const far = parts * stride;
  for (let p = 0; p < parts; p++) {
    const wRe = twiddles[2 * p]!;
    const wIm = twiddles[2 * p + 1]!;
    const end = from + (p + 1) * stride;
    for (let i = from + p * stride, o = to + 2 * p * stride; i < end; i += 2, o += 2) {
      const dRe = x[i]! - x[i + far]!;
      const dIm = x[i + im]! - x[i + far + im]!;
      y[o] = x[i]! + x[i + far]!;
      y[o + im] = x[i + im]! + x[i + far + im]!;
      y[o + stride] = wRe * dRe - wIm * dIm;
      y[o + stride + im] = wRe * dIm + wIm * dRe;
    }
  }
}

const SIN_120 = sin((2 * Math.PI) / 3);

function butterflies3(y: Float64Array, to: number, x: Float64Array, from: number, im: number, pass: Pass): void {
  const { parts, stride, twiddles } = pass;
  const far = parts * stride;
  for (let p = 0, t = 0; p < parts; p++, t += 4) {
    const w1Re = twiddles[t]!;
    const w1Im = twiddles[t + 1]!;
    const w2Re = twiddles[t + 2]!;
    const w2Im = twiddles[t + 3]!;
    const end = from + (p + 1) * stride;
    for (let i = from + p * stride, o = to + 3 * p * stride; i < end; i += 2, o += 2) {
      const sumRe = x[i + far]! + x[i + 2 * far]!;
      const sumIm = x[i + far + im]! + x[i + 2 * far + im]!;
      const oddRe = SIN_120 * (x[i + far + im]! - x[i + 2 * far + im]!);
      const oddIm = SIN_120 * (x[i + 2 * far]! - x[i + far]!);
      const evenRe = x[i]! - 0.5 * sumRe;
      const evenIm = x[i + im]! - 0.5 * sumIm;
      const y1Re = evenRe + oddRe;
      const y1Im = evenIm + oddIm;
      const y2Re = evenRe - oddRe;
      const y2Im = evenIm - oddIm;
      y[o] = x[i]! + sumRe;
      y[o + im] = x[i + im]! + sumIm;
      y[o + stride] = w1Re * y1Re - w1Im * y1Im;
      y[o + stride + im] = w1Re * y1Im + w1Im * y1Re;
      y[o + 2 * stride] = w2Re * y2Re - w2Im * y2Im;
      y[o + 2 * stride + im] = w2Re * y2Im + w2Im * y2Re;
    }
  }
}

function butterflies4(y: Float64Array, to: number, x: Float64Array, from: number, im: number, pass: Pass): void {
  const { parts, stride, twiddles } = pass;
  const far = parts * stride;
  for (let p = 0, t = 0; p < parts; p++, t += 6) {
    const w1Re = twiddles[t]!;
    const w1Im = twiddles[t + 1]!;
    const w2Re = twiddles[t + 2]!;
    const w2Im = twiddles[t + 3]!;
    const w3Re = twiddles[t + 4]!;
    const w3Im = twiddles[t + 5]!;
    const end = from + (p + 1) * stride;
    for (let i = from + p * stride, o = to + 4 * p * stride; i < end; i += 2, o += 2) {
      const evenSumRe = x[i]! + x[i + 2 * far]!;
      const evenSumIm = x[i + im]! + x[i + 2 * far + im]!;
      const evenDifferenceRe = x[i]! - x[i + 2 * far]!;
      const evenDifferenceIm = x[i + im]! - x[i + 2 * far + im]!;
      const oddSumRe = x[i + far]! + x[i + 3 * far]!;
      const oddSumIm = x[i + far + im]! + x[i + 3 * far + im]!;
      const oddDifferenceRe = x[i + far]! - x[i + 3 * far]!;
      const oddDifferenceIm = x[i + far + im]! - x[i + 3 * far + im]!;
      const y1Re = evenDifferenceRe + oddDifferenceIm;
      const y1Im = evenDifferenceIm - oddDifferenceRe;
      const y2Re = evenSumRe - oddSumRe;
      const y2Im = evenSumIm - oddSumIm;
      const y3Re = evenDifferenceRe - oddDifferenceIm;
      const y3Im = evenDifferenceIm + oddDifferenceRe;
      y[o] = evenSumRe + oddSumRe;
      y[o + im] = evenSumIm + oddSumIm;
      y[o + stride] = w1Re * y1Re - w1Im * y1Im;
      y[o + stride + im] = w1Re * y1Im + w1Im * y1Re;
      y[o + 2 * stride] = w2Re * y2Re - w2Im * y2Im;
      y[o + 2 * stride + im] = w2Re * y2Im + w2Im * y2Re;
      y[o + 3 * stride] = w3Re * y3Re - w3Im * y3Im;
      y[o + 3 * stride + im] = w3Re * y3Im + w3Im * y3Re;
    }
  }
}

/** Cosines and sines of 72 and 144 degrees. */
const COS_72 = cos((2 * Math.PI) / 5);
const COS_144 = cos((4 * Math.PI) / 5);
const SIN_72 = sin((2 * Math.PI) / 5);
const SIN_144 = sin((4 * Math.PI) / 5);

/** Combines the pairs (1, 4) and (2, 3) of terms first. */
function butterflies5(y: Float64Array, to: number, x: Float64Array, from: number, im: number, pass: Pass): void {
  const { parts, stride, twiddles } = pass;
  const far = parts * stride;
  for (let p = 0, t = 0; p < parts; p++, t += 8) {
    const w1Re = twiddles[t]!;
    const w1Im = twiddles[t + 1]!;
    const w2Re = twiddles[t + 2]!;
    const w2Im = twiddles[t + 3]!;
    const w3Re = twiddles[t + 4]!;
    const w3Im = twiddles[t + 5]!;
    const w4Re = twiddles[t + 6]!;
    const w4Im = twiddles[t + 7]!;
    const end = from + (p + 1) * stride;
    for (let i = from + p * stride, o = to + 5 * p * stride; i < end; i += 2, o += 2) {
      const re = x[i]!;
      const imaginary = x[i + im]!;
      const outerSumRe = x[i + far]! + x[i + 4 * far]!;
      const outerSumIm = x[i + far + im]! + x[i + 4 * far + im]!;
      const outerDifferenceRe = x[i + far]! - x[i + 4 * far]!;
      const outerDifferenceIm = x[i + far + im]! - x[i + 4 * far + im]!;
      const innerSumRe = x[i + 2 * far]! + x[i + 3 * far]!;
      const innerSumIm = x[i + 2 * far + im]! + x[i + 3 * far + im]!;
      const innerDifferenceRe = x[i + 2 * far]! - x[i + 3 * far]!;
      const innerDifferenceIm = x[i + 2 * far + im]! - x[i + 3 * far + im]!;
      const even1Re = re + COS_72 * outerSumRe + COS_144 * innerSumRe;
      const even1Im = imaginary + COS_72 * outerSumIm + COS_144 * innerSumIm;
      const even2Re = re + COS_144 * outerSumRe + COS_72 * innerSumRe;
      const even2Im = imaginary + COS_144 * outerSumIm + COS_72 * innerSumIm;
      const odd1Re = SIN_72 * outerDifferenceIm + SIN_144 * innerDifferenceIm;
      const odd1Im = -SIN_72 * outerDifferenceRe - SIN_144 * innerDifferenceRe;
      const odd2Re = SIN_144 * outerDifferenceIm - SIN_72 * innerDifferenceIm;
      const odd2Im = SIN_72 * innerDifferenceRe - SIN_144 * outerDifferenceRe;
      y[o] = re + outerSumRe + innerSumRe;
      y[o + im] = imaginary + outerSumIm + innerSumIm;
      y[o + stride] = w1Re * (even1Re + odd1Re) - w1Im * (even1Im + odd1Im);
      y[o + stride + im] = w1Re * (even1Im + odd1Im) + w1Im * (even1Re + odd1Re);
      y[o + 2 * stride] = w2Re * (even2Re + odd2Re) - w2Im * (even2Im + odd2Im);
      y[o + 2 * stride + im] = w2Re * (even2Im + odd2Im) + w2Im * (even2Re + odd2Re);
      y[o + 3 * stride] = w3Re * (even2Re - odd2Re) - w3Im * (even2Im - odd2Im);
      y[o + 3 * stride + im] = w3Re * (even2Im - odd2Im) + w3Im * (even2Re - odd2Re);
      y[o + 4 * stride] = w4Re * (even1Re - odd1Re) - w4Im * (even1Im - odd1Im);
      y[o + 4 * stride + im] = w4Re * (even1Im - odd1Im) + w4Im * (even1Re - odd1Re);
    }
  }
}
