import { cos, sin } from '@dyadic/elementary';
import { ArgumentError, requireInteger, requireKnownOptions, requireOneOf } from '@dyadic/errors';
import { moveSources, moveWord } from '@dyadic/mnn';

/**
 * The standard position that a sample is moved to before a network sees it, by a symmetry of the grid's torus: a translation by
 * grid points, a reflection of each axis, an order of axes of equally many points. The first field of the input decides, all
 * fields of input and output are moved alike, and a prediction is moved back. A map that commutes with these symmetries, as those
 * of the paper do, is then learned where its inputs lie in one position instead of in all; the whole map commutes with all of
 * the symmetries, the network by itself with translations by its coarsest boxes only.
 *
 * - `phase`: along each axis, c_m the Fourier coefficient of `periods` = m periods along it and none along the others, the
 *   translation at which Re c_m, which a field has at the origin, is least; of the m such places the one with the least Re c_1.
 *   A Kohn-Sham map with an even number n_e of electrons in 1D has this singularity in shallow potentials: the highest
 *   orbital is one of e^(±iπ n_e x/L), which are degenerate without potential, so that the phase of c_(n_e) decides where the density
 *   has its peaks, however small the coefficient;
 * - `minimum`: the least value lies at the origin.
 *
 * Each axis is then reflected so that Im c_1 ≥ 0, and axes of equally many points are ordered by |c_m|, the largest first
 * (of `minimum` by |c_1|). Positions are discontinuous where two are equally good; the map of the network is then, too.
 */
export interface Alignment {
  readonly by: 'phase' | 'minimum';
  /** m, at least 1; of `phase`. Default 1. */
  readonly periods?: number;
}

/** What a sample can be aligned by. */
export const ALIGNMENTS = ['phase', 'minimum'] as const satisfies readonly Alignment['by'][];

/** Checks an alignment for fields of this shape. @throws ArgumentError naming the entry that is wrong */
export function requireAlignment(argument: string, alignment: Alignment, shape: readonly number[]): void {
  requireKnownOptions(argument, alignment, ['by', 'periods']);
  requireOneOf(`${argument}.by`, alignment.by, ALIGNMENTS);
  if (alignment.periods === undefined) return;
  if (alignment.by !== 'phase') {
    throw new ArgumentError(`${argument}.periods`, alignment.periods, "nothing, unless the alignment is by 'phase'");
  }
  requireInteger(`${argument}.periods`, alignment.periods, { min: 1, max: Math.floor(Math.min(...shape) / 2) });
}

/** For each grid point of an aligned field the one whose value it gets. */
export function alignedSources(shape: readonly number[], alignment: Alignment, field: Float32Array): Uint32Array {
  const { by, periods = 1 } = alignment;
  const least = by === 'minimum' ? placeOfLeast(field) : 0;
  const moves = shape.map((points, axis): AxisMove => {
    const profile = meanAlong(shape, axis, field);
    const first = new Wave(profile, 1);
    const chosen = periods === 1 ? first : new Wave(profile, periods);
    const stride = strideOf(shape, axis);
    const translation = by === 'minimum' ? Math.floor(least / stride) % points : lowestPlace(chosen, first);
    return { axis, translation, sign: first.sine(translation) >= 0 ? 1 : -1, size: chosen.size };
  });
  const words = ordered(shape, moves).map(({ axis, translation, sign }) => moveWord(axis, translation, sign < 0));
  return moveSources({ shape }, Uint32Array.from(words));
}

/** Where the points along an axis come from, and by what the axis is ordered. */
interface AxisMove {
  readonly axis: number;
  readonly translation: number;
  readonly sign: 1 | -1;
  readonly size: number;
}

/** c_m of the values along a circle, moved: coefficient · e^(2πi m t/N) = cosine + i sine. */
class Wave {
  readonly #cosines: Float64Array;
  readonly #sines: Float64Array;
  readonly #re: number;
  readonly #im: number;

  constructor(
    values: Float64Array,
    readonly periods: number,
  ) {
    const { length } = values;
    [this.#cosines, this.#sines] = waves(length);
    let [re, im] = [0, 0];
    for (let i = 0; i < length; i++) {
      const angle = (periods * i) % length;
      re += values[i]! * this.#cosines[angle]!;
      im -= values[i]! * this.#sines[angle]!;
    }
    [this.#re, this.#im] = [re / length, im / length];
  }

  get points(): number {
    return this.#cosines.length;
  }

  get size(): number {
    return this.#re * this.#re + this.#im * this.#im;
  }

  cosine(t: number): number {
    const angle = (this.periods * t) % this.points;
    return this.#re * this.#cosines[angle]! - this.#im * this.#sines[angle]!;
  }

  sine(t: number): number {
    const angle = (this.periods * t) % this.points;
    return this.#re * this.#sines[angle]! + this.#im * this.#cosines[angle]!;
  }
}

/** Of the least places of a wave, one in each period, the one where another is least. */
function lowestPlace(wave: Wave, other: Wave): number {
  const { points, periods } = wave;
  let best = -1;
  for (let period = 0; period < periods; period++) {
    let place = Math.ceil((period * points) / periods);
    for (let t = place + 1; t < ((period + 1) * points) / periods; t++) {
      if (wave.cosine(t) < wave.cosine(place)) place = t;
    }
    if (best < 0 || other.cosine(place) < other.cosine(best)) best = place;
  }
  return best;
}

const WAVES = new Map<number, readonly [Float64Array, Float64Array]>();

/** cos and sin of 2πi/N, i = 0 … N − 1: the same bits in every runtime. */
function waves(points: number): readonly [Float64Array, Float64Array] {
  let found = WAVES.get(points);
  if (!found) {
    const of = (wave: (x: number) => number) =>
      Float64Array.from({ length: points }, (_, i) => wave((2 * Math.PI * i) / points));
    found = [of(cos), of(sin)];
    WAVES.set(points, found);
  }
  return found;
}

function strideOf(shape: readonly number[], axis: number): number {
  return shape.slice(axis + 1).reduce((all, points) => all * points, 1);
}

/** The mean over all other axes. */
function meanAlong(shape: readonly number[], axis: number, field: Float32Array): Float64Array {
  const [points, stride] = [shape[axis]!, strideOf(shape, axis)];
  const mean = new Float64Array(points);
  for (let i = 0; i < field.length; i++) mean[Math.floor(i / stride) % points]! += field[i]!;
  for (let i = 0; i < points; i++) mean[i]! *= points / field.length;
  return mean;
}

function placeOfLeast(field: Float32Array): number {
  let least = 0;
  for (let i = 1; i < field.length; i++) if (field[i]! < field[least]!) least = i;
  return least;
}

/** Axes of equally many points in the order of the sizes, each group in its own places. */
function ordered(shape: readonly number[], moves: readonly AxisMove[]): AxisMove[] {
  const order = [...moves];
  for (const points of new Set(shape)) {
    const equal = moves.filter(({ axis }) => shape[axis] === points);
    const places = equal.map(({ axis }) => axis);
    equal.sort((a, b) => b.size - a.size);
    places.forEach((place, i) => {
      order[place] = equal[i]!;
    });
  }
  return order;
}
