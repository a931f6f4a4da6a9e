import { ArgumentError } from '@dyadic/errors';
import { isNode } from './thread.js';

/** Bytes of the two builds of the module: one for a memory of its own, one for a memory that threads share. */
export interface EngineBinaries {
  /** `@dyadic/engine-wasm/engine.wasm` */
  readonly single?: BufferSource;
  /** `@dyadic/engine-wasm/engine-shared.wasm` */
  readonly shared?: BufferSource;
}

const FILES = { single: 'engine.wasm', shared: 'engine-shared.wasm' } as const;

/** Compiles one build, from the bytes given or else from the file beside this one. */
export async function loadModule(build: keyof EngineBinaries, binaries?: EngineBinaries): Promise<WebAssembly.Module> {
  const bytes = binaries?.[build] ?? (await readBeside(FILES[build]));
  try {
    return await WebAssembly.compile(bytes);
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    throw new ArgumentError(
      `the WebAssembly module (${error.message})`,
      FILES[build],
      'a runtime with WebAssembly SIMD',
    );
  }
}

async function readBeside(file: string): Promise<BufferSource> {
  const url = new URL(`./${file}`, import.meta.url);
  if (isNode()) {
    const { readFile } = await import('node:fs/promises');
    return readFile(url);
  }
  const response = await fetch(url);
  if (!response.ok) throw new ArgumentError('the WebAssembly module', url.href, `a file; got ${response.status}`);
  return response.arrayBuffer();
}
