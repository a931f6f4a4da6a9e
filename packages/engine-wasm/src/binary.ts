import { ArgumentError } from '@dyadic/errors';
import { shared, single } from '../dist/engine-binaries.js';

/** The two builds of the module: one for a memory of its own, one for a memory that threads share. */
export type Build = 'single' | 'shared';

const TEXTS: Readonly<Record<Build, string>> = { single, shared };

const modules = new Map<Build, WebAssembly.Module>();

/** Compiles one build, once. @throws ArgumentError where the runtime lacks SIMD */
export function engineModule(build: Build): WebAssembly.Module {
  const compiled = modules.get(build) ?? compile(build);
  modules.set(build, compiled);
  return compiled;
}

function compile(build: Build): WebAssembly.Module {
  const bytes = Uint8Array.from(atob(TEXTS[build]), (letter) => letter.charCodeAt(0));
  try {
    return new WebAssembly.Module(bytes);
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    throw new ArgumentError('the WebAssembly module', error.message, 'a runtime with WebAssembly SIMD');
  }
}
