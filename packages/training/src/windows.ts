import type { SampleRange } from '@dyadic/dataset';
import type { LoadedSamples, Network, Samples, Session } from '@dyadic/mnn';
import { randomStream } from '@dyadic/random';
import { type Augmentation, type Move, moveSamples, moveSamplesBack, movesAt, randomMoves } from './augment.js';
import { emptySamples, holdSamples, type SampleData, type SampleSource, sliceSamples, sourceOf } from './source.js';

/** Bytes of inputs and targets that a window holds unless the plan says otherwise. */
const WINDOW_BYTES = 2 ** 30;

/** Blocks of consecutive samples per window. */
const BLOCKS = 64;

/** Bound on the memory for samples, in windows: one in the session, one being filled, a quarter in flight. */
const MEMORY_WINDOWS = 2.25;

/** What a plan says about windows. */
interface WindowPlan {
  readonly batchSize: number;
  readonly windowSamples?: number;
}

/** Most samples of a window. */
function mostSamples({ inputSize, outputSize }: Network, { windowSamples }: WindowPlan): number {
  return windowSamples ?? Math.floor(WINDOW_BYTES / (4 * (inputSize + outputSize)));
}

/**
 * Samples of a window: all of them if they are no more than asked for; else as many as asked for, rounded down to whole
 * batches, so that an epoch has as many steps as in memory.
 */
export function windowSize(network: Network, count: number, plan: WindowPlan): number {
  const wanted = mostSamples(network, plan);
  return count <= wanted ? count : plan.batchSize * Math.max(1, Math.floor(wanted / plan.batchSize));
}

/**
 * Whether validation samples fit in memory beside those that are trained on, which are there twice, as they are and in
 * the session: 2¼ windows are the bound with and without them.
 */
export function holdsValidation(network: Network, train: number, validation: number, plan: WindowPlan): boolean {
  const most = mostSamples(network, plan);
  return train <= most && 2 * train + validation <= MEMORY_WINDOWS * most;
}

/**
 * What the windows of an epoch hold, as ranges of sample numbers; every sample is in one of them. The samples are cut
 * into blocks of 1/64 of a window; the blocks in the order of the stream (seed, 'training/blocks', epoch) are cut into
 * windows. A window reads its ranges in ascending order.
 */
export function epochWindows(count: number, window: number, seed: number, epoch: number): SampleRange[][] {
  if (window >= count) return [[{ first: 0, count }]];
  const block = Math.ceil(window / BLOCKS);
  const windows: SampleRange[][] = [[]];
  let room = window;
  for (const number of randomStream(seed, 'training/blocks', epoch).permutation(Math.ceil(count / block))) {
    const end = Math.min((number + 1) * block, count);
    for (let first = number * block; first < end; ) {
      if (room === 0) {
        windows.push([]);
        room = window;
      }
      const taken = Math.min(end - first, room);
      windows.at(-1)!.push({ first, count: taken });
      first += taken;
      room -= taken;
    }
  }
  for (const ranges of windows) ranges.sort((a, b) => a.first - b.first);
  return windows;
}

/** Blocks read concurrently; each advances once per training step. They hold up to a quarter of a window. */
const AT_ONCE = 16;

/** A window in the session, ready to be trained on. */
export interface TrainingWindow {
  readonly loaded: LoadedSamples;
  /** Places in the window in the order in which samples are evaluated. */
  readonly order: Uint32Array;
  /** How the session is to move the samples at some places as it takes them; undefined where it is not to. */
  movesOf(places: Uint32Array): Uint32Array | undefined;
  /** The number that the sample at a place has among all. */
  numberOf(place: number): number;
}

/** What is random in the use of a window. */
interface Drawn {
  readonly window: number;
  readonly order: Uint32Array;
  readonly moves: Uint32Array | undefined;
}

/**
 * Brings training samples to a session, one window after the other. Besides the window in the session there is one in
 * memory, which is filled while the session computes on the other.
 */
export class WindowFeed {
  readonly #network: Network;
  readonly #session: Session;
  readonly #source: SampleSource;
  readonly #data: SampleData;
  readonly #size: number;
  readonly #seed: number;
  readonly #epochs: number;
  readonly #augment: Augmentation;
  /** Where windows are filled; none while all samples are in the session as they are. */
  #buffer: Samples | undefined;
  /** All samples, where they fit in one window and are moved here, and the window they are moved for. */
  #held: { readonly samples: Samples; readonly window: number } | undefined;
  #filling: { readonly window: number; readonly count: number; readonly done: Promise<void> } | undefined;
  #drawn: Drawn | undefined;
  #reading = false;
  #loaded: LoadedSamples | undefined;
  #closed = false;
  #ranges: { readonly epoch: number; readonly windows: readonly (readonly SampleRange[])[] } | undefined;

  constructor(
    network: Network,
    session: Session,
    data: SampleData,
    plan: WindowPlan & {
      readonly seed: number;
      readonly epochs: number;
      readonly augment?: Augmentation;
    },
  ) {
    this.#network = network;
    this.#session = session;
    this.#data = data;
    this.#source = sourceOf(network, data);
    this.#size = windowSize(network, data.count, plan);
    this.#seed = plan.seed;
    this.#epochs = plan.epochs;
    this.#augment = plan.augment ?? 'none';
  }

  /** Windows of an epoch. */
  get windows(): number {
    return Math.ceil(this.#source.count / this.#size);
  }

  /** Whether a window is being read, for which the event loop must turn. */
  get reading(): boolean {
    return this.#reading;
  }

  /** Brings a window of an epoch, numbered from 0, into the session, in place of the one before. */
  async open(epoch: number, window: number): Promise<TrainingWindow> {
    const number = epoch * this.windows + window;
    const ranges = this.#rangesOf(number);
    const loaded = this.windows === 1 ? await this.#whole(number) : await this.#bring(number);
    const { order, moves } = this.#drawn?.window === number ? this.#drawn : this.#draw(number);
    return {
      loaded,
      order,
      movesOf: (places) => moves && movesAt(this.#network, moves, places),
      numberOf: (place) => numberAt(ranges, place),
    };
  }

  /** Draws now what the window after this one needs, while a session computes that does not compute on this thread. */
  drawAhead(epoch: number, window: number): void {
    const next = epoch * this.windows + window + 1;
    if (next < this.#epochs * this.windows) this.#drawn = this.#draw(next);
  }

  /** Order and moves of a window. */
  #draw(window: number): Drawn {
    const count = this.#rangesOf(window).reduce((sum, range) => sum + range.count, 0);
    const order = randomStream(this.#seed, 'training/order', window).permutation(count);
    const move = this.#session.moves && this.#move(window);
    return { window, order, moves: move && randomMoves(this.#network, move, count) };
  }

  /** Unloads the window, once all reading has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#filling?.done.catch(() => {});
    this.#unload();
  }

  #unload(): void {
    if (this.#loaded) this.#session.unload(this.#loaded);
    this.#loaded = undefined;
  }

  async #whole(window: number): Promise<LoadedSamples> {
    if (this.#augment === 'none' || this.#session.moves) {
      return this.#loaded ?? this.#load(await holdSamples(this.#network, this.#data), window);
    }
    if (this.#held) moveSamplesBack(this.#network, this.#held.samples, this.#move(this.#held.window)!);
    const samples = this.#held?.samples ?? (await this.#ownSamples());
    this.#held = { samples, window };
    return this.#load(samples, window);
  }

  /** All samples in memory, owned by the feed: augmentation changes them in place. */
  async #ownSamples(): Promise<Samples> {
    return 'readInto' in this.#data ? holdSamples(this.#network, this.#data) : copyOf(this.#data);
  }

  /** Windows are numbered through all epochs here. */
  async #bring(window: number): Promise<LoadedSamples> {
    if (this.#filling?.window !== window) this.#fill(window);
    const { count, done } = this.#filling!;
    await done;
    this.#load(sliceSamples(this.#network, this.#buffer!, 0, count), window);
    if (window + 1 < this.#epochs * this.windows) this.#fill(window + 1);
    return this.#loaded!;
  }

  #move(window: number): Move | undefined {
    return this.#augment === 'none' ? undefined : { augment: this.#augment, seed: this.#seed, window };
  }

  /** In place of what is in the session, moved if the plan says so and the session does not do it. */
  #load(samples: Samples, window: number): LoadedSamples {
    const move = this.#session.moves ? undefined : this.#move(window);
    if (move) moveSamples(this.#network, samples, move);
    this.#unload();
    this.#loaded = this.#session.load(samples);
    return this.#loaded;
  }

  #fill(window: number): void {
    this.#buffer ??= emptySamples(this.#network, this.#size);
    const ranges = this.#rangesOf(window);
    const count = ranges.reduce((sum, range) => sum + range.count, 0);
    const done = this.#read(ranges, this.#buffer);
    done.catch(() => {}); // reported where the window is awaited
    this.#filling = { window, count, done };
  }

  async #read(ranges: readonly SampleRange[], into: Samples): Promise<void> {
    const places: { first: number; count: number; at: number }[] = [];
    let size = 0;
    for (const { first, count } of ranges) {
      places.push({ first, count, at: size });
      size += count;
    }
    const queue = places.values();
    let failed = false;
    const readOnes = async () => {
      for (const { first, count, at } of queue) {
        if (this.#closed || failed) return;
        await this.#source.readInto(first, count, into, at).catch((error) => {
          failed = true;
          throw error;
        });
      }
    };
    this.#reading = true;
    const readers = await Promise.allSettled(Array.from({ length: AT_ONCE }, readOnes));
    this.#reading = false;
    const failure = readers.find((reader) => reader.status === 'rejected');
    if (failure) throw failure.reason;
  }

  #rangesOf(window: number): readonly SampleRange[] {
    const epoch = Math.floor(window / this.windows);
    if (this.#ranges?.epoch !== epoch) {
      this.#ranges = { epoch, windows: epochWindows(this.#source.count, this.#size, this.#seed, epoch) };
    }
    return this.#ranges.windows[window % this.windows]!;
  }
}

function copyOf({ count, inputs, targets, weights }: Samples): Samples {
  return { count, inputs: inputs.slice(), targets: targets.slice(), weights };
}

function numberAt(ranges: readonly SampleRange[], place: number): number {
  for (const { first, count } of ranges) {
    if (place < count) return first + place;
    place -= count;
  }
  return place;
}
