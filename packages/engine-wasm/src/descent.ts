/** SOAP on the engine's threads: its matrices are tasks, and its bases are brought up to date beside the next batch. */
import { ArgumentError, requireInteger, requireLength, requireOneOf } from '@dyadic/errors';
import { type Descent, LOSSES, type LoadedSamples, type Loss, type UpdateFactors } from '@dyadic/mnn';
import type { Job } from './runner.js';
import type { SoapMatrices, SoapVectors } from './soap-matrices.js';
import type { ThreadPool } from './thread-pool.js';

/** What a descent needs of its session. */
export interface DescentHost {
  /** @throws ArgumentError for samples that are not the session's, or indices beyond them */
  requireBatch(samples: LoadedSamples, indices: Uint32Array): void;
  /** Loss and gradient of a batch at the descent's parameters, as a job. */
  gradientJob(samples: LoadedSamples, indices: Uint32Array, loss: Loss): Job;
  /** The loss of a finished job; writes its gradient where the descent has it. */
  collect(parts: number): number;
  /** A view of the session's memory. @throws ArgumentError when the session is closed */
  floats(): Float32Array;
  free(): void;
}

/** How long steps follow each other before the event loop turns: files that are read meanwhile wait for it. */
const TURN_MS = 10;

/**
 * A step is two jobs. The first computes the gradient; threads that have no part of the batch left bring Gram matrices and bases
 * up to date with the gradient before. The second moves the parameters, matrix by matrix. Numbers are those of a step after the
 * other, as `Soap` does them, for any number of threads.
 */
export class WasmDescent implements Descent {
  readonly #soap: SoapMatrices;
  readonly #count: number;
  readonly #pool: ThreadPool;
  readonly #host: DescentHost;
  /** The bases have yet to see the last gradient. */
  #behind = false;
  #diverged = false;
  #closed = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(soap: SoapMatrices, parameterCount: number, pool: ThreadPool, host: DescentHost) {
    this.#soap = soap;
    this.#count = parameterCount;
    this.#pool = pool;
    this.#host = host;
  }

  write(parameters: Float32Array, vectors: Readonly<Record<string, Float32Array>>): void {
    const own = this.#views();
    requireLength('parameters', parameters, this.#count);
    for (const [name, vector] of Object.entries(own.vectors)) {
      requireLength(`vectors.${name}`, vectors[name]!, vector.length);
      vector.set(vectors[name]!);
    }
    own.parameters.set(parameters);
    this.#soap.restore();
    this.#behind = false;
    this.#diverged = false;
  }

  async run(
    samples: LoadedSamples,
    indices: Uint32Array,
    batchSize: number,
    factors: readonly UpdateFactors[],
    loss: Loss = 'squared-error',
  ): Promise<Float64Array> {
    this.#requireOpen();
    this.#host.requireBatch(samples, indices);
    requireInteger('batchSize', batchSize, { min: 1 });
    requireOneOf<Loss>('loss', loss, LOSSES);
    requireLength('factors', factors, Math.ceil(indices.length / batchSize));
    const losses = new Float64Array(factors.length).fill(Number.NaN);
    return this.#after(async () => {
      let turned = performance.now();
      for (let k = 0; k < factors.length && !this.#diverged; k++) {
        if (performance.now() - turned > TURN_MS) {
          await eventLoopTurn();
          turned = performance.now();
        }
        losses[k] = await this.#step(
          this.#host.gradientJob(samples, indices.subarray(k * batchSize, (k + 1) * batchSize), loss),
          factors[k]!,
        );
      }
      return losses;
    });
  }

  async read(parameters: Float32Array, vectors: Readonly<Record<string, Float32Array>>): Promise<void> {
    this.#requireOpen();
    await this.#after(async () => {
      if (this.#behind) await this.#pool.run(this.#withCurvature({ ...NO_BATCH }));
      this.#behind = false;
    });
    const own = this.#views();
    parameters.set(own.parameters);
    for (const [name, vector] of Object.entries(own.vectors)) vectors[name]!.set(vector);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#host.free();
  }

  async #step(gradient: Job, factors: UpdateFactors): Promise<number> {
    const soap = this.#soap;
    await this.#pool.run(this.#behind ? this.#withCurvature(gradient) : gradient);
    this.#behind = false;
    const loss = this.#host.collect(gradient.parts);
    if (!Number.isFinite(loss)) {
      this.#diverged = true;
      return loss;
    }
    soap.prepare(factors);
    await this.#pool.run({ ...NO_BATCH, kind: 'update', tasks: soap.tasks, soap: soap.address });
    this.#behind = true;
    return loss;
  }

  /** The same job with the tasks of the curvature behind its own. */
  #withCurvature(job: Job): Job {
    return { ...job, tasks: job.parts + this.#soap.tasks, soap: this.#soap.address };
  }

  /** Work after what was asked before. */
  #after<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }

  #views(): { parameters: Float32Array; vectors: SoapVectors } {
    this.#requireOpen();
    const start = this.#soap.parameters / 4;
    return {
      parameters: this.#host.floats().subarray(start, start + this.#count),
      vectors: this.#soap.vectors,
    };
  }

  #requireOpen(): void {
    if (this.#closed) throw new ArgumentError('descent', 'closed', 'an open one');
    this.#host.floats();
  }
}

const NO_BATCH: Job = {
  kind: 'gradient',
  tasks: 0,
  parts: 0,
  soap: 0,
  chunks: 0,
  inputs: 0,
  targets: 0,
  indices: 0,
  weights: 0,
  count: 0,
  root: 0,
};

/** Resolves once the event loop has run what was waiting; at once where that would take milliseconds, in a browser. */
function eventLoopTurn(): Promise<void> {
  if (typeof setImmediate !== 'function') return Promise.resolve();
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
