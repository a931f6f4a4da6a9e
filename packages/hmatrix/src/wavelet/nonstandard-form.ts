import { ArgumentError, requireFinite, requireInteger, requireKnownOptions } from '@dyadic/errors';
import { daubechies, type WaveletFilters } from '@dyadic/mnn';
import { finiteEntry, type GridMatrix } from '../grid-matrix.js';
import { digits } from '../partition.js';
import { transposed } from '../products.js';
import { waveletStep } from './transform.js';

export interface NonstandardOptions {
  /** J, steps of the transform: the coarsest grid has N / 2^J points per axis, a whole number. */
  readonly levels: number;
  /** p of the Daubechies wavelets; default 4. */
  readonly vanishingMoments?: number;
  /** ε: as many of the smallest entries are dropped as ‖A − A_ε‖_F ≤ ε ‖A‖_F allows. Default 0: none. */
  readonly tolerance?: number;
}

/**
 * What one level adds: y[k, c] += Σ T[k, c; k', c'] x[k', c'] over sites and channels (channel 0: scaling function, others:
 * wavelets; not both c and c' are 0), in one dimension the blocks A (d → d), B (s → d) and Γ (d → s) of Beylkin, Coifman and
 * Rokhlin. Rows (k, c), k · 2^d + c, with their entries one after the other.
 */
export interface NonstandardLevel {
  /** Sites per axis, N / 2^j. */
  readonly sites: number;
  /** The entries of a row run from starts[row] to starts[row + 1] − 1. If sites share them, there are the rows of site 0 only. */
  readonly starts: Uint32Array;
  /** Column (k', c') of each entry, k' · 2^d + c'; if sites share them, of site 0: for another, k' moves with it. */
  readonly columns: Uint32Array;
  readonly values: Float64Array;
}

/**
 * The nonstandard form of a matrix in a basis of wavelets (Beylkin, Coifman and Rokhlin, Fast wavelet transforms and numerical
 * algorithms I, 1991):
 *
 *   A = Σ_(j=1..J) (Q_j A Q_j + Q_j A P_j + P_j A Q_j) + P_J A P_J,   P_j + Q_j = P_(j−1), P_0 = 1,
 *
 * P_j the projection to the scaling functions of level j. For smooth kernels with a singular diagonal the entries fall off fast
 * from the diagonal of every level, so that O(N) of them matter.
 */
export interface NonstandardForm {
  readonly structure: 'wavelet';
  readonly dimension: 1 | 2 | 3;
  /** N, grid points per axis. */
  readonly points: number;
  /** N^d */
  readonly size: number;
  readonly filters: WaveletFilters;
  /** Whether the matrix is a convolution, so that the sites of a level share their entries. */
  readonly shared: boolean;
  /** j = 1 … J, finest first. */
  readonly levels: readonly NonstandardLevel[];
  /** P_J A P_J: all entries on the coarsest grid, row-major; shared: its first column, [k] = A[k, 0]. */
  readonly coarse: Float64Array;
  /** ‖A − A_ε‖_F², the squares of the entries dropped: the basis is orthonormal. */
  readonly dropped: number;
}

/** Entries of one level before any is dropped: rows × columns, rows of all sites or those of site 0. */
interface FullLevel {
  readonly sites: number;
  readonly rows: number;
  readonly entries: Float64Array;
}

/**
 * Transforms a matrix and drops small entries. All entries are read: O(N²) operations; of a convolution only the first
 * column: O(N).
 *
 * @throws ArgumentError for a wrong option, and for an entry that is not finite
 */
export function nonstandardForm(matrix: GridMatrix, options: NonstandardOptions): NonstandardForm {
  requireKnownOptions('nonstandardForm', options, ['levels', 'vanishingMoments', 'tolerance']);
  const { levels, vanishingMoments = 4, tolerance = 0 } = options;
  const { dimension, points, size, translationInvariant: shared } = matrix;
  requireInteger('nonstandardForm.levels', levels, { min: 1, max: 24 });
  requireFinite('nonstandardForm.tolerance', tolerance, { min: 0, max: 1 });
  if (points % 2 ** levels !== 0) {
    throw new ArgumentError('nonstandardForm.levels', levels, `a number of times that ${points} can be halved`);
  }
  const filters = daubechies(vanishingMoments);
  const { full, coarse } = shared ? convolutionLevels(matrix, filters, levels) : denseLevels(matrix, filters, levels);
  // How often an entry that is kept once stands in the matrix.
  const copies = (sites: number) => (shared ? sites ** dimension : 1);
  const norm = full.reduce(
    (sum, { entries, sites }) => sum + copies(sites) * squares(entries),
    copies(points / 2 ** levels) * squares(coarse),
  );
  const { cut, dropped } = threshold(
    full.map(({ entries, sites }) => ({ entries, copies: copies(sites) })),
    tolerance ** 2 * norm,
  );
  return {
    structure: 'wavelet',
    dimension,
    points,
    size,
    filters,
    shared,
    levels: full.map((level) => sparse(level, cut)),
    coarse,
    dropped,
  };
}

function squares(entries: Float64Array): number {
  return entries.reduce((sum, entry) => sum + entry * entry, 0);
}

/** The greatest c, to rounding, such that all entries with squares ≤ c together have no more than `budget`. */
function threshold(
  levels: readonly { entries: Float64Array; copies: number }[],
  budget: number,
): { cut: number; dropped: number } {
  const below = (cut: number): number =>
    levels.reduce((sum, { entries, copies }) => {
      let own = 0;
      for (const entry of entries) if (entry * entry <= cut) own += entry * entry;
      return sum + copies * own;
    }, 0);
  const largest = levels.reduce(
    (most, { entries }) => entries.reduce((m, entry) => Math.max(m, entry * entry), most),
    0,
  );
  if (budget === 0 || largest === 0) return { cut: 0, dropped: 0 };
  // Bisection of the exponent: squares are at least 2^−200 of the largest, or dropped anyway.
  let [low, high] = [largest * 2 ** -200, largest];
  if (below(low) > budget) return { cut: 0, dropped: 0 };
  for (let step = 0; step < 40; step++) {
    const middle = Math.sqrt(low) * Math.sqrt(high);
    if (below(middle) <= budget) low = middle;
    else high = middle;
  }
  return { cut: low, dropped: below(low) };
}

/** The entries with squares above the cut. */
function sparse({ sites, rows, entries }: FullLevel, cut: number): NonstandardLevel {
  const width = entries.length / rows;
  const starts = new Uint32Array(rows + 1);
  const columns: number[] = [];
  const values: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++) {
      const value = entries[row * width + column]!;
      if (value * value <= cut) continue;
      columns.push(column);
      values.push(value);
    }
    starts[row + 1] = values.length;
  }
  return { sites, starts, columns: Uint32Array.from(columns), values: Float64Array.from(values) };
}

/** Steps in rows and columns; what is scaling function in both is passed to the next level. */
function denseLevels(matrix: GridMatrix, filters: WaveletFilters, levels: number) {
  const { dimension, size } = matrix;
  const full: FullLevel[] = [];
  let scaling = new Float64Array(size ** 2);
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) scaling[i * size + j] = finiteEntry(matrix, i, j);
  for (let points = matrix.points; full.length < levels; points /= 2) {
    const { forward, sites, channels } = waveletStep(filters, dimension, points);
    const rows = points ** dimension;
    const columnwise = eachRow(scaling, rows, forward);
    const entries = transposed(eachRow(transposed(columnwise, rows, rows), rows, forward), rows, rows);
    const kept = rows / channels;
    scaling = new Float64Array(kept ** 2);
    for (let i = 0; i < kept; i++) {
      for (let j = 0; j < kept; j++) {
        const entry = (i * rows + j) * channels;
        scaling[i * kept + j] = entries[entry]!;
        entries[entry] = 0;
      }
    }
    full.push({ sites, rows, entries });
  }
  return { full, coarse: scaling };
}

function eachRow(values: Float64Array, length: number, transform: (row: Float64Array) => Float64Array): Float64Array {
  const result = new Float64Array(values.length);
  for (let row = 0; row < values.length; row += length) result.set(transform(values.subarray(row, row + length)), row);
  return result;
}

/**
 * The same for a convolution s[i − j]: along an axis, with the correlations r[m] = Σ_n f_n f'_(n−m) of two filters,
 * T_ff'[k] = Σ_m r[m] s[2k + m] is again a function of the difference k of two sites.
 */
function convolutionLevels(matrix: GridMatrix, filters: WaveletFilters, levels: number) {
  const { dimension } = matrix;
  const full: FullLevel[] = [];
  let response = Float64Array.from({ length: matrix.size }, (_, row) => finiteEntry(matrix, row, 0));
  for (let points = matrix.points; full.length < levels; points /= 2) {
    const sites = points / 2;
    const channels = 2 ** dimension;
    const entries = new Float64Array(channels * sites ** dimension * channels);
    let next = new Float64Array(0);
    for (let pair = 0; pair < channels ** 2; pair++) {
      const [c, other] = [Math.floor(pair / channels), pair % channels];
      const along = digits(c, 2, dimension).map((bit, axis) =>
        correlation(filters, bit, digits(other, 2, dimension)[axis]!),
      );
      const values = decimated(response, points, along);
      if (pair === 0) next = values;
      else {
        values.forEach((value, difference) => {
          // Row site 0, column site −difference.
          const site = digits(difference, sites, dimension).reduce(
            (index, k) => index * sites + ((sites - k) % sites),
            0,
          );
          entries[(c * sites ** dimension + site) * channels + other] = value;
        });
      }
    }
    full.push({ sites, rows: channels, entries });
    response = next;
  }
  return { full, coarse: response };
}

/** r[m] = Σ_n f_n f'_(n−m), m = −2p + 1 … 2p − 1, of the filters that two bits name. */
function correlation({ low, high }: WaveletFilters, bit: number, other: number): Float64Array {
  const [f, g] = [bit === 0 ? low : high, other === 0 ? low : high];
  const reach = f.length - 1;
  return Float64Array.from({ length: 2 * reach + 1 }, (_, index) =>
    f.reduce((sum, value, n) => sum + value * (g[n - (index - reach)] ?? 0), 0),
  );
}

/** Σ_m r[m] s[2k + m] along every axis, around the torus. */
function decimated(response: Float64Array, points: number, along: readonly Float64Array[]): Float64Array<ArrayBuffer> {
  const sites = points / 2;
  let values = Float64Array.from(response);
  // The axes before the one at hand have already been halved.
  along.forEach((r, axis) => {
    const reach = (r.length - 1) / 2;
    const inner = points ** (along.length - 1 - axis);
    const outer = sites ** axis;
    const result = new Float64Array(outer * sites * inner);
    for (let o = 0; o < outer; o++) {
      for (let k = 0; k < sites; k++) {
        for (let m = -reach; m <= reach; m++) {
          const weight = r[m + reach]!;
          const source = (((2 * k + m) % points) + points) % points;
          for (let i = 0; i < inner; i++) {
            result[(o * sites + k) * inner + i]! += weight * values[(o * points + source) * inner + i]!;
          }
        }
      }
    }
    values = result;
  });
  return values;
}
