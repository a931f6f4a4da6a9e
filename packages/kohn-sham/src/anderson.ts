import { axpy, dot } from '@dyadic/spectral';
import { SymmetricEigensolver } from './symmetric-eigen.js';

/** Eigenvalues of the normal equations below this, relative to the largest, are rounding and are left out. */
const RELATIVE_RANK = 1e-14;

/**
 * Anderson's mixing (J. ACM 12, 1965; Pulay, Chem. Phys. Lett. 73, 1980; type II of Fang and Saad, Numer. Linear Algebra
 * Appl. 16, 2009) for a fixed point v = g(v), r = g(v) − v: with ΔV and ΔR the differences of the last few v and r,
 *
 *   v ← v + β r − (ΔV + β ΔR) c,   c = argmin ‖r − ΔR c‖.
 *
 * Without history it is plain mixing, v ← v + β r.
 */
export class AndersonMixing {
  readonly #history: number;
  readonly #beta: number;
  readonly #steps: Float64Array[] = [];
  readonly #changes: Float64Array[] = [];
  readonly #eigen = new SymmetricEigensolver();
  #previous: { v: Float64Array; r: Float64Array } | null = null;

  constructor(history: number, beta: number) {
    this.#history = history;
    this.#beta = beta;
  }

  /** The next v, from the present one and its residual. */
  next(v: Float64Array, r: Float64Array): Float64Array {
    this.#remember(v, r);
    const result = v.slice();
    axpy(result, this.#beta, r);
    const coefficients = this.#leastSquares(r);
    for (let j = 0; j < coefficients.length; j++) {
      axpy(result, -coefficients[j]!, this.#steps[j]!);
      axpy(result, -this.#beta * coefficients[j]!, this.#changes[j]!);
    }
    return result;
  }

  #remember(v: Float64Array, r: Float64Array): void {
    if (this.#previous && this.#history > 0) {
      const { v: oldV, r: oldR } = this.#previous;
      this.#steps.push(v.map((value, x) => value - oldV[x]!));
      this.#changes.push(r.map((value, x) => value - oldR[x]!));
      if (this.#steps.length > this.#history) {
        this.#steps.shift();
        this.#changes.shift();
      }
    }
    this.#previous = { v: v.slice(), r: r.slice() };
  }

  /** c = argmin ‖r − ΔR c‖ with every column of ΔR scaled to norm one, by the eigenpairs of the normal equations. */
  #leastSquares(r: Float64Array): Float64Array {
    const columns = this.#changes;
    const n = columns.length;
    const norms = columns.map((column) => Math.sqrt(dot(column, column)) || 1);
    const gram = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) gram[i * n + j] = dot(columns[i]!, columns[j]!) / (norms[i]! * norms[j]!);
    }
    this.#eigen.decompose(gram, n);
    const { values, vectors } = this.#eigen;
    const c = new Float64Array(n);
    for (let k = 0; k < n; k++) {
      if (!(values[k]! > RELATIVE_RANK * values[n - 1]!)) continue;
      let component = 0;
      for (let i = 0; i < n; i++) component += (vectors[k * n + i]! * dot(columns[i]!, r)) / norms[i]!;
      for (let i = 0; i < n; i++) c[i]! += ((component / values[k]!) * vectors[k * n + i]!) / norms[i]!;
    }
    return c;
  }
}
