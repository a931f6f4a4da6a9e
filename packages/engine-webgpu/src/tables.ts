/**
 * What shaders look up, as 32-bit words in one buffer: records of layers and of who reads them, windows, and the lists of
 * chunks that make a stage. Everything is addressed by its offset in words.
 */
import { blockOrder, finestBoxes, kernelWindows, type Layer, type Network } from '@dyadic/mnn';
import { finestOrder } from './frame.js';

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

/** The boxes of one level as runs of numbers that lie one after the other in the order of the finest boxes. */
export interface Runs {
  /** Runs of a box, and numbers of a run. */
  readonly places: number;
  readonly run: number;
  /** Table with entry `box * places + j`: where run j begins; NONE where boxes themselves follow one after the other. */
  readonly table: number;
  /** Table with entry g: which number of which box lies at g, `box * numbers of a box + k`; NONE where that is g. */
  readonly inverse: number;
}

/** Makes the tables of every level once, for so many fields at a point. */
export class BoxTables {
  readonly #network: Network;
  readonly #fields: number;
  readonly #tables: Tables;
  readonly #known = new Map<number, Runs>();

  constructor(network: Network, fields: number, tables: Tables) {
    this.#network = network;
    this.#fields = fields;
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
    const { dimension, paddedShape } = this.#network;
    const fields = this.#fields;
    const finest = finestBoxes(this.#network);
    const boxSize = paddedShape.reduce((size, points) => size * (points / boxes), 1);
    if (dimension === 1 || boxes === finest) return { places: 1, run: boxSize * fields, table: NONE, inverse: NONE };
    const inOrder = finestOrder(this.#network);
    const position = new Uint32Array(inOrder.length);
    for (const [p, point] of inOrder.entries()) position[point] = p;
    const order = blockOrder(dimension, paddedShape, boxes).map((point) => position[point]!);
    const inverse = new Uint32Array(order.length * fields);
    for (const [k, p] of order.entries()) {
      for (let c = 0; c < fields; c++) inverse[p * fields + c] = k * fields + c;
    }
    // A line of a box runs through finest boxes, each of which has so many points of it in a row.
    const run = paddedShape.at(-1)! / finest;
    const starts = order.filter((_, k) => k % run === 0).map((p) => p * fields);
    return {
      places: boxSize / run,
      run: run * fields,
      table: this.#tables.append(starts),
      inverse: this.#tables.append(inverse),
    };
  }
}

/** Entry `site * window^d + j`: offset of the numbers of the site at place j, or NONE. */
export function windowOffsets(layer: Layer): Uint32Array {
  return Uint32Array.from(kernelWindows(layer), (site) => (site < 0 ? NONE : site * layer.inputChannels));
}

/**
 * The transpose of a kernel layer, site by site of its input: entry `site * places + j * copies + k` is the offset of ∂z of the
 * k-th window that holds the site at its place j, or NONE. At a mirror a site is at the same place of two windows.
 */
export function transposedWindows(layer: Layer): { places: number; offsets: Uint32Array } {
  const { dimension, sites, outputChannels } = layer;
  const windows = kernelWindows(layer);
  const each = layer.window ** dimension;
  const held = new Map<number, number[]>();
  for (const [entry, site] of windows.entries()) {
    if (site < 0) continue;
    const key = site * each + (entry % each);
    const offset = Math.floor(entry / each) * outputChannels;
    const list = held.get(key);
    if (list) list.push(offset);
    else held.set(key, [offset]);
  }
  const copies = [...held.values()].reduce((most, { length }) => Math.max(most, length), 1);
  const places = each * copies;
  const offsets = new Uint32Array(sites ** dimension * places).fill(NONE);
  for (const [key, list] of held) offsets.set(list, key * copies);
  return { places, offsets };
}
