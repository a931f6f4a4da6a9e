/**
 * How far a potential lies from those that a network was trained on: the plain relative difference to the nearest of them,
 *
 *   d(V) = min over training potentials W and translations τ of ‖V − W(· − τ)‖ / ‖V‖,
 *
 * on a coarse grid; the networks commute with translations, so a moved potential is no new one. Whether d is small is
 * decided by the training potentials themselves: the yardstick is the d that nine of ten of them have to the others.
 */
import { evaluatePotential, type Sample, samplePotential } from '@dyadic/potentials';
import { type RealFft, realFftND } from '@dyadic/spectral';
import { gridOf, type Problem } from './problems.js';

/** Points per axis. */
const POINTS = { 1: 128, 2: 40 } as const;
/** Training potentials that are looked at. */
const COUNT = { 1: 600, 2: 300 } as const;
/** Of these the yardstick is taken. */
const YARDSTICKS = 40;
const QUANTILE = 0.9;

/** The Fourier transform of a potential, and Σ V². */
interface Transformed {
  readonly spectrum: Float64Array;
  readonly square: number;
}

export interface Distance {
  /** d(V). */
  readonly distance: number;
  /** What nine of ten training potentials stay below. */
  readonly usual: number;
}

export class TrainingData {
  readonly #coarse: ReturnType<typeof gridOf>;
  readonly #fft: RealFft;
  readonly #known: readonly Transformed[];
  readonly #usual: number;

  /** @param seed - Of the data; its first samples are the training's. */
  constructor(problem: Problem, seed: number) {
    const points = POINTS[problem.dimension];
    this.#coarse = gridOf({ ...problem, points });
    this.#fft = realFftND(new Array<number>(problem.dimension).fill(points));
    this.#known = Array.from({ length: COUNT[problem.dimension] }, (_, index) =>
      this.#transformed(samplePotential(problem.family, seed, index)),
    );
    const others = this.#known.slice(0, YARDSTICKS).map((one, index) => this.#nearest(one, index));
    this.#usual = others.sort((a, b) => a - b)[Math.floor(QUANTILE * YARDSTICKS)]!;
  }

  of(sample: Sample): Distance {
    return { distance: this.#nearest(this.#transformed(sample)), usual: this.#usual };
  }

  #transformed(sample: Sample): Transformed {
    const values = evaluatePotential(sample, this.#coarse);
    const spectrum = new Float64Array(2 * this.#fft.spectrumSize);
    this.#fft.forward(spectrum, values);
    return { spectrum, square: values.reduce((sum, value) => sum + value * value, 0) };
  }

  /**
   * d to the nearest of the known but one: ‖V − W(· − τ)‖² = ‖V‖² + ‖W‖² − 2 Σ V W(· − τ), and the last at all τ is one
   * inverse transform.
   */
  #nearest(one: Transformed, except = -1): number {
    let least = Number.POSITIVE_INFINITY;
    const product = new Float64Array(one.spectrum.length);
    const correlation = new Float64Array(this.#fft.size);
    for (const [index, other] of this.#known.entries()) {
      // No translation makes potentials of other norms equal.
      const bound = (Math.sqrt(one.square) - Math.sqrt(other.square)) ** 2;
      if (index === except || bound >= least) continue;
      for (let i = 0; i < product.length; i += 2) {
        const [a, b] = [one.spectrum[i]!, one.spectrum[i + 1]!];
        const [c, d] = [other.spectrum[i]!, other.spectrum[i + 1]!];
        product[i] = a * c + b * d;
        product[i + 1] = b * c - a * d;
      }
      this.#fft.inverse(correlation, product);
      let largest = Number.NEGATIVE_INFINITY;
      for (const value of correlation) if (value > largest) largest = value;
      least = Math.min(least, Math.max(0, one.square + other.square - 2 * largest));
    }
    return Math.sqrt(least / one.square);
  }
}
