import type { Job } from './runner.js';

/*
 * Words of the queue. TICKET holds the generation of the job in its upper and the next task in its lower half, so
 * that one compare-and-exchange takes a task of that job and of no other.
 */
const TICKET = 0;
const COMPLETED = 16;
const STOPPED = 32;
const FAILED = 33;
/** Tasks that workers have completed, over all jobs. */
const BY_WORKERS = 34;
const FIELDS = 48;
const TASK_BITS = 16;
const CLOSED = 2 ** TASK_BITS - 1;
const GENERATIONS = 2 ** (31 - TASK_BITS);

/** How long an idle thread polls for a job before it sleeps: waking a sleeping thread costs about as much. */
const IDLE_SPIN_MS = 0.05;
/** How long the thread that posted a job polls for its completion before it sleeps. */
const COMPLETION_SPIN_MS = 0.2;
/** The longest sleep; the thread that posted a job then checks that the workers are alive. */
const SLEEP_MS = 1000;

/** The current job in shared memory, and the atomic operations that hand out its tasks. */
export interface JobQueue {
  /** Publishes a job and wakes the workers. @returns the job's generation */
  post(job: Job): number;
  /** Claims a task of the job; −1 when none is left. */
  take(generation: number, tasks: number): number;
  /** Marks one task as completed. */
  complete(tasks: number): void;
  /** Counts a task that a worker completed. */
  countWorkerTask(): void;
  /** Tasks that workers have completed so far. */
  readonly completedByWorkers: number;
  /** Marks the job as failed. */
  fail(): void;
  readonly failed: boolean;
  /** Waits until all tasks are completed; false after a timeout, or where this thread may not block. */
  awaitCompletion(tasks: number): boolean;
  /** Waits for a job newer than the given generation; undefined when the pool has stopped. */
  awaitJob(after: number): { generation: number; job: Job } | undefined;
  /** Stops all workers. */
  stop(): void;
}

/** The queue at `address` of a shared memory. */
export function jobQueue(buffer: ArrayBufferLike, address: number): JobQueue {
  const words = new Int32Array(buffer, address, 64);
  const generationOf = (ticket: number) => ticket >>> TASK_BITS;

  return {
    post(job) {
      const generation = (generationOf(Atomics.load(words, TICKET)) + 1) % GENERATIONS;
      writeJob(words, job);
      Atomics.store(words, COMPLETED, 0);
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

    complete(tasks) {
      if (Atomics.add(words, COMPLETED, 1) === tasks - 1) Atomics.notify(words, COMPLETED);
    },

    countWorkerTask() {
      Atomics.add(words, BY_WORKERS, 1);
    },

    get completedByWorkers() {
      return Atomics.load(words, BY_WORKERS);
    },

    fail() {
      Atomics.store(words, FAILED, 1);
    },

    get failed() {
      return Atomics.load(words, FAILED) === 1;
    },

    awaitCompletion(tasks) {
      const asleepAfter = performance.now() + COMPLETION_SPIN_MS;
      while (Atomics.load(words, COMPLETED) < tasks && performance.now() < asleepAfter);
      for (let done: number; (done = Atomics.load(words, COMPLETED)) < tasks; ) {
        if (!sleep(words, COMPLETED, done, SLEEP_MS)) return false;
      }
      // A late worker must not claim tasks of the next job with this job's fields: no task number is below CLOSED.
      Atomics.or(words, TICKET, CLOSED);
      return true;
    },

    awaitJob(after) {
      const asleepAfter = performance.now() + IDLE_SPIN_MS;
      for (let spinning = true; ; spinning &&= performance.now() < asleepAfter) {
        if (Atomics.load(words, STOPPED) === 1) return undefined;
        const ticket = Atomics.load(words, TICKET);
        const generation = generationOf(ticket);
        if (generation !== after && (ticket & CLOSED) !== CLOSED) return { generation, job: readJob(words) };
        if (!spinning) sleep(words, TICKET, ticket, SLEEP_MS);
      }
    },

    stop() {
      Atomics.store(words, STOPPED, 1);
      Atomics.notify(words, TICKET);
    },
  };
}

/** Sleeps while a word has a value. False after a timeout, or on a browser's main thread, which may not block. */
function sleep(words: Int32Array, index: number, value: number, milliseconds: number): boolean {
  try {
    return Atomics.wait(words, index, value, milliseconds) !== 'timed-out';
  } catch {
    return false;
  }
}

const KINDS: readonly Job['kind'][] = ['gradient', 'predict', 'update'];

function writeJob(words: Int32Array, job: Job): void {
  const { kind, tasks, parts, soap, chunks, inputs, targets, indices, weights, count, root } = job;
  const code = KINDS.indexOf(kind);
  words.set([code, tasks, parts, soap, chunks, inputs, targets, indices, weights, count, root], FIELDS);
}

function readJob(words: Int32Array): Job {
  const field = (index: number) => words[FIELDS + index]! >>> 0;
  return {
    kind: KINDS[field(0)]!,
    tasks: field(1),
    parts: field(2),
    soap: field(3),
    chunks: field(4),
    inputs: field(5),
    targets: field(6),
    indices: field(7),
    weights: field(8),
    count: field(9),
    root: field(10),
  };
}
