import { NumericalError } from '@dyadic/errors';
import { type JobQueue, jobQueue } from './job-queue.js';
import type { Kernels } from './kernels.js';
import type { Plan } from './plan.js';
import { type Job, Runner } from './runner.js';
import { startWorker, type WorkerThread } from './thread.js';

/** Threads that share the tasks of a job: the calling one and workers. */
export class ThreadPool {
  readonly #runner: Runner;
  readonly #queue: JobQueue | undefined;
  readonly #workers: readonly WorkerThread[];
  #lost: Error | undefined;

  private constructor(runner: Runner, queue: JobQueue | undefined, workers: readonly WorkerThread[]) {
    this.#runner = runner;
    this.#queue = queue;
    this.#workers = workers;
    for (const worker of workers) worker.onLost((error) => (this.#lost ??= error));
  }

  /** The calling thread by itself. */
  static alone(plan: Plan, kernels: Kernels): ThreadPool {
    return new ThreadPool(new Runner(plan, kernels, 0), undefined, []);
  }

  /** Starts `threads` − 1 workers beside the calling thread. More than one thread needs a shared memory. */
  static async start(
    threads: number,
    plan: Plan,
    kernels: Kernels,
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
  ): Promise<ThreadPool> {
    if (threads === 1) return ThreadPool.alone(plan, kernels);
    const runner = new Runner(plan, kernels, 0);
    const queue = jobQueue(memory.buffer, plan.control);
    const starting = Array.from({ length: threads - 1 }, (_, i) =>
      startWorker({ plan, module, memory, thread: i + 1 }),
    );
    const workers = await Promise.allSettled(starting);
    const failed = workers.find((result) => result.status === 'rejected');
    const started = workers.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    if (failed) {
      for (const worker of started) worker.stop();
      throw failed.reason;
    }
    return new ThreadPool(runner, queue, started);
  }

  /** Runs all tasks of a job. The results do not depend on which thread runs which task. */
  async run(job: Job): Promise<void> {
    const queue = this.#queue;
    if (queue === undefined || job.tasks === 1) return this.runHere(job);
    const generation = queue.post(job);
    for (let task: number; (task = queue.take(generation, job.tasks)) >= 0; ) {
      this.#runner.run(job, task);
      queue.complete(job.tasks);
    }
    while (!queue.awaitCompletion(job.tasks)) {
      // Lets the event that a worker has died arrive, and keeps a browser's page responsive.
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (this.#lost) throw this.#lost;
    }
    if (queue.failed) throw new NumericalError('a thread of the engine failed; open a new session');
  }

  /** Runs all tasks of a job on the calling thread, at once. */
  runHere(job: Job): void {
    for (let task = 0; task < job.tasks; task++) this.#runner.run(job, task);
  }

  /** Tasks that workers have completed so far. */
  get completedByWorkers(): number {
    return this.#queue?.completedByWorkers ?? 0;
  }

  close(): void {
    this.#queue?.stop();
    for (const worker of this.#workers) worker.stop();
  }
}
