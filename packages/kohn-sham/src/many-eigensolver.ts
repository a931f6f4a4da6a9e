import { dot } from '@dyadic/spectral';
import { type Bound, EigenBlock } from './eigen-block.js';
import type { Hamiltonian } from './hamiltonian.js';
import { type Correction, ManyCorrections } from './many-correction.js';
import { ManySpectrum, SpectrumRoom } from './many-spectrum.js';
import { type Panel, Panels } from './panels.js';
import type { PlaneWavesOnGrid } from './plane-waves.js';
import type { Preconditioner } from './preconditioner.js';
import { orthonormalize, scale } from './vector.js';

/** Iterations after which the block grows if it has not converged, and by how many vectors. */
const PATIENCE = 6;
const GROWTH = 8;
/** Norms of residuals, relative to what is enough, that rounding may keep from falling. */
const NEAR = 1e3;

/** How far below its bound the correction equation takes a residual. */
const SAFETY = 0.3;

/** Residuals on a coarse grid need not be smaller than this part of the truncation error. */
const TRUNCATION = 0.5;

/** A pivot of Cholesky's factorisation of unit vectors, squared: below, what is new in a vector is mostly rounding. */
const LEAST_PIVOT = 1e-10;
/** Above, little is lost, and once is enough. */
const GOOD_PIVOT = 1e-2;

/**
 * The lowest eigenpairs for many electrons, by the block Jacobi-Davidson iteration of {@link BlockEigensolver} without its
 * directions P, and with every operation on vectors as a product of blocks: corrections are solved for together
 * ({@link ManyCorrections}), orthogonality is by Cholesky's factorisation of the Gram matrix, twice where its pivots are small (Yamamoto,
 * Nakatsukasa, Yanagisawa and Fukaya, Electron. Trans. Numer. Anal. 44, 2015), and of the projected matrix only the wanted eigenvectors
 * are computed. The work is of the order of n_e² N, a dozen of such products an iteration.
 */
export class ManyEigensolver extends EigenBlock {
  readonly #panels: Panels;
  readonly #corrections: ManyCorrections;
  /** ‖r_i‖ */
  readonly #norms: Float64Array;
  /** X, W, the next X, and their images under H. */
  #x: Panel;
  #hx: Panel;
  readonly #w: Panel;
  readonly #hw: Panel;
  #next: Panel;
  #hnext: Panel;
  readonly #spare: Panel;
  /** Room for the products of two blocks. */
  readonly #products: Panel;
  readonly #room: SpectrumRoom;
  readonly #matrix: Float64Array;

  /** Whether the vectors find room. */
  static fits(hamiltonian: Hamiltonian, low: number, maxCount: number): boolean {
    const floats = floatsOf(hamiltonian.basis.size, low, maxCount);
    return Panels.holds(floats, mostRows(low, maxCount)) && SpectrumRoom.fits(2 * maxCount, maxCount);
  }

  /** @param spectrum - That of the low waves */
  constructor(
    hamiltonian: Hamiltonian,
    preconditioner: Preconditioner,
    low: PlaneWavesOnGrid,
    spectrum: ManySpectrum,
    maxCount: number,
  ) {
    super(hamiltonian, preconditioner, maxCount);
    const { size } = hamiltonian.basis;
    const { count } = low.waves;
    const panels = new Panels(floatsOf(size, count, maxCount), mostRows(count, maxCount));
    const block = () => panels.allocate(maxCount, size);
    this.#panels = panels;
    this.#x = block();
    this.#hx = block();
    this.#w = block();
    this.#hw = block();
    this.#next = block();
    this.#hnext = block();
    this.#spare = block();
    this.#products = panels.allocate(maxCount, maxCount);
    this.#corrections = new ManyCorrections(panels, hamiltonian, preconditioner, low, spectrum, maxCount);
    this.#room = new SpectrumRoom(2 * maxCount, maxCount);
    this.#matrix = new Float64Array(4 * maxCount * maxCount);
    this.#norms = new Float64Array(maxCount);
    this.vectors.push(...this.#x.rows);
  }

  run(count: number, bound: Bound, maxIterations: number): number {
    this.count = count;
    this.#corrections.prepare();
    for (let i = 0; i < count; i++) this.hamiltonian.basis.makeReal(this.#x.rows[i]!);
    this.#orthonormalize(this.#x, count, 0);
    this.#images(this.#x, this.#hx, count);
    this.#rayleighRitz(0);
    let best = Number.POSITIVE_INFINITY;
    let stalled = 0;
    for (let iteration = 0; ; iteration++) {
      const missing = iteration === maxIterations ? [] : this.#missing(bound);
      const worst = Math.max(...missing.map(({ norm, enough }) => norm / enough));
      stalled = worst < 0.5 * best ? 0 : stalled + 1;
      best = Math.min(best, worst);
      // So close, and no closer in so many iterations: rounding in HX, which the next run computes afresh.
      if (stalled > PATIENCE && best < NEAR) return iteration;
      const found = missing.length > 0 ? this.#search(missing) : 0;
      if (found === 0) return iteration;
      this.#rayleighRitz(found, (iteration + 1) % PATIENCE === 0);
    }
  }

  /** The vectors that miss their bounds, or none when no required one does, with their residuals in the rows of HW. */
  #missing({ bound, required, truncated, watch }: Bound): Correction[] {
    const missing: Correction[] = [];
    let finished = true;
    for (let i = 0; i < this.count; i++) {
      const [x, image, r] = [this.#x.rows[i]!, this.#hx.rows[i]!, this.#hw.rows[missing.length]!];
      const epsilon = this.eigenvalues[i]!;
      for (let k = 0; k < r.length; k++) r[k] = image[k]! - epsilon * x[k]!;
      const norm = Math.sqrt(dot(r, r));
      this.#norms[i] = norm;
      const truncation = truncated ? TRUNCATION * this.hamiltonian.truncation(x) : 0;
      const enough = Math.max(truncation, bound(i, this.eigenvalues));
      if (!(norm > enough && norm < Number.POSITIVE_INFINITY)) continue;
      missing.push({ epsilon, norm, enough: SAFETY * enough });
      finished &&= !required(i, this.eigenvalues, norm);
    }
    watch?.(this.#norms, this.eigenvalues);
    return finished ? [] : missing;
  }

  /** Fills W with what is new in the corrections, and HW. @returns their number */
  #search(missing: readonly Correction[]): number {
    const blocks = { t: this.#w, g: this.#hw, z: this.#next, p: this.#hnext, q: this.#spare };
    this.#corrections.solve(missing, blocks, this.#x, this.count);
    for (let i = 0; i < missing.length; i++) this.hamiltonian.basis.makeReal(this.#w.rows[i]!);
    const found = this.#orthonormalize(this.#w, missing.length, this.count);
    this.#images(this.#w, this.#hw, found);
    return found;
  }

  #images(block: Panel, images: Panel, count: number): void {
    for (let i = 0; i < count; i++) this.hamiltonian.apply(block.rows[i]!, images.rows[i]!);
  }

  /**
   * Makes the first m rows orthonormal, and orthogonal to the first n of X.
   *
   * @returns the number of rows left: those that had nothing new are gone
   */
  #orthonormalize(block: Panel, m: number, n: number): number {
    for (let pass = 0; pass < 2; pass++) {
      for (let i = 0; i < m; i++) {
        const row = block.rows[i]!;
        scale(row, 1 / Math.sqrt(dot(row, row)));
      }
      this.#panels.projectOut(block, this.#x, m, n, this.#products);
      this.#panels.gramLower(this.#products, block, block, m);
      const pivot = invertCholesky(this.#products.data, m);
      if (!(pivot > LEAST_PIVOT)) return this.#orthonormalizeOneByOne(block, m, n);
      this.#panels.combineLower(this.#spare, this.#products, block, m);
      for (let i = 0; i < m; i++) block.rows[i]!.set(this.#spare.rows[i]!);
      if (pivot > GOOD_PIVOT) break;
    }
    return m;
  }

  /** The same by Gram and Schmidt, where rows are nearly dependent. */
  #orthonormalizeOneByOne(block: Panel, m: number, n: number): number {
    const set = this.#x.rows.slice(0, n);
    for (let i = 0; i < m; i++) {
      const row = block.rows[set.length - n]!;
      row.set(block.rows[i]!);
      if (orthonormalize(row, set)) set.push(row);
    }
    return set.length - n;
  }

  /** Replaces X by the lowest Ritz vectors of the span of X and m rows of W. */
  #rayleighRitz(m: number, grow = false): void {
    const n = this.count;
    const order = n + m;
    const spectrum = this.#projectedSpectrum(n, m);
    const count = grow ? Math.min(this.maxCount, n + GROWTH, order) : n;
    spectrum.findVectors(count);
    const ritz = spectrum.eigenvectors;
    this.eigenvalues.set(spectrum.values.subarray(0, count));
    const combination = (target: Panel, part: Panel, from: number, length: number, keep: 0 | 1) => {
      ritz.forEach((row, j) => {
        this.#products.data.set(row.subarray(from, from + length), j * length);
      });
      this.#panels.combine(target, this.#products, part, count, length, keep);
    };
    combination(this.#next, this.#x, 0, n, 0);
    combination(this.#hnext, this.#hx, 0, n, 0);
    combination(this.#next, this.#w, n, m, 1);
    combination(this.#hnext, this.#hw, n, m, 1);
    [this.#x, this.#next] = [this.#next, this.#x];
    [this.#hx, this.#hnext] = [this.#hnext, this.#hx];
    this.count = count;
    for (let i = 0; i < this.maxCount; i++) this.vectors[i] = this.#x.rows[i]!;
  }

  /** The decomposed SᵀHS for S = [X, W]; XᵀHX is known to be diagonal once there is W. */
  #projectedSpectrum(n: number, m: number): ManySpectrum {
    const order = n + m;
    const products = this.#products.data;
    const matrix = this.#matrix.subarray(0, order * order).fill(0);
    if (m === 0) {
      this.#panels.gramLower(this.#products, this.#x, this.#hx, n);
      matrix.set(products.subarray(0, n * n));
    } else {
      for (let i = 0; i < n; i++) matrix[i * order + i] = this.eigenvalues[i]!;
      this.#panels.gram(this.#products, this.#w, this.#hx, m, n);
      for (let i = 0; i < m; i++) matrix.set(products.subarray(i * n, (i + 1) * n), (n + i) * order);
      this.#panels.gramLower(this.#products, this.#w, this.#hw, m);
      for (let i = 0; i < m; i++) matrix.set(products.subarray(i * m, (i + 1) * m), (n + i) * order + n);
    }
    const spectrum = new ManySpectrum(order, this.#room);
    spectrum.decompose(matrix);
    return spectrum;
  }
}

/** Rows of the panels that are multiplied. */
function mostRows(low: number, maxCount: number): number {
  return Math.max(low + 1, maxCount);
}

/** Floats of memory. */
function floatsOf(size: number, low: number, maxCount: number): number {
  return 7 * maxCount * size + maxCount * maxCount + ManyCorrections.floats(low, maxCount) + 16;
}

/**
 * A ← L⁻¹ for A = L Lᵀ, order n, of which the lower triangle is read.
 *
 * @returns the least pivot, squared, or what was not positive
 */
function invertCholesky(a: Float64Array, n: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= a[i * n + k]! * a[j * n + k]!;
      if (i > j) a[i * n + j] = sum / a[j * n + j]!;
      else if (sum > 0) {
        a[i * n + i] = Math.sqrt(sum);
        least = Math.min(least, sum);
      } else return sum;
    }
  }
  // Row i of L⁻¹ is (e_i − Σ_k L_ik · row k)/L_ii; rows above are done.
  const row = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    row.fill(0);
    row[i] = 1;
    for (let k = 0; k < i; k++) {
      const factor = a[i * n + k]!;
      for (let j = 0; j <= k; j++) row[j] = row[j]! - factor * a[k * n + j]!;
    }
    const inverse = 1 / a[i * n + i]!;
    for (let j = 0; j < n; j++) a[i * n + j] = row[j]! * inverse;
  }
  return least;
}
