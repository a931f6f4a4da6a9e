/** SOAP's state in WebAssembly memory, and the parts of its step as tasks; `assembly/soap.ts` does them. */
import { power } from '@dyadic/elementary';
import type { RotatedMatrix, UpdateFactors, UpdateRule } from '@dyadic/mnn';
import { engineModule } from './binary.js';
import { instantiate, type Kernels } from './kernels.js';
import { createMemory } from './memory.js';

/** Floats that a matrix takes of the moments, of Gram matrices and bases, and of what need not be saved. */
export interface SoapSizes {
  readonly moments: number;
  readonly squares: number;
  readonly scratch: number;
}

/** Words of the classes `State` and `Block` of the assembly, the first rounded up to whole doubles. */
const STATE_BYTES = 6 * 4 + 7 * 8;
const STEP = 4;
const FACTORS = 6 * 4;
const BLOCK_WORDS = 21;

/** Tasks of a part, whatever the number of threads: enough that they finish together. */
const MOST_TASKS = 64;

/** Floats of a padded row of n. */
const padded = (n: number) => Math.ceil(n / 4) * 4;
const square = (side: number) => side * padded(side);

/** What the state of one matrix takes. */
function soapSizes({ rows, columns, left, right }: RotatedMatrix): SoapSizes {
  const matrix = rows * padded(columns);
  const largest = Math.max(left, right);
  const work = 4 * matrix + columns * padded(rows) + square(largest) + padded(largest);
  return {
    moments: matrix,
    squares: square(left) + square(right),
    scratch: work + square(left) + square(right) + BLOCK_WORDS,
  };
}

/** What the states of matrices take together, each as many times as it has copies. */
export function sumOfSizes(matrices: readonly (RotatedMatrix & { readonly copies?: number })[]): SoapSizes {
  const sum = { moments: 0, squares: 0, scratch: 0 };
  for (const matrix of matrices) {
    const [sizes, copies] = [soapSizes(matrix), matrix.copies ?? 1];
    for (const part of ['moments', 'squares', 'scratch'] as const) sum[part] += copies * sizes[part];
  }
  return sum;
}

/** Bytes of the state of matrices that take so many floats together, with its own parameters and gradient. */
export function soapBytes({ moments, squares, scratch }: SoapSizes, parameters: number): number {
  const beside = STATE_BYTES + 8 + 4 * (MOST_TASKS + 1) + 8 * padded(parameters);
  return 4 * (2 * (moments + squares) + scratch) + beside;
}

/** A rule with matrices. */
export type SoapRule = UpdateRule & { readonly matrices: readonly RotatedMatrix[] };

/** The vectors of the state, as optimizers save them. */
const VECTORS = ['firstMoment', 'secondMoment', 'grams', 'bases'] as const;
export type SoapVectors = Readonly<Record<(typeof VECTORS)[number], Float32Array>>;

/** The state of SOAP for a rule's matrices: where it lies in a memory, and what is done with it. */
export class SoapMatrices {
  /** Tasks of each part of a step. */
  readonly tasks: number;
  /** Address that the kernels know the state by. */
  readonly address: number;
  /** Addresses of the parameters that a step moves and of the gradient that it moves them by. */
  readonly parameters: number;
  readonly gradient: number;
  readonly #rule: SoapRule;
  readonly #kernels: Kernels;
  readonly #memory: WebAssembly.Memory;
  readonly #vectors: Readonly<Record<keyof SoapVectors, readonly [address: number, floats: number]>>;

  /** @param start - Address, a multiple of 16, of {@link soapBytes} zeros. */
  constructor(rule: SoapRule, parameters: number, kernels: Kernels, memory: WebAssembly.Memory, start: number) {
    this.#rule = rule;
    this.#kernels = kernels;
    this.#memory = memory;
    const { matrices } = rule;
    const { moments, squares } = sumOfSizes(matrices);
    const starts = [start, start + 4 * moments, start + 8 * moments, start + 8 * moments + 4 * squares];
    this.#vectors = {
      firstMoment: [starts[0]!, moments],
      secondMoment: [starts[1]!, moments],
      grams: [starts[2]!, squares],
      bases: [starts[3]!, squares],
    };
    const next = [...starts, starts[3]! + 4 * squares];
    const take = (part: 0 | 1 | 2 | 3 | 4, floats: number) => {
      const address = next[part]!;
      next[part] = address + 4 * floats;
      return address;
    };
    const blocks = matrices.map(({ offset, rows, columns, left, right }, number) => {
      const matrix = rows * padded(columns);
      const largest = Math.max(left, right);
      return [
        ...[number, 4 * offset, rows, columns, left, right, take(0, matrix), take(1, matrix)],
        ...[take(2, square(left)), take(2, square(right)), take(3, square(left)), take(3, square(right))],
        ...[take(4, square(left)), take(4, square(right)), take(4, matrix), take(4, columns * padded(rows))],
        ...[take(4, matrix), take(4, matrix), take(4, matrix), take(4, square(largest)), take(4, padded(largest))],
      ];
    });
    this.parameters = take(4, padded(parameters));
    this.gradient = take(4, padded(parameters));
    this.address = Math.ceil(take(4, 0) / 8) * 8;
    const records = this.address + STATE_BYTES;
    const cuts = cutsOf(matrices);
    this.tasks = cuts.length - 1;
    const words = new Uint32Array(memory.buffer);
    blocks.forEach((block, i) => {
      words.set(block, records / 4 + i * BLOCK_WORDS);
    });
    const cutsAt = records + 4 * BLOCK_WORDS * blocks.length;
    words.set(
      cuts.map((block) => records + 4 * BLOCK_WORDS * block),
      cutsAt / 4,
    );
    words.set([records, cutsAt, this.gradient, this.parameters], this.address / 4);
    this.#startBases(blocks);
  }

  /** Live where the memory does not grow. */
  get vectors(): SoapVectors {
    const view = ([address, floats]: readonly [number, number]) =>
      new Float32Array(this.#memory.buffer, address, floats);
    const entries = VECTORS.map((name) => [name, view(this.#vectors[name])]);
    return Object.fromEntries(entries) as SoapVectors;
  }

  /** Recomputes what is kept beside the vectors. */
  restore(): void {
    for (let task = 0; task < this.tasks; task++) this.#kernels.soapRestoreBases(this.address, task);
  }

  /** Says which step comes. */
  prepare({ step, learningRate, shrink, second }: UpdateFactors): void {
    const { beta1, beta2, epsilon, refreshEvery = 1 } = this.#rule;
    const { buffer } = this.#memory;
    new Int32Array(buffer, this.address + 4 * STEP, 2).set([step, refreshEvery]);
    const first = step === 0 ? 0 : 1 / (1 - power(beta1, step));
    const factors = [learningRate, shrink, beta1, beta2, epsilon, first, second];
    new Float64Array(buffer, this.address + FACTORS, factors.length).set(factors);
  }

  /** A whole step on the calling thread. */
  step(parameters: Float32Array, gradient: Float32Array, factors: UpdateFactors): void {
    this.prepare(factors);
    const { buffer } = this.#memory;
    const own = new Float32Array(buffer, this.parameters, parameters.length);
    own.set(parameters);
    new Float32Array(buffer, this.gradient, gradient.length).set(gradient);
    this.update();
    this.curvature();
    parameters.set(own);
  }

  update(): void {
    for (let task = 0; task < this.tasks; task++) this.#kernels.soapUpdate(this.address, task);
  }

  curvature(): void {
    for (let task = 0; task < this.tasks; task++) this.#kernels.soapCurvature(this.address, task);
  }

  /** Bases begin as identities. */
  #startBases(blocks: readonly (readonly number[])[]): void {
    const floats = new Float32Array(this.#memory.buffer);
    for (const block of blocks) {
      const [left, right, leftTransposed, rightTransposed] = [block[4]!, block[5]!, block[10]!, block[11]!];
      for (let i = 0; i < left; i++) floats[leftTransposed / 4 + i * (padded(left) + 1)] = 1;
      for (let i = 0; i < right; i++) floats[rightTransposed / 4 + i * (padded(right) + 1)] = 1;
    }
    this.restore();
  }
}

/** The state in a memory of its own, for the calling thread. @throws ArgumentError when the memory is refused */
export function soapMatrices(rule: SoapRule, parameters: number): SoapMatrices {
  const start = 64;
  const memory = createMemory(start + soapBytes(sumOfSizes(rule.matrices), parameters), false);
  return new SoapMatrices(rule, parameters, instantiate(engineModule('single'), memory), memory, start);
}

/** Numbers of the first matrices of tasks that cost about the same, and the number of matrices. */
function cutsOf(matrices: readonly RotatedMatrix[]): number[] {
  const costs = matrices.map(({ rows, columns, left, right }) => rows * columns * (4 + left + right));
  const share = costs.reduce((sum, cost) => sum + cost, 0) / Math.min(MOST_TASKS, matrices.length);
  const cuts = [0];
  let sum = 0;
  costs.forEach((cost, i) => {
    sum += cost;
    if (sum < cuts.length * share && i + 1 < matrices.length) return;
    if (cuts.length < MOST_TASKS || i + 1 === matrices.length) cuts.push(i + 1);
  });
  return cuts;
}
