import { square } from '@dyadic/elementary';
import { axpy, dot } from '@dyadic/spectral';
import type { Hamiltonian } from './hamiltonian.js';
import type { ManySpectrum } from './many-spectrum.js';
import type { Panel, Panels } from './panels.js';
import type { PlaneWavesOnGrid } from './plane-waves.js';
import type { Preconditioner } from './preconditioner.js';

/** Most steps: far from the eigenvector more are wasted. */
const MAX_STEPS = 12;

/** One of the equations that are solved together. */
export interface Correction {
  readonly epsilon: number;
  /** ‖r‖ */
  readonly norm: number;
  /** Norm of the residual of the equation that is good enough. */
  readonly enough: number;
}

/** Blocks of the iteration: T the solutions, G the residuals, Z = M G, P and Q = (H − ε) P. */
export interface Blocks {
  readonly t: Panel;
  /** Holds r at the beginning. */
  readonly g: Panel;
  readonly z: Panel;
  readonly p: Panel;
  readonly q: Panel;
}

type Rows = [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];

/** The state of one equation. */
interface Running extends Correction {
  /** Its place among those asked for. */
  readonly row: number;
  gamma: number;
  /** −rᵀt */
  decrease: number;
}

/**
 * The correction equations of {@link CorrectionEquation} for many vectors at once: the same steps, with the projections
 * off the block and the low part of the preconditioner as products of blocks. Rows of equations that are solved change
 * places with the last ones that are not, so that those at work stay together.
 */
export class ManyCorrections {
  readonly #panels: Panels;
  readonly #hamiltonian: Hamiltonian;
  readonly #preconditioner: Preconditioner;
  readonly #low: PlaneWavesOnGrid;
  readonly #spectrum: ManySpectrum;
  readonly #products: Panel;
  /** Qᵀ of the low part's tridiagonal form, and the eigenvectors found in it. */
  readonly #reflections: Panel;
  readonly #found: Panel;
  /** Components along the low waves, and in the tridiagonal form. */
  readonly #components: Panel;
  readonly #turned: Panel;
  /** Components along the eigenvectors found. */
  readonly #inside: Float64Array;

  /** Floats of memory. */
  static floats(low: number, maxCount: number): number {
    return (low + 2) * (low + 3 * maxCount + 2) + maxCount * maxCount + 16;
  }

  constructor(
    panels: Panels,
    hamiltonian: Hamiltonian,
    preconditioner: Preconditioner,
    low: PlaneWavesOnGrid,
    spectrum: ManySpectrum,
    maxCount: number,
  ) {
    const even = low.waves.count + (low.waves.count % 2);
    this.#panels = panels;
    this.#hamiltonian = hamiltonian;
    this.#preconditioner = preconditioner;
    this.#low = low;
    this.#spectrum = spectrum;
    this.#products = panels.allocate(maxCount, maxCount);
    this.#reflections = panels.allocate(even, even);
    this.#found = panels.allocate(maxCount, even);
    this.#components = panels.allocate(maxCount, even);
    this.#turned = panels.allocate(maxCount, even);
    this.#inside = new Float64Array(maxCount * maxCount);
  }

  /** Takes over the spectrum of the low plane waves, to be called before a run. */
  prepare(): void {
    this.#reflections.data.set(this.#spectrum.transposedForm().data);
    this.#spectrum.found.forEach((vector, i) => {
      this.#found.rows[i]!.set(vector);
    });
  }

  /**
   * Solves the equations of rows 0, 1, … in this order.
   *
   * @param x - The block, n rows
   */
  solve(corrections: readonly Correction[], blocks: Blocks, x: Panel, n: number): void {
    const { t, g, z, p } = blocks;
    const running: Running[] = corrections.map((correction, row) => ({ ...correction, row, gamma: 0, decrease: 0 }));
    for (let i = 0; i < running.length; i++) {
      const row = g.rows[i]!;
      for (let k = 0; k < row.length; k++) row[k] = -row[k]!;
      t.rows[i]!.fill(0);
      p.rows[i]!.fill(0);
    }
    let active = running.length;
    for (let step = 0; active > 0; step++) {
      this.#precondition(blocks, running, active);
      this.#panels.projectOut(z, x, active, n, this.#products);
      for (let i = active - 1; i >= 0; i--) {
        if (!this.#step(i, running[i]!, step, blocks)) continue;
        active--;
        exchange(i, active, running, [t, g, p, z]);
      }
    }
    for (let i = 0; i < running.length; i++) {
      while (running[i]!.row !== i) exchange(i, running[i]!.row, running, [t]);
    }
  }

  /** One step of conjugate gradients for row i. @returns whether its equation is solved */
  #step(i: number, state: Running, step: number, blocks: Blocks): boolean {
    const { epsilon, enough } = state;
    const [t, g, z, p, q] = [blocks.t, blocks.g, blocks.z, blocks.p, blocks.q].map(({ rows }) => rows[i]!) as Rows;
    const previous = state.gamma;
    state.gamma = dot(g, z);
    const beta = step === 0 ? 0 : state.gamma / previous;
    for (let k = 0; k < p.length; k++) p[k] = z[k]! + beta * p[k]!;
    this.#hamiltonian.apply(p, q);
    axpy(q, -epsilon, p);
    const alpha = state.gamma / dot(p, q);
    // Negative curvature: X is not near yet. The Rayleigh-Ritz step will go down along p.
    if (!(alpha > 0 && alpha < Number.POSITIVE_INFINITY)) {
      if (step === 0) t.set(p);
      return true;
    }
    axpy(t, alpha, p);
    // H X is ε X but for the residuals: q is as good as orthogonal to X without a projection.
    axpy(g, -alpha, q);
    state.decrease += alpha * state.gamma;
    return step === MAX_STEPS - 1 || dot(g, g) <= Math.max(square(enough), square(state.decrease) * dot(t, t));
  }

  /** Z ≈ (H − ε)⁻¹ G outside the block, as {@link Preconditioner.apply}. */
  #precondition({ g, z }: Blocks, running: readonly Running[], active: number): void {
    const spectrum = this.#spectrum;
    const { count } = spectrum;
    const [components, turned, found] = [this.#components, this.#turned, this.#found];
    const products = this.#products.data;
    for (let i = 0; i < active; i++) this.#low.gather(g.rows[i]!, components.rows[i]!);
    this.#panels.gram(turned, components, this.#reflections, active, components.width);
    this.#panels.projectOut(turned, found, active, count, this.#products);
    const inside = this.#inside;
    inside.set(products.subarray(0, active * count));
    for (let i = 0; i < active; i++) {
      const distance = spectrum.solveTridiagonal(turned.rows[i]!, this.#preconditioner.lowEnergy(running[i]!.epsilon));
      for (let j = 0; j < count; j++) inside[i * count + j] = -inside[i * count + j]! / distance;
    }
    this.#panels.gram(this.#products, turned, found, active, count);
    for (let i = 0; i < active * count; i++) products[i] = inside[i]! - products[i]!;
    this.#panels.combine(turned, this.#products, found, active, count, 1);
    this.#panels.combine(components, turned, this.#reflections, active, components.width, 0);
    for (let i = 0; i < active; i++) {
      this.#preconditioner.applyHigh(g.rows[i]!, running[i]!.epsilon, z.rows[i]!);
      this.#low.scatter(components.rows[i]!, z.rows[i]!);
    }
  }
}

function exchange(i: number, j: number, running: Running[], panels: readonly Panel[]): void {
  if (i === j) return;
  [running[i], running[j]] = [running[j]!, running[i]!];
  for (const { rows } of panels) {
    const [a, b] = [rows[i]!, rows[j]!];
    for (let k = 0; k < a.length; k++) {
      const kept = a[k]!;
      a[k] = b[k]!;
      b[k] = kept;
    }
  }
}
