import { ArgumentError } from '@dyadic/errors';
import { type ComplexFft, complexFft, requireTransformLength } from './complex.js';
import { EvenOddPairing, type RealFft, realFft } from './real.js';
import { LinesFft } from './stockham.js';

/**
 * Plans the transform of complex fields of a shape over all axes; arrays are row-major, last axis fastest, interleaved.
 *
 * @throws ArgumentError unless the shape has one to three axes, each with a product of powers of 2, 3 and 5 points
 */
export function complexFftND(shape: readonly number[]): ComplexFft {
  requireShape(shape);
  if (shape.length === 1) return complexFft(shape[0]!);
  const axes = new AxesFft(shape, shape.length);
  const size = product(shape);
  return {
    size,
    forward(output, input) {
      axes.forward(output, input);
    },
    inverse(output, input) {
      axes.backward(output, input);
      const scale = 1 / size;
      for (let i = 0; i < 2 * size; i++) output[i]! *= scale;
    },
  };
}

/**
 * Plans the transform of real fields of a shape over all axes. The spectrum has the same shape except for the last axis, which
 * keeps its ⌊n/2⌋ + 1 nonnegative frequencies.
 *
 * @throws ArgumentError unless the shape has one to three axes, each with a product of powers of 2, 3 and 5 points
 */
export function realFftND(shape: readonly number[]): RealFft {
  requireShape(shape);
  const last = shape.at(-1)!;
  if (shape.length === 1) return realFft(last);
  const size = product(shape);
  const rows: RealRows = last % 2 === 0 ? new EvenRows(size / last, last) : new OddRows(size / last, last);
  const axes = new AxesFft([...shape.slice(0, -1), rows.spectrumSize], shape.length - 1);
  const spectrumSize = (size / last) * rows.spectrumSize;
  const half = new Float64Array(2 * spectrumSize);
  return {
    size,
    spectrumSize,
    forward(spectrum, values) {
      rows.forward(half, values);
      axes.forward(spectrum, half);
    },
    inverse(values, spectrum) {
      axes.backward(half, spectrum);
      rows.backward(values, half);
    },
  };
}

/** Complex transforms along the first `count` axes of a shape, one axis after the other. Unscaled in both directions. */
class AxesFft {
  readonly #axes: readonly LinesFft[];
  readonly #between: Float64Array;

  constructor(shape: readonly number[], count: number) {
    this.#axes = shape.slice(0, count).map((points, axis) => {
      requireTransformLength(points);
      return new LinesFft(product(shape.slice(0, axis)), points, product(shape.slice(axis + 1)));
    });
    this.#between = new Float64Array(count > 1 ? 2 * product(shape) : 0);
  }

  forward(output: Float64Array, input: Float64Array): void {
    this.#each(output, input, (axis, to, from) => axis.forward(to, from));
  }

  backward(output: Float64Array, input: Float64Array): void {
    this.#each(output, input, (axis, to, from) => axis.backward(to, from));
  }

  /** The transforms alternate between two arrays, so that the last writes the output. */
  #each(
    output: Float64Array,
    input: Float64Array,
    transform: (axis: LinesFft, to: Float64Array, from: Float64Array) => void,
  ): void {
    let from = input;
    this.#axes.forEach((axis, a) => {
      const to = (this.#axes.length - a) % 2 === 1 ? output : this.#between;
      transform(axis, to, from);
      from = to;
    });
  }
}

/** Real transforms of all rows of a field. `backward` divides by the row's length and by the number of rows. */
interface RealRows {
  readonly spectrumSize: number;
  forward(spectrum: Float64Array, values: Float64Array): void;
  backward(values: Float64Array, spectrum: Float64Array): void;
}

class EvenRows implements RealRows {
  readonly spectrumSize: number;
  readonly #rows: number;
  readonly #lines: LinesFft;
  readonly #pairing: EvenOddPairing;
  readonly #packed: Float64Array;
  readonly #factor: number;

  constructor(rows: number, n: number) {
    requireTransformLength(n);
    this.spectrumSize = n / 2 + 1;
    this.#rows = rows;
    this.#lines = new LinesFft(rows, n / 2, 1);
    this.#pairing = new EvenOddPairing(n);
    this.#packed = new Float64Array(rows * n);
    this.#factor = 2 / (rows * n);
  }

  forward(spectrum: Float64Array, values: Float64Array): void {
    this.#lines.forward(this.#packed, values);
    this.#pairing.untangle(spectrum, this.#packed, this.#rows);
  }

  backward(values: Float64Array, spectrum: Float64Array): void {
    this.#pairing.tangle(this.#packed, spectrum, this.#rows, this.#factor);
    this.#lines.backward(values, this.#packed);
  }
}

/** Row by row. Simple rather than fast; grids in use are even. */
class OddRows implements RealRows {
  readonly spectrumSize: number;
  readonly #rows: number;
  readonly #row: RealFft;

  constructor(rows: number, n: number) {
    this.#rows = rows;
    this.#row = realFft(n);
    this.spectrumSize = this.#row.spectrumSize;
  }

  forward(spectrum: Float64Array, values: Float64Array): void {
    this.#each(spectrum, values, (complex, real) => this.#row.forward(complex, real));
  }

  backward(values: Float64Array, spectrum: Float64Array): void {
    this.#each(spectrum, values, (complex, real) => this.#row.inverse(real, complex));
    for (let i = 0; i < values.length; i++) values[i]! /= this.#rows;
  }

  #each(spectrum: Float64Array, values: Float64Array, visit: (complex: Float64Array, real: Float64Array) => void) {
    const n = this.#row.size;
    const length = 2 * this.spectrumSize;
    for (let row = 0; row < this.#rows; row++) {
      visit(spectrum.subarray(row * length, (row + 1) * length), values.subarray(row * n, (row + 1) * n));
    }
  }
}

function product(shape: readonly number[]): number {
  return shape.reduce((result, extent) => result * extent, 1);
}

function requireShape(shape: readonly number[]): void {
  if (shape.length < 1 || shape.length > 3) throw new ArgumentError('FFT shape', shape, 'one to three extents');
}
