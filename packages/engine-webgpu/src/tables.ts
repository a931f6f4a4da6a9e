/**
 * What shaders look up, as 32-bit words in one buffer: records of layers and of who reads them, windows, and the lists of
 * chunks that make a stage. Everything is addressed by its offset in words.
 */
import { blockOrder, finestBoxes, kernelWindows, type Layer, type Network } from '@dyadic/mnn';

/** No table, no site, no layer. */
export const NONE = 0xffff_ffff;

/** Words one after the other; equal tables are stored once. */
export class Tables {
  #words = new Uint32Array(1024);
  #length = 0;
  readonly #known = new Map<string, number>();

  /** Appends words and returns the offset of the first. */
  append(words: ArrayLike<number>): number {
    const start = this.#length;
    this.#reserve(words.length);
    // −1 becomes NONE
    this.#words.set(words, start);
    this.#length += words.length;
    return start;
  }

  /** The offset of a table that `make` makes, unless one with this key is there. */
  once(key: string, make: () => ArrayLike<number>): number {
    let offset = this.#known.get(key);
    if (offset === undefined) {
      offset = this.append(make());
      this.#known.set(key, offset);
    }
    return offset;
  }

  get words(): Uint32Array {
    return this.#words.slice(0, Math.max(this.#length, 1));
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#words.length) return;
    const larger = new Uint32Array(Math.max(2 * this.#words.length, this.#length + more));
    larger.set(this.#words.subarray(0, this.#length));
    this.#words = larger;
  }
}

/** Grid points in the order of the finest boxes: entry p is the row-major index of the point at p. */
export function finestOrder(network: Network): Uint32Array {
  return blockOrder(network.dimension, network.shape, finestBoxes(network));
}

/** The boxes of one level as runs of grid points that lie one after the other in the order of the finest boxes. */
export interface Runs {
  /** Runs of a box, and grid points of a run. */
  readonly places: number;
  readonly run: number;
  /** Table with entry `box * places + j`: where run j begins; NONE where boxes themselves follow one after the other. */
  readonly starts: number;
  /** Table with entry g: which point of which box lies at g, `box * points of a box + k`; NONE where that is g. */
  readonly inverse: number;
}

/** Makes the tables of every level once. */
export class BoxTables {
  readonly #network: Network;
  readonly #tables: Tables;
  readonly #known = new Map<number, Runs>();

  constructor(network: Network, tables: Tables) {
    this.#network = network;
    this.#tables = tables;
  }

  of(boxes: number): Runs {
    let runs = this.#known.get(boxes);
    if (!runs) {
      runs = this.#make(boxes);
      this.#known.set(boxes, runs);
    }
    return runs;
  }

  #make(boxes: number): Runs {
    const { dimension, shape } = this.#network;
    const points = shape[0]!;
    const finest = finestBoxes(this.#network);
    const boxSize = (points / boxes) ** dimension;
    if (dimension === 1 || boxes === finest) return { places: 1, run: boxSize, starts: NONE, inverse: NONE };
    const position = new Uint32Array(this.#network.inputSize);
    for (const [p, point] of finestOrder(this.#network).entries()) position[point] = p;
    const order = blockOrder(dimension, points, boxes).map((point) => position[point]!);
    const inverse = new Uint32Array(order.length);
    for (const [k, p] of order.entries()) inverse[p] = k;
    // A line of a box runs through finest boxes, each of which has so many points of it in a row.
    const run = points / finest;
    const starts = order.filter((_, k) => k % run === 0);
    return {
      places: boxSize / run,
      run,
      starts: this.#tables.append(starts),
      inverse: this.#tables.append(inverse),
    };
  }
}

/** Entry `site * window^d + j`: offset of the numbers of the site at place j, or NONE. */
export function windowOffsets(layer: Layer): Uint32Array {
  return Uint32Array.from(kernelWindows(layer), (site) => (site < 0 ? NONE : site * layer.inputChannels));
}

/**
 * The transpose of a kernel layer, site by site of its input: sites + 1 offsets of entries, counted from the first of
 * them, then the entries of each site. An entry is a place of a window that holds the site: the offset of the window's
 * ∂z, and that of the place in its weights.
 */
export function transposedOffsets(layer: Layer): Uint32Array {
  const { dimension, sites, inputChannels, outputChannels } = layer;
  const windows = kernelWindows(layer);
  const places = layer.window ** dimension;
  const perSite = layer.connectivity === 'local' ? outputChannels * places * inputChannels : 0;
  const all = sites ** dimension;
  const starts = new Uint32Array(all + 1);
  for (const site of windows) if (site >= 0) starts[site + 1]! += 1;
  for (let site = 0; site < all; site++) starts[site + 1]! += starts[site]!;
  const next = starts.slice();
  const entries = new Uint32Array(2 * starts[all]!);
  for (const [k, site] of windows.entries()) {
    if (site < 0) continue;
    const [i, j] = [Math.floor(k / places), k % places];
    const entry = 2 * next[site]!++;
    entries[entry] = i * outputChannels;
    entries[entry + 1] = i * perSite + j * inputChannels;
  }
  const joined = new Uint32Array(starts.length + entries.length);
  joined.set(starts.map((start) => 2 * start));
  joined.set(entries, starts.length);
  return joined;
}
