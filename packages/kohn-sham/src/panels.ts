import { panelsBinary } from '../dist/panels-binary.js';

/** Functions of `assembly/panels.ts`; pointers are byte offsets into one memory. */
interface PanelFunctions {
  gram(c: number, a: number, b: number, m: number, k: number, n: number, lower: boolean, room: number): void;
  combine(
    c: number,
    w: number,
    b: number,
    m: number,
    k: number,
    n: number,
    keep: number,
    lower: boolean,
    room: number,
  ): void;
  tridiagonalize(a: number, v: number, work: number, d: number, e: number, n: number, width: number): void;
}

const PAGE = 65_536;
/** Floats of a row that are copied for a product, PANEL of `assembly/panels.ts`. */
const COPIED = 256;

/** Floats that WebAssembly can address. */
const MOST_FLOATS = 2 ** 29;

let module: WebAssembly.Module | undefined;

/** A matrix in the memory of {@link Panels}, row-major; rows of an even number of floats where it is a block of vectors. */
export class Panel {
  readonly pointer: number;
  readonly width: number;
  readonly data: Float64Array;
  #rows: readonly Float64Array[] | null = null;

  constructor(buffer: ArrayBufferLike, pointer: number, height: number, width: number) {
    this.pointer = pointer;
    this.width = width;
    this.data = new Float64Array(buffer, pointer, height * width);
  }

  /** Views of the rows. */
  get rows(): readonly Float64Array[] {
    const { data, width } = this;
    const height = data.length / width;
    return (this.#rows ??= Array.from({ length: height }, (_, i) => data.subarray(i * width, (i + 1) * width)));
  }
}

/** Memory for blocks of vectors and the products of such blocks in SIMD. What is not written takes no memory. */
export class Panels {
  readonly #buffer: ArrayBufferLike;
  readonly #functions: PanelFunctions;
  /** Where products copy parts of their factors to. */
  readonly #room: number;
  #used = 0;

  /** Whether so many floats can be had, for panels of at most so many rows. */
  static holds(floats: number, mostRows: number): boolean {
    return floats + 2 * mostRows * COPIED <= MOST_FLOATS - PAGE;
  }

  /** @param floats - All that will be asked for, @param mostRows - of the panels that are multiplied */
  constructor(floats: number, mostRows: number) {
    module ??= new WebAssembly.Module(Uint8Array.from(atob(panelsBinary), (letter) => letter.charCodeAt(0)));
    this.#room = 16 * Math.ceil(floats / 2);
    const bytes = this.#room + 16 * mostRows * COPIED;
    const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) + 1 });
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    this.#functions = exports as unknown as PanelFunctions;
    this.#buffer = memory.buffer;
  }

  /** Rows of zeros. */
  allocate(height: number, width: number): Panel {
    const pointer = 8 * this.#used;
    this.#used += 2 * Math.ceil((height * width) / 2);
    return this.within(pointer, height, width);
  }

  /** A matrix of another shape in memory that is allocated. */
  within(pointer: number, height: number, width: number): Panel {
    return new Panel(this.#buffer, pointer, height, width);
  }

  /** C = A Bᵀ of the first m rows of A and k of B, C of m rows of k floats without gaps. */
  gram(c: Panel, a: Panel, b: Panel, m: number, k: number): void {
    if (m > 0 && k > 0) this.#functions.gram(c.pointer, a.pointer, b.pointer, m, k, a.width, false, this.#room);
  }

  /** The same of m rows each where C is symmetric: above its diagonal it is undefined. */
  gramLower(c: Panel, a: Panel, b: Panel, m: number): void {
    if (m > 0) this.#functions.gram(c.pointer, a.pointer, b.pointer, m, m, a.width, true, this.#room);
  }

  /** C ← keep · C + W B of the first k rows of B; W has m rows of k floats without gaps. */
  combine(c: Panel, w: Panel, b: Panel, m: number, k: number, keep: 0 | 1): void {
    if (m > 0 && k > 0)
      this.#functions.combine(c.pointer, w.pointer, b.pointer, m, k, b.width, keep, false, this.#room);
  }

  /** C ← W B of the first m rows, W of m rows of m floats, zero above its diagonal. */
  combineLower(c: Panel, w: Panel, b: Panel, m: number): void {
    if (m > 0) this.#functions.combine(c.pointer, w.pointer, b.pointer, m, m, b.width, 0, true, this.#room);
  }

  /** Rows of C ← rows of C − (C Bᵀ) B: without their part in the first k rows of B, orthonormal. */
  projectOut(c: Panel, b: Panel, m: number, k: number, products: Panel): void {
    this.gram(products, c, b, m, k);
    for (let i = 0; i < m * k; i++) products.data[i] = -products.data[i]!;
    this.combine(c, products, b, m, k, 1);
  }

  /**
   * The tridiagonal form of a matrix of order n, of which the lower triangle is read: of {@link TridiagonalForm}, to rounding.
   *
   * @param a - Overwritten
   * @param v - Receives v_k in row k
   * @param work - Five rows: three are overwritten, the last two receive the diagonal and what is beside it
   */
  tridiagonalize(a: Panel, v: Panel, work: Panel, n: number): void {
    const row = (i: number) => work.pointer + 8 * i * work.width;
    this.#functions.tridiagonalize(a.pointer, v.pointer, row(0), row(3), row(4), n, a.width);
  }
}
