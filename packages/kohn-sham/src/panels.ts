import { panelsBinary } from '../dist/panels-binary.js';

/** Functions of `assembly/panels.ts`; pointers are byte offsets into one memory. */
interface PanelFunctions {
  gram(c: number, a: number, b: number, m: number, k: number, n: number): void;
  combine(c: number, w: number, b: number, m: number, k: number, n: number, keep: number): void;
}

const PAGE = 65_536;

/** Floats that WebAssembly can address. */
const MOST_FLOATS = 2 ** 29;

let module: WebAssembly.Module | undefined;

/** A matrix in the memory of {@link Panels}, row-major; rows of an even number of floats where it is a block of vectors. */
export interface Panel {
  readonly pointer: number;
  readonly width: number;
  readonly data: Float64Array;
  /** Views of the rows. */
  readonly rows: readonly Float64Array[];
}

/** Memory for blocks of vectors and the products of such blocks in SIMD. What is not written takes no memory. */
export class Panels {
  readonly #buffer: ArrayBufferLike;
  readonly #functions: PanelFunctions;
  #used = 0;

  /** Whether so many floats can be had. */
  static holds(floats: number): boolean {
    return floats <= MOST_FLOATS - PAGE;
  }

  /** @param floats - All that will be asked for */
  constructor(floats: number) {
    module ??= new WebAssembly.Module(Uint8Array.from(atob(panelsBinary), (letter) => letter.charCodeAt(0)));
    const memory = new WebAssembly.Memory({ initial: Math.ceil((8 * floats) / PAGE) + 1 });
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    this.#functions = exports as unknown as PanelFunctions;
    this.#buffer = memory.buffer;
  }

  /** Rows of zeros. */
  allocate(height: number, width: number): Panel {
    const pointer = 8 * this.#used;
    this.#used += 2 * Math.ceil((height * width) / 2);
    const data = new Float64Array(this.#buffer, pointer, height * width);
    const rows = Array.from({ length: height }, (_, i) => data.subarray(i * width, (i + 1) * width));
    return { pointer, width, data, rows };
  }

  /** C = A Bᵀ of the first m rows of A and k of B, C of m rows of k floats without gaps. */
  gram(c: Panel, a: Panel, b: Panel, m: number, k: number): void {
    if (m > 0 && k > 0) this.#functions.gram(c.pointer, a.pointer, b.pointer, m, k, a.width);
  }

  /** C ← keep · C + W B of the first k rows of B; W has m rows of k floats without gaps. */
  combine(c: Panel, w: Panel, b: Panel, m: number, k: number, keep: 0 | 1): void {
    if (m > 0 && k > 0) this.#functions.combine(c.pointer, w.pointer, b.pointer, m, k, b.width, keep);
  }

  /** Rows of C ← rows of C − (C Bᵀ) B: without their part in the first k rows of B, orthonormal. */
  projectOut(c: Panel, b: Panel, m: number, k: number, products: Panel): void {
    this.gram(products, c, b, m, k);
    for (let i = 0; i < m * k; i++) products.data[i] = -products.data[i]!;
    this.combine(c, products, b, m, k, 1);
  }
}
