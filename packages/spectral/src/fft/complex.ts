import { ArgumentError, requireInteger } from '@dyadic/errors';
import FFT from 'fft.js';

/**
 * Discrete Fourier transform of complex sequences of one length n,
 *
 *   forward: X[k] = Σ_j x[j] exp(−2πi jk/n),   inverse: x[j] = (1/n) Σ_k X[k] exp(+2πi jk/n).
 *
 * Sequences are interleaved: re, im, re, im, … Output and input must be different arrays. A plan owns scratch
 * memory: use one per thread.
 */
export interface ComplexFft {
  readonly size: number;
  forward(output: Float64Array, input: Float64Array): void;
  inverse(output: Float64Array, input: Float64Array): void;
}

/**
 * Plans a transform of any length 2^a 3^b 5^c. Odd factors are split off by decimation in time (Cooley and Tukey
 * 1965); what remains, a power of two, is left to fft.js.
 *
 * @throws ArgumentError for other lengths
 */
export function complexFft(size: number): ComplexFft {
  requireInteger('FFT size', size, { min: 1 });
  if (size % 5 === 0) return new OddRadixFft(size, 5);
  if (size % 3 === 0) return new OddRadixFft(size, 3);
  if ((size & (size - 1)) !== 0) throw new ArgumentError('FFT size', size, 'a product of powers of 2, 3 and 5');
  return size === 1 ? new IdentityFft() : new PowerOfTwoFft(size);
}

class IdentityFft implements ComplexFft {
  readonly size = 1;

  forward(output: Float64Array, input: Float64Array): void {
    output.set(input);
  }

  inverse(output: Float64Array, input: Float64Array): void {
    output.set(input);
  }
}

class PowerOfTwoFft implements ComplexFft {
  readonly size: number;
  readonly #plan: FFT;

  constructor(size: number) {
    this.size = size;
    this.#plan = new FFT(size);
  }

  forward(output: Float64Array, input: Float64Array): void {
    this.#plan.transform(output, input);
  }

  inverse(output: Float64Array, input: Float64Array): void {
    this.#plan.inverseTransform(output, input);
  }
}

/** n = p m with p = 3 or 5: p transforms of the subsequences j ≡ r (mod p), then m butterflies of p. */
class OddRadixFft implements ComplexFft {
  readonly size: number;
  readonly #radix: 3 | 5;
  readonly #part: ComplexFft;
  readonly #subsequence: Float64Array;
  /** Transforms Y_r of the p subsequences, one after the other. */
  readonly #transforms: Float64Array[];
  /** exp(−2πi rk/n) for k = 0 … m − 1, r = 1 … p − 1, interleaved. */
  readonly #twiddles: Float64Array;

  constructor(size: number, radix: 3 | 5) {
    const partSize = size / radix;
    this.size = size;
    this.#radix = radix;
    this.#part = complexFft(partSize);
    this.#subsequence = new Float64Array(2 * partSize);
    this.#transforms = Array.from({ length: radix }, () => new Float64Array(2 * partSize));
    this.#twiddles = new Float64Array(2 * partSize * (radix - 1));
    for (let k = 0, t = 0; k < partSize; k++) {
      for (let r = 1; r < radix; r++) {
        const angle = (-2 * Math.PI * r * k) / size;
        this.#twiddles[t++] = Math.cos(angle);
        this.#twiddles[t++] = Math.sin(angle);
      }
    }
  }

  forward(output: Float64Array, input: Float64Array): void {
    const radix = this.#radix;
    const subsequence = this.#subsequence;
    for (let r = 0; r < radix; r++) {
      for (let j = 0, source = 2 * r; j < subsequence.length; j += 2, source += 2 * radix) {
        subsequence[j] = input[source]!;
        subsequence[j + 1] = input[source + 1]!;
      }
      this.#part.forward(this.#transforms[r]!, subsequence);
    }
    if (radix === 3) butterflies3(output, this.#transforms, this.#twiddles);
    else butterflies5(output, this.#transforms, this.#twiddles);
  }

  /** The inverse is the forward transform read backwards: x[j] = (1/n) F[X][−j mod n]. */
  inverse(output: Float64Array, input: Float64Array): void {
    this.forward(output, input);
    const n = this.size;
    const scale = 1 / n;
    output[0]! *= scale;
    output[1]! *= scale;
    for (let low = 2, high = 2 * n - 2; low <= high; low += 2, high -= 2) {
      const re = output[low]!;
      const im = output[low + 1]!;
      output[low] = output[high]! * scale;
      output[low + 1] = output[high + 1]! * scale;
      output[high] = re * scale;
      output[high + 1] = im * scale;
    }
  }
}

const SIN_3 = Math.sin((2 * Math.PI) / 3);

/** X[k + q m] = Σ_r (ω_n^{rk} Y_r[k]) ω_3^{rq} for q = 0, 1, 2. */
function butterflies3(output: Float64Array, [y0, y1, y2]: Float64Array[], twiddles: Float64Array): void {
  const stride = y0!.length;
  for (let k = 0, t = 0; k < stride; k += 2, t += 4) {
    const aRe = y1![k]! * twiddles[t]! - y1![k + 1]! * twiddles[t + 1]!;
    const aIm = y1![k]! * twiddles[t + 1]! + y1![k + 1]! * twiddles[t]!;
    const bRe = y2![k]! * twiddles[t + 2]! - y2![k + 1]! * twiddles[t + 3]!;
    const bIm = y2![k]! * twiddles[t + 3]! + y2![k + 1]! * twiddles[t + 2]!;
    const sumRe = aRe + bRe;
    const sumIm = aIm + bIm;
    const evenRe = y0![k]! - 0.5 * sumRe;
    const evenIm = y0![k + 1]! - 0.5 * sumIm;
    const oddRe = SIN_3 * (aIm - bIm);
    const oddIm = SIN_3 * (bRe - aRe);
    output[k] = y0![k]! + sumRe;
    output[k + 1] = y0![k + 1]! + sumIm;
    output[k + stride] = evenRe + oddRe;
    output[k + stride + 1] = evenIm + oddIm;
    output[k + 2 * stride] = evenRe - oddRe;
    output[k + 2 * stride + 1] = evenIm - oddIm;
  }
}

const COS_5 = Math.cos((2 * Math.PI) / 5);
const COS_10 = Math.cos((4 * Math.PI) / 5);
const SIN_5 = Math.sin((2 * Math.PI) / 5);
const SIN_10 = Math.sin((4 * Math.PI) / 5);

/** X[k + q m] = Σ_r (ω_n^{rk} Y_r[k]) ω_5^{rq} for q = 0 … 4, with the pairs (1, 4) and (2, 3) combined first. */
function butterflies5(output: Float64Array, [y0, y1, y2, y3, y4]: Float64Array[], twiddles: Float64Array): void {
  const stride = y0!.length;
  for (let k = 0, t = 0; k < stride; k += 2, t += 8) {
    const aRe = y1![k]! * twiddles[t]! - y1![k + 1]! * twiddles[t + 1]!;
    const aIm = y1![k]! * twiddles[t + 1]! + y1![k + 1]! * twiddles[t]!;
    const bRe = y2![k]! * twiddles[t + 2]! - y2![k + 1]! * twiddles[t + 3]!;
    const bIm = y2![k]! * twiddles[t + 3]! + y2![k + 1]! * twiddles[t + 2]!;
    const cRe = y3![k]! * twiddles[t + 4]! - y3![k + 1]! * twiddles[t + 5]!;
    const cIm = y3![k]! * twiddles[t + 5]! + y3![k + 1]! * twiddles[t + 4]!;
    const dRe = y4![k]! * twiddles[t + 6]! - y4![k + 1]! * twiddles[t + 7]!;
    const dIm = y4![k]! * twiddles[t + 7]! + y4![k + 1]! * twiddles[t + 6]!;
    const outerSumRe = aRe + dRe;
    const outerSumIm = aIm + dIm;
    const outerDifferenceRe = aRe - dRe;
    const outerDifferenceIm = aIm - dIm;
    const innerSumRe = bRe + cRe;
    const innerSumIm = bIm + cIm;
    const innerDifferenceRe = bRe - cRe;
    const innerDifferenceIm = bIm - cIm;
    const re = y0![k]!;
    const im = y0![k + 1]!;
    const even1Re = re + COS_5 * outerSumRe + COS_10 * innerSumRe;
    const even1Im = im + COS_5 * outerSumIm + COS_10 * innerSumIm;
    const even2Re = re + COS_10 * outerSumRe + COS_5 * innerSumRe;
    const even2Im = im + COS_10 * outerSumIm + COS_5 * innerSumIm;
    const odd1Re = SIN_5 * outerDifferenceIm + SIN_10 * innerDifferenceIm;
    const odd1Im = -SIN_5 * outerDifferenceRe - SIN_10 * innerDifferenceRe;
    const odd2Re = SIN_10 * outerDifferenceIm - SIN_5 * innerDifferenceIm;
    const odd2Im = -SIN_10 * outerDifferenceRe + SIN_5 * innerDifferenceRe;
    output[k] = re + outerSumRe + innerSumRe;
    output[k + 1] = im + outerSumIm + innerSumIm;
    output[k + stride] = even1Re + odd1Re;
    output[k + stride + 1] = even1Im + odd1Im;
    output[k + 2 * stride] = even2Re + odd2Re;
    output[k + 2 * stride + 1] = even2Im + odd2Im;
    output[k + 3 * stride] = even2Re - odd2Re;
    output[k + 3 * stride + 1] = even2Im - odd2Im;
    output[k + 4 * stride] = even1Re - odd1Re;
    output[k + 4 * stride + 1] = even1Im - odd1Im;
  }
}
