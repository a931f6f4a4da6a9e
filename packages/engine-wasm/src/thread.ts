/** Threads in Node and in a browser. */
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

export function isNode(): boolean {
  return typeof process !== 'undefined' && process.versions?.node !== undefined;
}

/** Whether threads can share memory here; in a browser that takes a cross-origin isolated page. */
export function canShareMemory(): boolean {
  if (typeof SharedArrayBuffer === 'undefined') return false;
  return isNode() || (globalThis.crossOriginIsolated === true && typeof Worker !== 'undefined');
}

/** Cores this process may use. */
export async function availableCores(): Promise<number> {
  if (!isNode()) return globalThis.navigator?.hardwareConcurrency ?? 1;
  const { availableParallelism } = await import('node:os');
  return availableParallelism();
}

/** Starts a worker thread; resolves when it is ready to work. */
export function startWorker(setup: WorkerSetup): Promise<WorkerThread> {
  return isNode() ? startNodeWorkerThread(setup) : startWebWorkerThread(setup);
}

async function startNodeWorkerThread(setup: WorkerSetup): Promise<WorkerThread> {
  const { Worker } = await import('node:worker_threads');
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
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
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  await new Promise<void>((resolve, reject) => {
    worker.onmessage = () => resolve();
    worker.onerror = (event) => reject(new Error(`a thread of the engine failed: ${event.message}`));
    worker.postMessage(setup);
  });
  return {
    stop: () => worker.terminate(),
    onLost(callback) {
      worker.onerror = (event) => callback(new Error(`a thread of the engine failed: ${event.message}`));
    },
  };
}
