/** How each backend is loaded and started. Nothing is imported before it is asked for. */
import { exportsOf, type Importer, isNode, Unavailable } from './importer.js';
import { restoreNullChecks } from './node-shim.js';
import { type Runtime, start, type Tfjs } from './tfjs.js';
import { graphicsAdapter } from './webgpu.js';

/** A way of running TensorFlow.js, best first: see the README for what each one needs. */
export type TensorflowBackend = 'node-gpu' | 'node' | 'webgpu' | 'wasm' | 'cpu';

type Start = (load: Importer) => Promise<Runtime>;

/** Every backend in the order of preference. */
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

/** Runs something with the banner and warnings of TensorFlow.js off: it prints none in what it calls production. */
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
      // Not a dependency: what is not there must not be looked for when this is compiled or bundled.
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
  // libtensorflow writes its own notes to stderr; 3 leaves fatal ones only.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  return withMutedConsole(() => require(name));
}

/** Only around synchronous code, so that nobody else's messages are lost. */
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
 * The wasm module's loader makes every uncaught error of the process its own and throws it again, with its source
 * line printed over pages; errors of the program are none of its business.
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
