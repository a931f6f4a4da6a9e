import { dot } from '@dyadic/spectral';
import { fillBefore, LowSpectrum, replace, STEPS } from './low-spectrum.js';
import { type Panel, Panels } from './panels.js';
import { TridiagonalForm } from './tridiagonal-form.js';
import { orthonormalize, scale } from './vector.js';

/** Reflections that are applied together, an even number. */
const BLOCK = 32;
/** Vectors that are iterated together, before they are made orthogonal to those before. */
const BATCH = 8;

/** Memory for the decomposition of one matrix of order n or less, and k or less of its eigenvectors. */
export class SpectrumRoom {
  readonly panels: Panels;
  readonly matrix: Panel;
  readonly reflectors: Panel;
  readonly work: Panel;
  /** Eigenvectors of T, and the same of A. */
  readonly vectors: Panel;
  readonly turned: Panel;
  readonly products: Panel;
  readonly moreProducts: Panel;
  readonly triangle: Panel;

  /** Whether they find it. */
  static fits(n: number, k: number): boolean {
    return Panels.holds(SpectrumRoom.#floats(n, k), even(n));
  }

  static #floats(n: number, k: number): number {
    const rows = 2 * even(n) + 5 + 2 * k;
    return rows * even(n) + even(n) * (2 * BLOCK + k) + BLOCK * BLOCK + 16;
  }

  constructor(n: number, k: number) {
    const width = even(n);
    this.panels = new Panels(SpectrumRoom.#floats(n, k), width);
    this.matrix = this.panels.allocate(width, width);
    this.reflectors = this.panels.allocate(width, width);
    this.work = this.panels.allocate(5, width);
    this.vectors = this.panels.allocate(k, width);
    this.turned = this.panels.allocate(k, width);
    this.products = this.panels.allocate(width, Math.max(BLOCK, k));
    this.moreProducts = this.panels.allocate(width, BLOCK);
    this.triangle = this.panels.allocate(BLOCK, BLOCK);
  }
}

/**
 * {@link LowSpectrum} of larger matrices, by products of blocks: the reduction in SIMD, eigenvectors made orthogonal to those
 * before a batch at a time, and reflections applied {@link BLOCK} at a time, as 1 − V S Vᵀ with S triangular (Schreiber and
 * Van Loan, SIAM J. Sci. Stat. Comput. 10, 1989). Two may share a room if each has done its work before the other begins.
 */
export class ManySpectrum extends LowSpectrum {
  declare protected readonly form: PanelForm;
  readonly #room: SpectrumRoom;
  readonly #vectors: Panel;
  readonly #turned: Panel;
  /** Whether the vectors of A have been computed from those of T. */
  #isTurned = false;
  #matrix: Panel | null = null;

  constructor(order: number, room: SpectrumRoom) {
    super(order, new PanelForm(order, room));
    this.#room = room;
    const { vectors, turned } = room;
    this.#vectors = room.panels.within(vectors.pointer, vectors.rows.length, even(order));
    this.#turned = room.panels.within(turned.pointer, turned.rows.length, even(order));
  }

  override decompose(matrix: Float64Array): void {
    super.decompose(matrix);
    this.#matrix = null;
  }

  override findVectors(count: number): void {
    const n = this.values.length;
    const { rows } = this.#vectors;
    const { diagonal, offDiagonal } = this.form;
    const shifts = this.shifts(count);
    for (let first = 0; first < count; first += BATCH) {
      const last = Math.min(first + BATCH, count);
      for (let j = first; j < last; j++) {
        rows[j]!.fill(0);
        fillBefore(rows[j]!, n, j);
      }
      for (let step = 0; step < STEPS; step++) {
        for (let j = first; j < last; j++) {
          this.shifted.factor(diagonal, offDiagonal, shifts[j]!, this.scale);
          this.shifted.solve(rows[j]!);
        }
        this.#orthonormalize(first, last);
      }
    }
    this.found = rows.slice(0, count);
    this.#isTurned = false;
  }

  /** Twice: off the vectors before, then among themselves. A row of which nothing is left becomes another. */
  #orthonormalize(first: number, last: number): void {
    const { panels, products } = this.#room;
    const { pointer, width, rows } = this.#vectors;
    const batch = panels.within(pointer + 8 * first * width, last - first, width);
    for (let pass = 0; pass < 2; pass++) {
      for (const row of batch.rows) scale(row, 1 / Math.sqrt(dot(row, row)));
      panels.projectOut(batch, this.#vectors, last - first, first, products);
      for (let j = first; j < last; j++) {
        if (!orthonormalize(rows[j]!, rows.slice(first, j))) replace(rows[j]!, rows.slice(0, j));
      }
    }
  }

  /** The eigenvectors found, of A. Valid until the room serves another. */
  get eigenvectors(): readonly Float64Array[] {
    const count = this.found.length;
    if (!this.#isTurned) {
      for (let i = 0; i < count; i++) this.#turned.rows[i]!.set(this.#vectors.rows[i]!);
      this.form.fromTridiagonalRows(this.#turned, count);
      this.#isTurned = true;
    }
    return this.#turned.rows.slice(0, count);
  }

  override vector(j: number, output: Float64Array): void {
    output.set(this.eigenvectors[j]!.subarray(0, this.values.length));
  }

  /** Qᵀ of A = Q T Qᵀ. */
  transposedForm(): Panel {
    if (this.#matrix) return this.#matrix;
    const n = this.values.length;
    // Where A was: its reduction overwrote it.
    const matrix = this.#room.panels.within(this.#room.matrix.pointer, n, even(n));
    matrix.data.fill(0);
    for (let j = 0; j < n; j++) matrix.rows[j]![j] = 1;
    this.form.fromTridiagonalRows(matrix, n);
    this.#matrix = matrix;
    return matrix;
  }
}

/** {@link TridiagonalForm} in SIMD. */
class PanelForm extends TridiagonalForm {
  readonly #room: SpectrumRoom;
  readonly #reflectors: Panel;
  readonly #matrix: Panel;
  readonly #work: Panel;

  constructor(order: number, room: SpectrumRoom) {
    super();
    const width = even(order);
    this.#room = room;
    this.#matrix = room.panels.within(room.matrix.pointer, width, width);
    this.#reflectors = room.panels.within(room.reflectors.pointer, width, width);
    this.#work = room.panels.within(room.work.pointer, 5, width);
    this.reflectors.push(...this.#reflectors.rows);
    this.diagonal = this.#work.rows[3]!;
    this.offDiagonal = this.#work.rows[4]!;
  }

  override reduce(a: Float64Array, n: number): void {
    this.order = n;
    for (let i = 0; i < n; i++) this.#matrix.rows[i]!.set(a.subarray(i * n, i * n + i + 1));
    this.#room.panels.tridiagonalize(this.#matrix, this.#reflectors, this.#work, n);
    if (n % 2 === 1) this.#reflectors.rows[n]!.fill(0);
  }

  /** y ← Q y for the first m rows y of a block. */
  fromTridiagonalRows(y: Panel, m: number): void {
    const { panels, products, moreProducts, triangle } = this.#room;
    const { pointer, width } = this.#reflectors;
    for (let start = BLOCK * Math.floor((width - 1) / BLOCK); start >= 0; start -= BLOCK) {
      const count = Math.min(BLOCK, width - start);
      const block = panels.within(pointer + 8 * start * width, count, width);
      panels.gramLower(products, block, block, count);
      const negative = panels.within(triangle.pointer, count, count);
      negativeTriangle(negative.data, products.data, count);
      const along = panels.within(products.pointer, m, count);
      panels.gram(along, y, block, m, count);
      panels.gram(moreProducts, along, negative, m, count);
      panels.combine(y, moreProducts, block, m, count, 1);
    }
  }
}

/** −S of H_1 … H_r = 1 − V S Vᵀ, H = 1 − v vᵀ, from the lower triangle of VᵀV: S gains a column with every reflection. */
function negativeTriangle(s: Float64Array, gram: Float64Array, r: number): void {
  s.fill(0);
  for (let j = 0; j < r; j++) {
    s[j * r + j] = -1;
    for (let i = 0; i < j; i++) {
      let sum = 0;
      for (let k = i; k < j; k++) sum -= s[i * r + k]! * gram[j * r + k]!;
      s[i * r + j] = sum;
    }
  }
}

const even = (n: number) => n + (n % 2);
