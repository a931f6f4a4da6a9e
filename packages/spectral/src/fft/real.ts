import { cos, sin } from '@dyadic/elementary';
import { type ComplexFft, complexFft, requireTransformLength } from './complex.js';

/**
 * Plan for the discrete Fourier transform of real sequences of length n = `size`. The spectrum holds the ⌊n/2⌋ + 1 coefficients
 * k = 0 … ⌊n/2⌋, interleaved; the others are their conjugates. Sign, scaling and use of arrays are those of {@link ComplexFft}.
 */
export interface RealFft {
  readonly size: number;
  /** Number of complex coefficients, ⌊n/2⌋ + 1 in one dimension. */
  readonly spectrumSize: number;
  forward(spectrum: Float64Array, values: Float64Array): void;
  inverse(values: Float64Array, spectrum: Float64Array): void;
}

/** Plans a real transform of any length 2^a 3^b 5^c. @throws ArgumentError for other lengths */
export function realFft(size: number): RealFft {
  requireTransformLength(size);
  return size % 2 === 0 ? new EvenRealFft(size) : new OddRealFft(size);
}

/**
 * Even n: reads the sequence as n/2 complex numbers z[j] = x[2j] + i x[2j+1], transforms those, and separates the even and
 * odd parts.
 */
class EvenRealFft implements RealFft {
  readonly size: number;
  readonly spectrumSize: number;
  readonly #half: ComplexFft;
  readonly #packed: Float64Array;
  readonly #pairing: EvenOddPairing;

  constructor(size: number) {
    this.size = size;
    this.spectrumSize = size / 2 + 1;
    this.#half = complexFft(size / 2);
    this.#packed = new Float64Array(size);
    this.#pairing = new EvenOddPairing(size);
  }

  forward(spectrum: Float64Array, values: Float64Array): void {
    this.#half.forward(this.#packed, values);
    this.#pairing.untangle(spectrum, this.#packed, 1);
  }

  inverse(values: Float64Array, spectrum: Float64Array): void {
    this.#pairing.tangle(this.#packed, spectrum, 1, 1);
    this.#half.inverse(values, this.#packed);
  }
}

/**
 * Converts between the spectrum X of n real numbers, n even, and the spectrum Z of the n/2 complex numbers
 * z[j] = x[2j] + i x[2j+1]: X[k] = (Z[k] + Z*[h−k])/2 − (i/2) ω_n^k (Z[k] − Z*[h−k]), h = n/2. Arrays hold consecutive rows,
 * of h + 1 entries for X and h for Z.
 */
export class EvenOddPairing {
  readonly #n: number;
  /** exp(−2πi k/n), k = 0 … n/4, interleaved. */
  readonly #twiddles: Float64Array;

  constructor(n: number) {
    this.#n = n;
    this.#twiddles = new Float64Array(2 * (Math.floor(n / 4) + 1));
    for (let k = 0; k < this.#twiddles.length; k += 2) {
      const angle = (-Math.PI * k) / n;
      this.#twiddles[k] = cos(angle);
      this.#twiddles[k + 1] = sin(angle);
    }
  }

  /** X from Z. */
  untangle(spectrum: Float64Array, z: Float64Array, rows: number): void {
    const twiddles = this.#twiddles;
    const n = this.#n;
    for (let row = 0, s = 0, start = 0; row < rows; row++, s += n + 2, start += n) {
      spectrum[s] = z[start]! + z[start + 1]!;
      spectrum[s + 1] = 0;
      spectrum[s + n] = z[start]! - z[start + 1]!;
      spectrum[s + n + 1] = 0;
      for (let low = 2, high = n - 2; low <= high; low += 2, high -= 2) {
        const evenRe = 0.5 * (z[start + low]! + z[start + high]!);
        const evenIm = 0.5 * (z[start + low + 1]! - z[start + high + 1]!);
        const oddRe = 0.5 * (z[start + low + 1]! + z[start + high + 1]!);
        const oddIm = 0.5 * (z[start + high]! - z[start + low]!);
        const re = twiddles[low]! * oddRe - twiddles[low + 1]! * oddIm;
        const im = twiddles[low]! * oddIm + twiddles[low + 1]! * oddRe;
        spectrum[s + low] = evenRe + re;
        spectrum[s + low + 1] = evenIm + im;
        spectrum[s + high] = evenRe - re;
        spectrum[s + high + 1] = im - evenIm;
      }
    }
  }

  /** Z from X, times a factor. */
  tangle(z: Float64Array, spectrum: Float64Array, rows: number, factor: number): void {
    const twiddles = this.#twiddles;
    const n = this.#n;
    const half = 0.5 * factor;
    for (let row = 0, s = 0, start = 0; row < rows; row++, s += n + 2, start += n) {
      z[start] = half * (spectrum[s]! + spectrum[s + n]!);
      z[start + 1] = half * (spectrum[s]! - spectrum[s + n]!);
      for (let low = 2, high = n - 2; low <= high; low += 2, high -= 2) {
        const evenRe = half * (spectrum[s + low]! + spectrum[s + high]!);
        const evenIm = half * (spectrum[s + low + 1]! - spectrum[s + high + 1]!);
        const re = half * (spectrum[s + low]! - spectrum[s + high]!);
        const im = half * (spectrum[s + low + 1]! + spectrum[s + high + 1]!);
        const oddRe = twiddles[low]! * re + twiddles[low + 1]! * im;
        const oddIm = twiddles[low]! * im - twiddles[low + 1]! * re;
        z[start + low] = evenRe - oddIm;
        z[start + low + 1] = evenIm + oddRe;
        z[start + high] = evenRe + oddIm;
        z[start + high + 1] = oddRe - evenIm;
      }
    }
  }
}

/** Odd n: the complex transform with zero imaginary part. Simple rather than fast; grids in use are even. */
class OddRealFft implements RealFft {
  readonly size: number;
  readonly spectrumSize: number;
  readonly #full: ComplexFft;
  readonly #input: Float64Array;
  readonly #output: Float64Array;

  constructor(size: number) {
    this.size = size;
    this.spectrumSize = (size + 1) / 2;
    this.#full = complexFft(size);
    this.#input = new Float64Array(2 * size);
    this.#output = new Float64Array(2 * size);
  }

  forward(spectrum: Float64Array, values: Float64Array): void {
    this.#input.fill(0);
    for (let j = 0; j < this.size; j++) this.#input[2 * j] = values[j]!;
    this.#full.forward(this.#output, this.#input);
    spectrum.set(this.#output.subarray(0, 2 * this.spectrumSize));
  }

  inverse(values: Float64Array, spectrum: Float64Array): void {
    const n = this.size;
    this.#input.set(spectrum.subarray(0, n + 1));
    for (let k = 1; k < this.spectrumSize; k++) {
      this.#input[2 * (n - k)] = spectrum[2 * k]!;
      this.#input[2 * (n - k) + 1] = -spectrum[2 * k + 1]!;
    }
    this.#full.inverse(this.#output, this.#input);
    for (let j = 0; j < n; j++) values[j] = this.#output[2 * j]!;
  }
}
