/** Loads and starts the backends. Nothing is imported before it is needed. */
import { exportsOf, type Importer, isNode, Unavailable } from './importer.js';
import { restoreNullChecks } from './node-shim.js';
import { type Runtime, start, type Tfjs } from './tfjs.js';
import { graphicsAdapter } from './webgpu.js';

/**
 * A backend of TensorFlow.js, best first: `tfjs-node-gpu` (CUDA), `tfjs-node` (native, CPU), WebGPU, WebAssembly, plain
 * JavaScript. The README lists their requirements.
 */
export type TensorflowBackend = 'node-gpu' | 'node' | 'webgpu' | 'wasm' | 'cpu';

type Start = (load: Importer) => Promise<Runtime>;

/** All backends in order of preference. */
export const BACKENDS: Readonly<Record<TensorflowBackend, Start>> = {
  'node-gpu': (load) => startNative(load, '@tensorflow/tfjs-node-gpu', 'tfjs-node-gpu, CUDA'),
  node: (load) => startNative(load, '@tensorflow/tfjs-node', 'tfjs-node, CPU'),
  webgpu: startWebgpu,
  wasm: startWasm,
  cpu: startCpu,
};

async function startNative(load: Importer, name: string, detail: string): Promise<Runtime> {
  if (!isNode()) throw new Unavailable('runs in Node only');
  const tf = exportsOf<Tfjs>(await load(name));
  const runtime = { tf, backend: 'tensorflow', detail };
  await startQuietly(runtime);
  const { isUsingGpuDevice } = tf.backend() as { isUsingGpuDevice?: boolean };
  if (name.endsWith('-gpu') && isUsingGpuDevice === false) {
    throw new Unavailable('libtensorflow finds no usable CUDA device (it needs CUDA 11.2 and cuDNN 8.1)');
  }
  return runtime;
}

async function startWebgpu(load: Importer): Promise<Runtime> {
  const adapter = await graphicsAdapter(load);
  const tf = await loadCore(load);
  await load('@tensorflow/tfjs-backend-webgpu');
  const runtime = { tf, backend: 'webgpu', detail: `webgpu, ${adapter}` };
  await startQuietly(runtime);
  return runtime;
}

async function startWasm(load: Importer): Promise<Runtime> {
  const tf = await loadCore(load);
  const wasm = exportsOf<typeof import('@tensorflow/tfjs-backend-wasm')>(await load('@tensorflow/tfjs-backend-wasm'));
  if (isNode()) wasm.setWasmPaths(await packageFolder('@tensorflow/tfjs-backend-wasm'));
  await withoutNewProcessListeners(() => startQuietly({ tf, backend: 'wasm', detail: '' }));
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  const threaded = await tf.env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT');
  const threads = threaded && simd ? wasm.getThreadsCount() : 1;
  const detail = `wasm${simd ? ', SIMD' : ''}, ${threads} thread${threads === 1 ? '' : 's'}`;
  return { tf, backend: 'wasm', detail };
}

async function startCpu(load: Importer): Promise<Runtime> {
  const tf = await loadCore(load);
  await load('@tensorflow/tfjs-backend-cpu');
  const runtime = { tf, backend: 'cpu', detail: 'cpu, plain JavaScript, slow' };
  await startQuietly(runtime);
  return runtime;
}

async function loadCore(load: Importer): Promise<Tfjs> {
  return exportsOf<Tfjs>(await load('@tensorflow/tfjs-core'));
}

async function startQuietly(runtime: Runtime): Promise<void> {
  await quietly(runtime.tf, () => start(runtime));
}

/** Runs a function without the banner and warnings of TensorFlow.js, which its production mode suppresses. */
export async function quietly<T>(tf: Tfjs, run: () => Promise<T>): Promise<T> {
  const before = tf.env().getBool('PROD');
  tf.env().set('PROD', true);
  try {
    return await run();
  } finally {
    tf.env().set('PROD', before);
  }
}

/** The importer outside of tests. */
export const importPackage: Importer = async (name) => {
  switch (name) {
    case '@tensorflow/tfjs-core':
      return import('@tensorflow/tfjs-core');
    case '@tensorflow/tfjs-backend-cpu':
      return import('@tensorflow/tfjs-backend-cpu');
    case '@tensorflow/tfjs-backend-wasm':
      return import('@tensorflow/tfjs-backend-wasm');
    case '@tensorflow/tfjs-backend-webgpu':
      return import('@tensorflow/tfjs-backend-webgpu');
    case 'webgpu': {
      // Not a dependency: compilers and bundlers must not try to resolve it.
      const optional: string = name;
      return import(optional);
    }
    default:
      return requireNative(name);
  }
};

async function requireNative(name: string): Promise<unknown> {
  const { createRequire } = await import('node:module');
  const require = createRequire(import.meta.url);
  restoreNullChecks(require('node:util'));
  // libtensorflow logs to stderr; level 3 leaves only fatal messages.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  return withMutedConsole(() => require(name));
}

/** Mutes the console around synchronous code, so that no other messages are lost. */
function withMutedConsole<T>(run: () => T): T {
  const { log, info, warn, error } = console;
  const mute = () => {};
  Object.assign(console, { log: mute, info: mute, warn: mute, error: mute });
  try {
    return run();
  } finally {
    Object.assign(console, { log, info, warn, error });
  }
}

async function packageFolder(name: string): Promise<string> {
  const { createRequire } = await import('node:module');
  const { dirname, sep } = await import('node:path');
  return dirname(createRequire(import.meta.url).resolve(name)) + sep;
}

/**
 * Removes the handlers that the wasm module's loader installs for all uncaught errors of the process: they rethrow every error and
 * print pages of the loader's source.
 */
async function withoutNewProcessListeners(run: () => Promise<void>): Promise<void> {
  if (!isNode()) return run();
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => process.listeners(event as 'uncaughtException'));
  await run();
  events.forEach((event, i) => {
    for (const listener of process.listeners(event as 'uncaughtException')) {
      const rethrows = /\bthrow (ex|reason)\b/.test(String(listener));
      if (rethrows && !before[i]!.includes(listener)) process.off(event, listener as () => void);
    }
  });
}
