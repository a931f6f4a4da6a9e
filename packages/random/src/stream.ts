import { cos, log, sin } from '@dyadic/elementary';
import { ArgumentError, requireInteger } from '@dyadic/errors';
import { philox4x32 } from './philox.js';

const TWO_32 = 2 ** 32;

/**
 * One stream of random numbers; open it with {@link randomStream}. Draw number n is a pure function of (seed, purpose,
 * index, n): the Philox key is the seed, the counter is (block, hash of the purpose, index). Streams of one purpose and
 * different indices never overlap. A 32-bit hash distinguishes purposes: two purposes name the same streams with
 * probability 2⁻³², and otherwise never overlap. A stream repeats after 2³⁴ words.
 *
 * Uniform draws are exact integer arithmetic, and {@link RandomStream.normal} takes its logarithm, sine and cosine from
 * `@dyadic/elementary`, so every runtime draws the same bits.
 */
export class RandomStream {
  readonly #key0: number;
  readonly #key1: number;
  readonly #purpose: number;
  readonly #index0: number;
  readonly #index1: number;
  readonly #words = new Uint32Array(4);
  #block = 0;
  #next = 4;
  #spareNormal: number | undefined;

  constructor(seed: number, purpose: string, index: number) {
    requireInteger('seed', seed, { min: 0 });
    requireInteger('index', index, { min: 0 });
    this.#key0 = seed % TWO_32;
    this.#key1 = Math.floor(seed / TWO_32);
    this.#purpose = fnv1a(purpose);
    this.#index0 = index % TWO_32;
    this.#index1 = Math.floor(index / TWO_32);
  }

  /** An integer, uniform on [0, 2³²). One word of the stream. */
  uint32(): number {
    if (this.#next === 4) {
      this.#words.set([this.#block++, this.#purpose, this.#index0, this.#index1]);
      philox4x32(this.#words, this.#key0, this.#key1);
      this.#next = 0;
    }
    return this.#words[this.#next++]!;
  }

  /** A number, uniform on [low, high), default [0, 1), with 53 random bits. Two words of the stream. */
  uniform(low = 0, high = 1): number {
    const upper = this.uint32() >>> 5;
    const lower = this.uint32() >>> 6;
    return low + (high - low) * ((upper * 2 ** 26 + lower) / 2 ** 53);
  }

  /** A standard normal number, mean 0 and variance 1 (Box and Muller 1958). Keeps the second of each pair for the next call. */
  normal(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal;
      this.#spareNormal = undefined;
      return spare;
    }
    const radius = Math.sqrt(-2 * log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spareNormal = radius * sin(angle);
    return radius * cos(angle);
  }

  /** An integer, uniform on [0, bound), without modulo bias. @throws ArgumentError unless `bound` is an integer from 1 to 2³² */
  integer(bound: number): number {
    requireInteger('bound', bound, { min: 1, max: TWO_32 });
    const limit = TWO_32 - (TWO_32 % bound);
    let word = this.uint32();
    while (word >= limit) word = this.uint32();
    return word % bound;
  }

  /**
   * A uniformly random permutation of 0, 1, …, count − 1 (Fisher and Yates).
   *
   * @throws ArgumentError unless `count` is an integer from 0 to 2³²
   */
  permutation(count: number): Uint32Array {
    requireInteger('count', count, { min: 0, max: TWO_32 });
    const order = Uint32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const swap = order[i]!;
      order[i] = order[j]!;
      order[j] = swap;
    }
    return order;
  }
}

/**
 * Opens the stream named (seed, purpose, index).
 *
 * @param seed - The user's seed, an integer from 0 to 2⁵³ − 1.
 * @param purpose - What the numbers are for, such as `'potentials/wells'`: separates the uses of one seed. Two texts
 *   coincide with probability 2⁻³².
 * @param index - Number of the stream among those of one purpose, such as the sample or the epoch; an integer from 0 to
 *   2⁵³ − 1, default 0.
 * @throws ArgumentError for a seed or index outside its range, or an empty purpose
 */
export function randomStream(seed: number, purpose: string, index = 0): RandomStream {
  if (typeof purpose !== 'string' || purpose === '') throw new ArgumentError('purpose', purpose, 'a non-empty text');
  return new RandomStream(seed, purpose, index);
}

/** The 32-bit FNV-1a hash of the UTF-16 code units of a string. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
