import { sin, square } from '@dyadic/elementary';
import { ArgumentError, requireLength } from '@dyadic/errors';
import { type RealFft, realFftND } from './fft/index.js';
import type { PeriodicGrid } from './grid.js';

/**
 * Real fields on a periodic grid as vectors of real Fourier coefficients, scaled so that the Euclidean inner product of
 * two coefficient vectors is the L² inner product ∫ u v dx of the fields (Parseval). Differential operators are then
 * diagonal ("symbols"), and a normalised function is a unit vector.
 *
 * The coefficient vector is the half spectrum of a real FFT, real and imaginary parts interleaved, times √volume / size, and
 * times √2 where a coefficient represents a conjugate pair. A basis owns scratch memory: use one per thread. Methods throw
 * `ArgumentError` for an array of the wrong length.
 */
export class FourierBasis {
  readonly grid: PeriodicGrid;
  /** Length of a coefficient vector. Slightly larger than grid.size: some imaginary parts are always zero. */
  readonly size: number;
  readonly #fft: RealFft;
  /** Factor from FFT output to coefficient, per entry of the last axis, and its inverse. */
  readonly #scale: Float64Array;
  readonly #inverseScale: Float64Array;
  readonly #unscaled: Float64Array;
  /** Pairs of indices of c(m) and c(−m), where both are stored. */
  readonly #conjugates: Int32Array;

  /** @throws ArgumentError unless every axis has a product of powers of 2, 3 and 5 points */
  constructor(grid: PeriodicGrid) {
    this.grid = grid;
    this.#fft = realFftND(grid.shape);
    this.size = 2 * this.#fft.spectrumSize;
    this.#unscaled = new Float64Array(this.size);
    const last = grid.shape.at(-1)!;
    const row = Math.floor(last / 2) + 1;
    const single = Math.sqrt(grid.volume) / grid.size;
    this.#scale = new Float64Array(2 * row).fill(single * Math.SQRT2);
    for (const k of last % 2 === 0 ? [0, row - 1] : [0]) this.#scale.fill(single, 2 * k, 2 * k + 2);
    this.#inverseScale = this.#scale.map((factor) => 1 / factor);
    this.#conjugates = storedConjugates(grid);
  }

  /**
   * c = F u, or symbol · F u.
   *
   * @param values - u on the grid, `grid.size` numbers.
   * @param coefficients - Receives c, `size` numbers; default a new array.
   * @param symbol - A Fourier multiplier from {@link symbol}, `size` numbers; default 1.
   * @returns `coefficients`
   */
  toCoefficients(
    values: Float64Array,
    coefficients: Float64Array = new Float64Array(this.size),
    symbol?: Float64Array,
  ): Float64Array {
    requireLength('values', values, this.grid.size);
    requireLength('coefficients', coefficients, this.size);
    if (symbol) requireLength('symbol', symbol, this.size);
    this.#fft.forward(coefficients, values);
    scaleRows(coefficients, coefficients, this.#scale, symbol);
    return coefficients;
  }

  /**
   * u = F⁻¹ c, or F⁻¹ (symbol · c).
   *
   * @param coefficients - c, `size` numbers; not changed.
   * @param values - Receives u on the grid, `grid.size` numbers; default a new array.
   * @param symbol - A Fourier multiplier from {@link symbol}, `size` numbers; default 1.
   * @returns `values`
   */
  toValues(
    coefficients: Float64Array,
    values: Float64Array = new Float64Array(this.grid.size),
    symbol?: Float64Array,
  ): Float64Array {
    requireLength('coefficients', coefficients, this.size);
    requireLength('values', values, this.grid.size);
    if (symbol) requireLength('symbol', symbol, this.size);
    scaleRows(this.#unscaled, coefficients, this.#inverseScale, symbol);
    this.#fft.inverse(values, this.#unscaled);
    return values;
  }

  /**
   * Restores c(−m) = c(m)* where the half spectrum holds both, in place: the orthogonal projection onto coefficients of
   * real functions. Iterations need it: a component that violates the symmetry is invisible on the grid, so Fourier
   * multipliers act on it and products with a field do not, and it may grow from rounding.
   */
  makeReal(coefficients: Float64Array): void {
    const pairs = this.#conjugates;
    for (let i = 0; i < pairs.length; i += 2) {
      const a = pairs[i]!;
      const b = pairs[i + 1]!;
      const re = 0.5 * (coefficients[a]! + coefficients[b]!);
      const im = 0.5 * (coefficients[a + 1]! - coefficients[b + 1]!);
      coefficients[b] = coefficients[a] = re;
      coefficients[b + 1] = -im;
      coefficients[a + 1] = im;
    }
  }

  /**
   * Tabulates a Fourier multiplier: f(k) for every coefficient, `size` numbers.
   *
   * @param f - Receives the wave vector k, one entry per axis: 2π/length of the axis times an integer from −points/2 to
   * points/2.
   */
  symbol(f: (...k: number[]) => number): Float64Array {
    const { dimension, shape } = this.grid;
    const row = this.#scale.length / 2;
    const table = new Float64Array(this.size);
    const k = new Array<number>(dimension);
    const unit = this.grid.axes.map(({ length }) => (2 * Math.PI) / length);
    for (let entry = 0; entry < table.length; entry += 2) {
      let rest = entry / 2;
      k[dimension - 1] = unit[dimension - 1]! * (rest % row);
      rest = Math.floor(rest / row);
      for (let axis = dimension - 2; axis >= 0; axis--) {
        const points = shape[axis]!;
        const frequency = rest % points;
        k[axis] = unit[axis]! * (frequency > points / 2 ? frequency - points : frequency);
        rest = Math.floor(rest / points);
      }
      table[entry] = table[entry + 1] = f(...k);
    }
    return table;
  }

  /** The symbol |k|² of −Δ. */
  negativeLaplacian(): Float64Array {
    return this.symbol((...k) => k.reduce((sum, component) => sum + square(component), 0));
  }

  /**
   * The symbol of second-order central differences for −Δ: Σ_a (2 − 2 cos(k_a h_a))/h_a².
   *
   * @param spacing - h_a, one per axis; default the grid's own. A nested basis passes the spacing of the finer grid.
   * @throws ArgumentError unless `spacing` has one number per axis
   */
  negativeLaplacianFiniteDifferences(
    spacing: readonly number[] = this.grid.axes.map((axis) => axis.spacing),
  ): Float64Array {
    if (spacing.length !== this.grid.dimension) {
      throw new ArgumentError('spacing', spacing, `${this.grid.dimension} numbers, one per axis`);
    }
    const h = spacing[0]!;
    // Relative to the first axis, so that on a cube the factors are 1.
    const weight = spacing.map((ha) => square(h / ha));
    return this.symbol(
      (...k) => k.reduce((sum, ka, a) => sum + weight[a]! * square(2 * sin((ka * spacing[a]!) / 2)), 0) / square(h),
    );
  }

  /** Applies a Fourier multiplier to a field u on the grid: F⁻¹ (symbol · F u), a new array of `grid.size` numbers. */
  multiply(symbol: Float64Array, values: Float64Array): Float64Array {
    return this.toValues(this.toCoefficients(values), undefined, symbol);
  }

  /** Δu on the grid, exact for trigonometric polynomials that the grid resolves. */
  laplacian(values: Float64Array): Float64Array {
    return this.multiply(
      this.symbol((...k) => -k.reduce((sum, component) => sum + square(component), 0)),
      values,
    );
  }

  /** ∇u, one field per axis. Drops the Nyquist frequency of each axis, which has no real derivative on the grid. */
  gradient(values: Float64Array): Float64Array[] {
    const coefficients = this.toCoefficients(values);
    return this.grid.axes.map(({ points, length }, axis) => {
      const nyquist = (Math.PI * points) / length;
      const k = this.symbol((...wave) => (Math.abs(wave[axis]!) > nyquist * (1 - 1e-12) ? 0 : wave[axis]!));
      const derivative = new Float64Array(this.size);
      for (let i = 0; i < derivative.length; i += 2) {
        derivative[i] = -k[i]! * coefficients[i + 1]!;
        derivative[i + 1] = k[i]! * coefficients[i]!;
      }
      return this.toValues(derivative);
    });
  }
}

/** In a row, the frequencies 0 and n/2 are their own negatives: both c(m) and c(−m) are stored, in rows m' and −m'. */
function storedConjugates({ shape }: PeriodicGrid): Int32Array {
  const last = shape.at(-1)!;
  const row = Math.floor(last / 2) + 1;
  const others = shape.slice(0, -1);
  const rows = others.reduce((product, points) => product * points, 1);
  const pairs: number[] = [];
  for (let r = 0; r < rows; r++) {
    let negative = 0;
    let stride = 1;
    for (const points of [...others].reverse()) {
      const frequency = Math.floor(r / stride) % points;
      negative += ((points - frequency) % points) * stride;
      stride *= points;
    }
    if (negative < r) continue;
    for (const k of last % 2 === 0 ? [0, row - 1] : [0]) pairs.push(2 * (r * row + k), 2 * (negative * row + k));
  }
  return Int32Array.from(pairs);
}

/** output = scale · symbol · input; `scale` covers one row and repeats. */
function scaleRows(output: Float64Array, input: Float64Array, scale: Float64Array, symbol?: Float64Array): void {
  const row = scale.length;
  for (let start = 0; start < output.length; start += row) {
    if (symbol) for (let j = 0; j < row; j++) output[start + j] = input[start + j]! * symbol[start + j]! * scale[j]!;
    else for (let j = 0; j < row; j++) output[start + j] = input[start + j]! * scale[j]!;
  }
}

/** The real Fourier basis of a grid. @throws ArgumentError unless every axis has a product of powers of 2, 3 and 5 points */
export function fourierBasis(grid: PeriodicGrid): FourierBasis {
  return new FourierBasis(grid);
}
