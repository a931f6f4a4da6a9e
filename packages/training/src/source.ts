import type { Network, Samples } from '@dyadic/mnn';

/** Samples that are read when they are needed, in the units the network works in: they need not fit in memory. */
export interface SampleSource {
  readonly count: number;
  /**
   * Writes the samples [first, first + count) to the places `at`, `at + 1`, … of `into`. Equal calls write equal numbers,
   * in whatever order they come.
   */
  readInto(first: number, count: number, into: Samples, at: number): Promise<void>;
}

/** Samples in memory, or where to read them. */
export type SampleData = Samples | SampleSource;

/** Samples read at a time by a pass over all of them, which bounds memory. */
const PIECE = 500;

/** Zeros for so many samples. */
export function emptySamples({ inputSize, outputSize, outputs }: Network, count: number): Samples {
  return {
    count,
    inputs: new Float32Array(count * inputSize),
    targets: new Float32Array(count * outputSize),
    weights: new Float32Array(count * outputs),
  };
}

/** The samples [first, first + count), as views. */
export function sliceSamples(
  { inputSize, outputSize, outputs }: Network,
  samples: Samples,
  first: number,
  count: number,
): Samples {
  const end = first + count;
  return {
    count,
    inputs: samples.inputs.subarray(first * inputSize, end * inputSize),
    targets: samples.targets.subarray(first * outputSize, end * outputSize),
    weights: samples.weights.subarray(first * outputs, end * outputs),
  };
}

/** The data as a source; samples in memory are copied from there. */
export function sourceOf(network: Network, data: SampleData): SampleSource {
  if ('readInto' in data) return data;
  return {
    count: data.count,
    async readInto(first, count, into, at) {
      const from = sliceSamples(network, data, first, count);
      const to = sliceSamples(network, into, at, count);
      for (const part of ['inputs', 'targets', 'weights'] as const) to[part].set(from[part]);
    },
  };
}

/** All of the data in memory; the data itself where it is there already. */
export async function holdSamples(network: Network, data: SampleData): Promise<Samples> {
  if (!('readInto' in data)) return data;
  const held = emptySamples(network, data.count);
  for (let first = 0; first < data.count; first += PIECE) {
    await data.readInto(first, Math.min(PIECE, data.count - first), held, first);
  }
  return held;
}

/** The data piece by piece, in order. A piece is good until the next one is asked for. */
export async function* pieces(network: Network, data: SampleData): AsyncGenerator<{ first: number; samples: Samples }> {
  const buffer = 'readInto' in data ? emptySamples(network, Math.min(PIECE, data.count)) : data;
  for (let first = 0; first < data.count; first += PIECE) {
    const count = Math.min(PIECE, data.count - first);
    if ('readInto' in data) await data.readInto(first, count, buffer, 0);
    yield { first, samples: sliceSamples(network, buffer, 'readInto' in data ? 0 : first, count) };
  }
}

/** A source that calls `check` before each reading; what it throws ends the reading. */
export function checkedSource(source: SampleSource, check: () => void): SampleSource {
  return {
    count: source.count,
    async readInto(...where) {
      check();
      await source.readInto(...where);
    },
  };
}
