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

/** Numbers of the outputs of a piece of samples that are in memory anyway: engines predict many at a time best. */
const PIECE_NUMBERS = 2 ** 22;

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

/** Whether a sample weighs nothing: its target is zero everywhere, and no relative error is of it. */
export function isLeftOut({ outputs }: Network, { weights }: Samples, sample: number): boolean {
  for (let c = 0; c < outputs; c++) if (weights[sample * outputs + c] !== 0) return false;
  return true;
}

/** The data, and the numbers of the samples read of it so far that are left out; of samples in memory all of them. */
export function watchLeftOut<T extends SampleData>(
  network: Network,
  data: T,
): { data: T; leftOut: ReadonlySet<number> };
export function watchLeftOut(network: Network, data: SampleData): { data: SampleData; leftOut: ReadonlySet<number> } {
  const leftOut = new Set<number>();
  const see = (samples: Samples, at: number, first: number, count: number) => {
    for (let s = 0; s < count; s++) if (isLeftOut(network, samples, at + s)) leftOut.add(first + s);
  };
  if (!('readInto' in data)) {
    see(data, 0, 0, data.count);
    return { data, leftOut };
  }
  const watched: SampleSource = {
    count: data.count,
    async readInto(first, count, into, at) {
      await data.readInto(first, count, into, at);
      see(into, at, first, count);
    },
  };
  return { data: watched, leftOut };
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
  const isRead = 'readInto' in data;
  const most = isRead ? PIECE : Math.max(PIECE, Math.floor(PIECE_NUMBERS / network.outputSize));
  const buffer = isRead ? emptySamples(network, Math.min(most, data.count)) : data;
  for (let first = 0; first < data.count; first += most) {
    const count = Math.min(most, data.count - first);
    if (isRead) await data.readInto(first, count, buffer, 0);
    yield { first, samples: sliceSamples(network, buffer, isRead ? 0 : first, count) };
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

/** The data with the weights of output field c times ω_c/mean(ω): the loss counts the fields by these. */
export function weighFields(network: Network, data: SampleData, fieldWeights?: readonly number[]): SampleData {
  if (!fieldWeights) return data;
  const mean = fieldWeights.reduce((sum, weight) => sum + weight, 0) / fieldWeights.length;
  const factors = fieldWeights.map((weight) => weight / mean);
  const weigh = (weights: Float32Array) => {
    for (let i = 0; i < weights.length; i++) weights[i]! *= factors[i % factors.length]!;
  };
  if (!('readInto' in data)) {
    const weights = data.weights.slice();
    weigh(weights);
    return { ...data, weights };
  }
  return {
    count: data.count,
    async readInto(first, count, into, at) {
      await data.readInto(first, count, into, at);
      weigh(sliceSamples(network, into, at, count).weights);
    },
  };
}
