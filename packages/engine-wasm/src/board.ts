import type { Job } from './runner.js';

/*
 * Words of the board. TICKET holds the generation of the job in its upper and the next task in its lower half, so
 * that one compare-and-exchange takes a task of that job and of no other.
 */
const TICKET = 0;
const FINISHED = 16;
const STOPPED = 32;
const FAILED = 33;
/** Tasks that helpers have done, over all jobs. */
const HELPED = 34;
const FIELDS = 48;
const TASK_BITS = 16;
const CLOSED = 2 ** TASK_BITS - 1;
const GENERATIONS = 2 ** (31 - TASK_BITS);

/** How long a thread looks for news before it sleeps, in milliseconds: waking a sleeper costs about as much. */
const SPIN = 0.05;
/** How long the thread that posted a job looks for its end before it sleeps. */
const FINAL_SPIN = 0.2;
/** How long it then sleeps at most before it looks after its helpers. */
const PATIENCE = 1000;

/** Where a job lies for all threads to see, and the atomic operations on it. */
export interface JobBoard {
  /** Posts a job and wakes the helpers. @returns its generation. */
  post(job: Job): number;
  /** Takes a task of the job, or returns −1 when none is left. */
  take(generation: number, tasks: number): number;
  /** Reports one task as done. */
  finish(tasks: number): void;
  /** Counts a task that a helper did. */
  countHelp(): void;
  /** Tasks that helpers have done so far. */
  readonly helped: number;
  /** Reports this thread as unable to go on with its task. */
  fail(): void;
  readonly failed: boolean;
  /** Waits until all tasks are done; false when that takes long or this thread may not sleep. */
  awaitFinished(tasks: number): boolean;
  /** Waits for a job after the given generation; undefined when the crew has stopped. */
  awaitJob(after: number): { generation: number; job: Job } | undefined;
  /** Sends everybody home. */
  stop(): void;
}

/** The board at `address` in a memory that threads share. */
export function readBoard(buffer: ArrayBufferLike, address: number): JobBoard {
  const words = new Int32Array(buffer, address, 64);
  const generationOf = (ticket: number) => ticket >>> TASK_BITS;

  return {
    post(job) {
      const generation = (generationOf(Atomics.load(words, TICKET)) + 1) % GENERATIONS;
      writeJob(words, job);
      Atomics.store(words, FINISHED, 0);
      Atomics.store(words, TICKET, generation << TASK_BITS);
      Atomics.notify(words, TICKET);
      return generation;
    },

    take(generation, tasks) {
      for (;;) {
        const ticket = Atomics.load(words, TICKET);
        const task = ticket & CLOSED;
        if (generationOf(ticket) !== generation || task >= tasks) return -1;
        if (Atomics.compareExchange(words, TICKET, ticket, ticket + 1) === ticket) return task;
      }
    },

    finish(tasks) {
      if (Atomics.add(words, FINISHED, 1) === tasks - 1) Atomics.notify(words, FINISHED);
    },

    countHelp() {
      Atomics.add(words, HELPED, 1);
    },

    get helped() {
      return Atomics.load(words, HELPED);
    },

    fail() {
      Atomics.store(words, FAILED, 1);
    },

    get failed() {
      return Atomics.load(words, FAILED) === 1;
    },

    awaitFinished(tasks) {
      const asleepAfter = performance.now() + FINAL_SPIN;
      while (Atomics.load(words, FINISHED) < tasks && performance.now() < asleepAfter);
      for (let done: number; (done = Atomics.load(words, FINISHED)) < tasks; ) {
        if (!sleep(words, FINISHED, done, PATIENCE)) return false;
      }
      // A helper that is late must not take the next job's tasks with this job's fields: no task number is below this.
      Atomics.or(words, TICKET, CLOSED);
      return true;
    },

    awaitJob(after) {
      const asleepAfter = performance.now() + SPIN;
      for (let spinning = true; ; spinning &&= performance.now() < asleepAfter) {
        if (Atomics.load(words, STOPPED) === 1) return undefined;
        const ticket = Atomics.load(words, TICKET);
        const generation = generationOf(ticket);
        if (generation !== after && (ticket & CLOSED) !== CLOSED) return { generation, job: readJob(words) };
        if (!spinning) sleep(words, TICKET, ticket, PATIENCE);
      }
    },

    stop() {
      Atomics.store(words, STOPPED, 1);
      Atomics.notify(words, TICKET);
    },
  };
}

/** Sleeps while a word has a value. False when time is up, or when this thread, a page's, may not sleep. */
function sleep(words: Int32Array, index: number, value: number, milliseconds: number): boolean {
  try {
    return Atomics.wait(words, index, value, milliseconds) !== 'timed-out';
  } catch {
    return false;
  }
}

function writeJob(words: Int32Array, job: Job): void {
  const { kind, tasks, chunks, inputs, targets, indices, weights, count, root } = job;
  words.set([kind === 'predict' ? 1 : 0, tasks, chunks, inputs, targets, indices, weights, count, root], FIELDS);
}

function readJob(words: Int32Array): Job {
  const field = (index: number) => words[FIELDS + index]! >>> 0;
  return {
    kind: field(0) === 1 ? 'predict' : 'gradient',
    tasks: field(1),
    chunks: field(2),
    inputs: field(3),
    targets: field(4),
    indices: field(5),
    weights: field(6),
    count: field(7),
    root: field(8),
  };
}
