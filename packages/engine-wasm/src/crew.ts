import { NumericalError } from '@dyadic/errors';
import { type JobBoard, readBoard } from './board.js';
import type { Kernels } from './kernels.js';
import type { Plan } from './plan.js';
import { type Job, Runner } from './runner.js';
import { type Helper, startHelper } from './thread.js';

/** Threads that share the tasks of a job: this one, and helpers. */
export class Crew {
  readonly #runner: Runner;
  readonly #board: JobBoard | undefined;
  readonly #helpers: readonly Helper[];
  #lost: Error | undefined;

  private constructor(runner: Runner, board: JobBoard | undefined, helpers: readonly Helper[]) {
    this.#runner = runner;
    this.#board = board;
    this.#helpers = helpers;
    for (const helper of helpers) helper.onLost((error) => (this.#lost ??= error));
  }

  /** A crew of `threads` threads, this one included. Helpers need a memory that threads share. */
  static async gather(
    threads: number,
    plan: Plan,
    kernels: Kernels,
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
  ): Promise<Crew> {
    const runner = new Runner(plan, kernels, 0);
    if (threads === 1) return new Crew(runner, undefined, []);
    const board = readBoard(memory.buffer, plan.control);
    const starting = Array.from({ length: threads - 1 }, (_, i) =>
      startHelper({ plan, module, memory, thread: i + 1 }),
    );
    const helpers = await Promise.allSettled(starting);
    const failed = helpers.find((result) => result.status === 'rejected');
    const started = helpers.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    if (failed) {
      for (const helper of started) helper.stop();
      throw failed.reason;
    }
    return new Crew(runner, board, started);
  }

  /** Runs all tasks of a job. Which thread runs a task has no influence on what it computes. */
  async run(job: Job): Promise<void> {
    const board = this.#board;
    if (board === undefined || job.tasks === 1) {
      for (let task = 0; task < job.tasks; task++) this.#runner.run(job, task);
      return;
    }
    const generation = board.post(job);
    for (let task: number; (task = board.take(generation, job.tasks)) >= 0; ) {
      this.#runner.run(job, task);
      board.finish(job.tasks);
    }
    while (!board.awaitFinished(job.tasks)) {
      // Lets the news of a lost thread in, and keeps a browser's page alive.
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (this.#lost) throw this.#lost;
    }
    if (board.failed) throw new NumericalError('a thread of the engine failed; open a new session');
  }

  /** Tasks that helpers have done so far. */
  get helped(): number {
    return this.#board?.helped ?? 0;
  }

  close(): void {
    this.#board?.stop();
    for (const helper of this.#helpers) helper.stop();
  }
}
