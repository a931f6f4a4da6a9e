/** Threads in Node and in a browser. */
import { workerProgram } from '../dist/worker-program.js';
import { nodeModule } from './node-module.js';
import type { Plan } from './plan.js';

/** What a worker thread is given. */
export interface WorkerSetup {
  readonly plan: Plan;
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Number of the thread; the one that posts jobs is 0. */
  readonly thread: number;
}

/** A running worker thread. It does not keep a Node process alive. */
export interface WorkerThread {
  stop(): void;
  /** Calls back when the thread has ended other than by `stop`. */
  onLost(callback: (error: Error) => void): void;
}

/** Whether threads can share memory here; in a browser that takes a cross-origin isolated page. */
export function canShareMemory(): boolean {
  if (typeof SharedArrayBuffer === 'undefined') return false;
  if (nodeModule('node:worker_threads')) return true;
  return globalThis.crossOriginIsolated === true && typeof Worker !== 'undefined';
}

/** Cores this process may use. */
export function availableCores(): number {
  return nodeModule('node:os')?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}

/** Starts a worker thread; resolves when it is ready to work. */
export function startWorker(setup: WorkerSetup): Promise<WorkerThread> {
  const threads = nodeModule('node:worker_threads');
  return threads ? startNodeWorkerThread(threads, setup) : startWebWorkerThread(setup);
}

async function startNodeWorkerThread(
  { Worker }: typeof import('node:worker_threads'),
  setup: WorkerSetup,
): Promise<WorkerThread> {
  const worker = new Worker(workerProgram, {
    eval: true,
    workerData: setup,
    // Flags of the process are not for workers: some, such as --input-type, keep them from starting.
    execArgv: [],
  });
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`a thread of the engine ended with code ${code}`)));
  });
  worker.removeAllListeners();
  worker.unref();
  let stopped = false;
  return {
    stop() {
      stopped = true;
      void worker.terminate();
    },
    onLost(callback) {
      worker.on('error', callback);
      worker.on('exit', (code) => {
        if (!stopped) callback(new Error(`a thread of the engine ended with code ${code}`));
      });
    },
  };
}

async function startWebWorkerThread(setup: WorkerSetup): Promise<WorkerThread> {
  const url = URL.createObjectURL(new Blob([workerProgram], { type: 'text/javascript' }));
  const worker = new Worker(url);
  try {
    await new Promise<void>((resolve, reject) => {
      worker.onmessage = () => resolve();
      worker.onerror = ({ message }) => reject(new Error(`a thread of the engine failed: ${message || REFUSED}`));
      worker.postMessage(setup);
    });
  } finally {
    URL.revokeObjectURL(url);
  }
  return {
    stop: () => worker.terminate(),
    onLost(callback) {
      worker.onerror = (event) => callback(new Error(`a thread of the engine failed: ${event.message}`));
    },
  };
}

/** A browser says nothing where the policy of the page forbids a worker. */
const REFUSED = "a Content-Security-Policy has to allow 'worker-src blob:'";
