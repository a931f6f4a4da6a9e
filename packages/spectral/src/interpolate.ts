import { requireLength } from '@dyadic/errors';
import { realFft } from './fft/index.js';
import { type PeriodicGrid, requireSameTorus } from './grid.js';

/**
 * Trigonometric interpolation of a field to another grid of the same torus, axis by axis. On a finer grid it evaluates the
 * trigonometric polynomial through the given values. On a coarser one it drops the frequencies that the grid cannot resolve,
 * which inverts a refinement to rounding.
 *
 * @param values - The field on `from`: `from.size` numbers, row-major.
 * @returns the field on `to`: a new array of `to.size` numbers
 * @throws ArgumentError when the length of `values` is wrong, the tori differ, or the points of an axis are not a product of
 * powers of 2, 3 and 5
 */
export function interpolate(values: Float64Array, from: PeriodicGrid, to: PeriodicGrid): Float64Array {
  requireLength('values', values, from.size);
  requireSameTorus('to', to, from);
  let field = values;
  // Last axis first: the axes after the current one already have the target's points.
  let stride = 1;
  for (let axis = from.dimension - 1; axis >= 0; axis--) {
    const points = to.shape[axis]!;
    field = alongAxis(field, stride, lineResampler(from.shape[axis]!, points));
    stride *= points;
  }
  return field;
}

interface LineResampler {
  readonly from: number;
  readonly to: number;
  apply(output: Float64Array, input: Float64Array): void;
}

/** Resamples real lines of `from` points to `to` points by padding or truncating their spectra. */
function lineResampler(from: number, to: number): LineResampler {
  const source = realFft(from);
  const target = realFft(to);
  const sourceSpectrum = new Float64Array(2 * source.spectrumSize);
  const targetSpectrum = new Float64Array(2 * target.spectrumSize);
  const common = Math.min(from, to);
  return {
    from,
    to,
    apply(output, input) {
      source.forward(sourceSpectrum, input);
      targetSpectrum.fill(0);
      for (let i = 0; i < 2 * (Math.floor(common / 2) + 1); i++) targetSpectrum[i] = (sourceSpectrum[i]! * to) / from;
      if (common % 2 === 0 && from !== to) {
        // The smaller grid's Nyquist coefficient represents a conjugate pair of the larger grid: halve it, or add the pair.
        targetSpectrum[common]! *= from < to ? 0.5 : 2;
        targetSpectrum[common + 1] = 0;
      }
      target.inverse(output, targetSpectrum);
    },
  };
}

/** Applies a resampler to every line whose entries lie `stride` apart. */
function alongAxis(field: Float64Array, stride: number, resampler: LineResampler): Float64Array {
  const { from, to } = resampler;
  const lines = field.length / from;
  const result = new Float64Array(lines * to);
  const input = new Float64Array(from);
  const output = new Float64Array(to);
  for (let line = 0; line < lines; line++) {
    const slab = Math.floor(line / stride);
    const offset = line % stride;
    for (let j = 0; j < from; j++) input[j] = field[slab * stride * from + j * stride + offset]!;
    resampler.apply(output, input);
    for (let j = 0; j < to; j++) result[slab * stride * to + j * stride + offset] = output[j]!;
  }
  return result;
}
