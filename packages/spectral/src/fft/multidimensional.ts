import { ArgumentError } from '@dyadic/errors';
import { type ComplexFft, complexFft } from './complex.js';
import { type RealFft, realFft } from './real.js';

/** Transform of complex fields of one shape, over all axes; row-major, last axis fastest, interleaved. */
export function complexFftND(shape: readonly number[]): ComplexFft {
  requireShape(shape);
  if (shape.length === 1) return complexFft(shape[0]!);
  const axes = shape.map((_, axis) => new AxisFft(shape, axis));
  const size = product(shape);
  return {
    size,
    forward(output, input) {
      output.set(input);
      for (const axis of axes) axis.forward(output);
    },
    inverse(output, input) {
      output.set(input);
      for (const axis of axes) axis.inverse(output);
    },
  };
}

/**
 * Transform of real fields of one shape, over all axes. The spectrum has the same shape but for the last axis, which
 * keeps its ⌊n/2⌋ + 1 nonnegative frequencies.
 */
export function realFftND(shape: readonly number[]): RealFft {
  requireShape(shape);
  const last = shape.at(-1)!;
  const rows = realFft(last);
  if (shape.length === 1) return rows;
  const size = product(shape);
  const rowCount = size / last;
  const spectrumShape = [...shape.slice(0, -1), rows.spectrumSize];
  const axes = shape.slice(0, -1).map((_, axis) => new AxisFft(spectrumShape, axis));
  const half = new Float64Array(2 * rowCount * rows.spectrumSize);
  return {
    size,
    spectrumSize: rowCount * rows.spectrumSize,
    forward(spectrum, values) {
      eachRow(values, last, spectrum, 2 * rows.spectrumSize, (real, complex) => rows.forward(complex, real));
      for (const axis of axes) axis.forward(spectrum);
    },
    inverse(values, spectrum) {
      half.set(spectrum.subarray(0, half.length));
      for (const axis of axes) axis.inverse(half);
      eachRow(values, last, half, 2 * rows.spectrumSize, (real, complex) => rows.inverse(real, complex));
    },
  };
}

/** Complex transforms, in place, of all lines along one axis. */
class AxisFft {
  readonly #plan: ComplexFft;
  readonly #line: Float64Array;
  readonly #transformed: Float64Array;
  /** Floats from one entry of a line to the next. */
  readonly #stride: number;

  constructor(shape: readonly number[], axis: number) {
    const points = shape[axis]!;
    this.#plan = complexFft(points);
    this.#line = new Float64Array(2 * points);
    this.#transformed = new Float64Array(2 * points);
    this.#stride = 2 * product(shape.slice(axis + 1));
  }

  forward(field: Float64Array): void {
    this.#eachLine(field, false);
  }

  inverse(field: Float64Array): void {
    this.#eachLine(field, true);
  }

  #eachLine(field: Float64Array, inverse: boolean): void {
    const stride = this.#stride;
    const line = this.#line;
    const transformed = this.#transformed;
    const slab = (stride * line.length) / 2;
    for (let slabStart = 0; slabStart < field.length; slabStart += slab) {
      for (let start = slabStart; start < slabStart + stride; start += 2) {
        for (let j = 0, source = start; j < line.length; j += 2, source += stride) {
          line[j] = field[source]!;
          line[j + 1] = field[source + 1]!;
        }
        if (inverse) this.#plan.inverse(transformed, line);
        else this.#plan.forward(transformed, line);
        for (let j = 0, target = start; j < line.length; j += 2, target += stride) {
          field[target] = transformed[j]!;
          field[target + 1] = transformed[j + 1]!;
        }
      }
    }
  }
}

function eachRow(
  values: Float64Array,
  valueRow: number,
  spectrum: Float64Array,
  spectrumRow: number,
  visit: (values: Float64Array, spectrum: Float64Array) => void,
): void {
  for (let v = 0, s = 0; v < values.length; v += valueRow, s += spectrumRow) {
    visit(values.subarray(v, v + valueRow), spectrum.subarray(s, s + spectrumRow));
  }
}

function product(shape: readonly number[]): number {
  return shape.reduce((result, extent) => result * extent, 1);
}

function requireShape(shape: readonly number[]): void {
  if (shape.length < 1 || shape.length > 3) throw new ArgumentError('FFT shape', shape, 'one to three extents');
}
