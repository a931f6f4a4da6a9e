import { type ComplexFft, complexFft } from './complex.js';

/**
 * Discrete Fourier transform of real sequences of one length n. The spectrum holds the ⌊n/2⌋ + 1 coefficients
 * k = 0 … ⌊n/2⌋, interleaved; the others are their conjugates. Same convention and rules as {@link ComplexFft}.
 */
export interface RealFft {
  readonly size: number;
  /** ⌊n/2⌋ + 1 */
  readonly spectrumSize: number;
  forward(spectrum: Float64Array, values: Float64Array): void;
  inverse(values: Float64Array, spectrum: Float64Array): void;
}

/** Plans a real transform of any length 2^a 3^b 5^c. @throws ArgumentError for other lengths */
export function realFft(size: number): RealFft {
  return size % 2 === 0 ? new EvenRealFft(size) : new OddRealFft(size);
}

/**
 * Even n: the sequence read as n/2 complex numbers z[j] = x[2j] + i x[2j+1], one complex transform of half the length,
 * and the even and odd parts untangled: X[k] = (Z[k] + Z*[h−k])/2 − (i/2) ω_n^k (Z[k] − Z*[h−k]), h = n/2.
 */
class EvenRealFft implements RealFft {
  readonly size: number;
  readonly spectrumSize: number;
  readonly #half: ComplexFft;
  readonly #packed: Float64Array;
  /** exp(−2πi k/n), k = 0 … n/4, interleaved. */
  readonly #twiddles: Float64Array;

  constructor(size: number) {
    const half = size / 2;
    this.size = size;
    this.spectrumSize = half + 1;
    this.#half = complexFft(half);
    this.#packed = new Float64Array(size);
    this.#twiddles = new Float64Array(2 * (Math.floor(half / 2) + 1));
    for (let k = 0; k < this.#twiddles.length; k += 2) {
      const angle = (-Math.PI * k) / size;
      this.#twiddles[k] = Math.cos(angle);
      this.#twiddles[k + 1] = Math.sin(angle);
    }
  }

  forward(spectrum: Float64Array, values: Float64Array): void {
    const z = this.#packed;
    const twiddles = this.#twiddles;
    const n = this.size;
    this.#half.forward(z, values);
    spectrum[0] = z[0]! + z[1]!;
    spectrum[1] = 0;
    spectrum[n] = z[0]! - z[1]!;
    spectrum[n + 1] = 0;
    for (let low = 2, high = n - 2; low <= high; low += 2, high -= 2) {
      const evenRe = 0.5 * (z[low]! + z[high]!);
      const evenIm = 0.5 * (z[low + 1]! - z[high + 1]!);
      const oddRe = 0.5 * (z[low + 1]! + z[high + 1]!);
      const oddIm = 0.5 * (z[high]! - z[low]!);
      const re = twiddles[low]! * oddRe - twiddles[low + 1]! * oddIm;
      const im = twiddles[low]! * oddIm + twiddles[low + 1]! * oddRe;
      spectrum[low] = evenRe + re;
      spectrum[low + 1] = evenIm + im;
      spectrum[high] = evenRe - re;
      spectrum[high + 1] = im - evenIm;
    }
  }

  inverse(values: Float64Array, spectrum: Float64Array): void {
    const z = this.#packed;
    const twiddles = this.#twiddles;
    const n = this.size;
    z[0] = 0.5 * (spectrum[0]! + spectrum[n]!);
    z[1] = 0.5 * (spectrum[0]! - spectrum[n]!);
    for (let low = 2, high = n - 2; low <= high; low += 2, high -= 2) {
      const evenRe = 0.5 * (spectrum[low]! + spectrum[high]!);
      const evenIm = 0.5 * (spectrum[low + 1]! - spectrum[high + 1]!);
      const re = 0.5 * (spectrum[low]! - spectrum[high]!);
      const im = 0.5 * (spectrum[low + 1]! + spectrum[high + 1]!);
      const oddRe = twiddles[low]! * re + twiddles[low + 1]! * im;
      const oddIm = twiddles[low]! * im - twiddles[low + 1]! * re;
      z[low] = evenRe - oddIm;
      z[low + 1] = evenIm + oddRe;
      z[high] = evenRe + oddIm;
      z[high + 1] = oddRe - evenIm;
    }
    this.#half.inverse(values, z);
  }
}

/** Odd n: the complex transform with zero imaginary part. Correct, not fast; grids in use are even. */
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
