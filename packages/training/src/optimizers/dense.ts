import { denseBinary } from '../../dist/dense-binary.js';

/** Functions of `assembly/dense.ts`; pointers are byte offsets into one memory. */
interface DenseFunctions {
  multiply(c: number, a: number, b: number, m: number, k: number, n: number, keep: number, weight: number): void;
  transpose(b: number, a: number, m: number, n: number): void;
  orthonormalize(q: number, a: number, scales: number, n: number): void;
  adam(
    m: number,
    v: number,
    g: number,
    bytes: number,
    beta1: number,
    beta2: number,
    c1: number,
    c2: number,
    epsilon: number,
  ): void;
}

/** A piece of WebAssembly memory and the dense operations on it. */
export interface Dense extends DenseFunctions {
  /** The whole memory as floats; it never grows, so views stay valid. */
  readonly floats: Float32Array;
}

const PAGE = 65_536;

/** What WebAssembly can address. */
export const MOST_BYTES = 2 ** 32;

let module: WebAssembly.Module | undefined;

/** A memory of at least so many bytes, all zero, with its own instance of the dense operations. */
export function denseMemory(bytes: number): Dense {
  module ??= new WebAssembly.Module(Uint8Array.from(atob(denseBinary), (letter) => letter.charCodeAt(0)));
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return { ...(exports as unknown as DenseFunctions), floats: new Float32Array(memory.buffer) };
}

/** Floats of a padded row of n. */
export function padded(n: number): number {
  return Math.ceil(n / 4) * 4;
}
