import { cos, sin } from '@dyadic/elementary';
import { ArgumentError, requireInteger } from '@dyadic/errors';
import FFT from 'fft.js';
import { LinesFft } from './stockham.js';

/**
 * Plan for the discrete Fourier transform of complex sequences of length n = `size`,
 *
 *   forward: X[k] = Σ_j x[j] exp(−2πi jk/n),   inverse: x[j] = (1/n) Σ_k X[k] exp(+2πi jk/n).
 *
 * Sequences are interleaved, re, im, re, im, …, in arrays of 2n numbers. Output and input must be different arrays; lengths are
 * not checked. A plan owns scratch memory: use one per thread.
 */
export interface ComplexFft {
  readonly size: number;
  forward(output: Float64Array, input: Float64Array): void;
  inverse(output: Float64Array, input: Float64Array): void;
}

/**
 * Plans a complex transform of any length 2^a 3^b 5^c: fft.js for powers of two, Stockham's algorithm otherwise.
 *
 * @throws ArgumentError for other lengths
 */
export function complexFft(size: number): ComplexFft {
  requireTransformLength(size);
  return size > 1 && (size & (size - 1)) === 0 ? new PowerOfTwoFft(size) : new MixedRadixFft(size);
}

/** @throws ArgumentError unless the number is 2^a 3^b 5^c */
export function requireTransformLength(size: number): void {
  requireInteger('FFT size', size, { min: 1 });
  let rest = size;
  for (const p of [2, 3, 5]) while (rest % p === 0) rest /= p;
  if (rest !== 1) throw new ArgumentError('FFT size', size, 'a product of powers of 2, 3 and 5');
}

class PowerOfTwoFft implements ComplexFft {
  readonly size: number;
  readonly #plan: FFT;

  constructor(size: number) {
    this.size = size;
    this.#plan = new FFT(size);
    // fft.js tabulates exp(−πi j/n) by Math.cos and Math.sin, whose last bits depend on the runtime.
    const { table } = this.#plan as unknown as { readonly table: number[] };
    for (let j = 0; j < table.length; j += 2) {
      table[j] = cos((Math.PI * j) / size);
      table[j + 1] = -sin((Math.PI * j) / size);
    }
  }

  forward(output: Float64Array, input: Float64Array): void {
    this.#plan.transform(output, input);
  }

  inverse(output: Float64Array, input: Float64Array): void {
    this.#plan.inverseTransform(output, input);
  }
}

/** Any product of powers of 2, 3 and 5. */
class MixedRadixFft implements ComplexFft {
  readonly size: number;
  readonly #line: LinesFft;

  constructor(size: number) {
    this.size = size;
    this.#line = new LinesFft(1, size, 1);
  }

  forward(output: Float64Array, input: Float64Array): void {
    this.#line.forward(output, input);
  }

  inverse(output: Float64Array, input: Float64Array): void {
    this.#line.backward(output, input);
    const scale = 1 / this.size;
    for (let i = 0; i < 2 * this.size; i++) output[i]! *= scale;
  }
}
