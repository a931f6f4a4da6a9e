/**
 * Row tables: the rows of an activation matrix [batch · sites^d, channels] that a layer reads, in its order. One `gatherND` with
 * such a table is the padding or the window gather of a layer; TensorFlow.js then copies whole rows, which on wasm is an order of
 * magnitude faster than slices and concatenations. For zero padding a table has the index past the last row.
 */
import { kernelWindows, type Layer, type Padding, paddedSite, transposedWindows } from '@dyadic/mnn';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Tfjs } from './tfjs.js';

type Geometry = Pick<Layer, 'dimension' | 'sites' | 'window' | 'dilation' | 'padding'>;

/** The sites [start, start + extent) along one axis. */
interface Span {
  readonly start: number;
  readonly extent: number;
}

/**
 * The padding before a convolution: one table per slab. In 1D and 2D there is one slab with every axis padded to
 * sites + window − 1. TensorFlow.js convolves over two axes only, so in 3D there is one slab per place j of the window
 * on the first axis: that axis shifted by j − reach, the other two padded.
 */
export function paddedRows({ dimension, sites, window, padding }: Geometry, batch: number): Int32Array[] {
  return slabs(dimension, sites, window, { start: -(window - 1) / 2, extent: sites }, padding, batch);
}

/** {@link paddedRows} of the transpose of a reflecting layer, whose outputs are the extended sites (`transposedWindows`). */
export function extendedRows({ dimension, sites, window }: Geometry, batch: number): Int32Array[] {
  return slabs(dimension, sites, window, { start: 1 - window, extent: sites + window - 1 }, 'zero', batch);
}

/** The rows that the windows of consecutive sites read, from `outputs.start` on. */
function slabs(
  dimension: number,
  sites: number,
  window: number,
  outputs: Span,
  padding: Padding,
  batch: number,
): Int32Array[] {
  const padded: Span = { start: outputs.start, extent: outputs.extent + window - 1 };
  if (dimension < 3) return [spanRows(sites, new Array<Span>(dimension).fill(padded), padding, batch)];
  return Array.from({ length: window }, (_, j) =>
    spanRows(sites, [{ start: outputs.start + j, extent: outputs.extent }, padded, padded], padding, batch),
  );
}

function spanRows(sites: number, spans: readonly Span[], padding: Padding, batch: number): Int32Array {
  let rows = [0];
  for (const { start, extent } of spans) {
    const along = Array.from({ length: extent }, (_, i) => paddedSite(start + i, sites, padding));
    rows = rows.flatMap((row) => along.map((site) => (row < 0 || site < 0 ? -1 : row * sites + site)));
  }
  return forEachSample(rows, sites ** spans.length, batch);
}

function forEachSample(rows: ArrayLike<number>, sampleRows: number, batch: number): Int32Array {
  const table = new Int32Array(batch * rows.length);
  for (let s = 0; s < batch; s++) {
    for (let i = 0; i < rows.length; i++) table[s * rows.length + i] = rowOf(s, rows[i]!, sampleRows, batch);
  }
  return table;
}

function rowOf(sample: number, site: number, sampleRows: number, batch: number): number {
  return site < 0 ? batch * sampleRows : sample * sampleRows + site;
}

/** The windows of a local layer, [site, sample, place], so that each site's matrix multiplies the whole batch. */
export function windowRows(geometry: Geometry, batch: number): Int32Array {
  return siteBySite(kernelWindows(geometry), geometry, batch);
}

/** {@link windowRows} of the transposed layer. */
export function transposedWindowRows(geometry: Geometry, batch: number): Int32Array {
  return siteBySite(transposedWindows(geometry).windows, geometry, batch);
}

function siteBySite(windows: Int32Array, { dimension, sites, window }: Geometry, batch: number): Int32Array {
  const places = window ** dimension;
  const table = new Int32Array(windows.length * batch);
  let entry = 0;
  for (let site = 0; site < windows.length; site += places) {
    for (let s = 0; s < batch; s++) {
      for (let j = 0; j < places; j++) table[entry++] = rowOf(s, windows[site + j]!, sites ** dimension, batch);
    }
  }
  return table;
}

/** The windows of a layer with one matrix for all sites, [sample, site, place]. */
export function gatheredRows(geometry: Geometry, batch: number): Int32Array {
  return forEachSample(kernelWindows(geometry), geometry.sites ** geometry.dimension, batch);
}

/** {@link gatheredRows} of the transposed layer. */
export function transposedGatheredRows(geometry: Geometry, batch: number): Int32Array {
  return forEachSample(transposedWindows(geometry).windows, geometry.sites ** geometry.dimension, batch);
}

/** The extended sites whose sum is a site of a reflecting layer: [sample, site, 3^d]. */
export function imageRows(geometry: Geometry, batch: number): Int32Array {
  const { sites, images } = transposedWindows(geometry);
  return forEachSample(images!, sites ** geometry.dimension, batch);
}

/** The kinds of row tables by name. */
const TABLES = {
  padded: paddedRows,
  extended: extendedRows,
  windows: (geometry: Geometry, batch: number) => [windowRows(geometry, batch)],
  'transposed windows': (geometry: Geometry, batch: number) => [transposedWindowRows(geometry, batch)],
  gathered: (geometry: Geometry, batch: number) => [gatheredRows(geometry, batch)],
  'transposed gathered': (geometry: Geometry, batch: number) => [transposedGatheredRows(geometry, batch)],
  images: (geometry: Geometry, batch: number) => [imageRows(geometry, batch)],
} as const;

/** Most batch sizes whose tables are kept: training uses two (the last batch of an epoch is short), prediction two more. */
const KEPT_BATCH_SIZES = 4;

/** Row tables on the device, built once per batch size and shared by layers of the same geometry. */
export class TableCache {
  readonly #tf: Tfjs;
  readonly #constants = new Map<string, Tensor2D>();
  readonly #batches = new Map<number, Map<string, Tensor2D[]>>();

  constructor(tf: Tfjs) {
    this.#tf = tf;
  }

  /** A table that does not depend on the batch, built once. */
  constant(key: string, make: () => Tensor2D): Tensor2D {
    const found = this.#constants.get(key) ?? this.#tf.keep(make());
    this.#constants.set(key, found);
    return found;
  }

  dispose(): void {
    for (const table of this.#constants.values()) table.dispose();
    this.#constants.clear();

    for (const batch of [...this.#batches.keys()]) this.#forget(batch);
  }

  /** One table per slab. */
  get(kind: keyof typeof TABLES, geometry: Geometry, batch: number): Tensor2D[] {
    const key = `${kind} ${geometry.dimension} ${geometry.sites} ${geometry.window} ${geometry.dilation} ${geometry.padding}`;
    const tables = this.#tablesOf(batch);
    let found = tables.get(key);
    if (!found) {
      found = TABLES[kind](geometry, batch).map((rows) =>
        this.#tf.keep(this.#tf.tensor2d(rows, [rows.length, 1], 'int32')),
      );
      tables.set(key, found);
    }
    return found;
  }

  /** The tables of a batch size. Moves it to the end of the map, which is ordered from least to most recently used. */
  #tablesOf(batch: number): Map<string, Tensor2D[]> {
    const tables = this.#batches.get(batch) ?? new Map<string, Tensor2D[]>();
    this.#batches.delete(batch);
    this.#batches.set(batch, tables);
    if (this.#batches.size > KEPT_BATCH_SIZES) this.#forget(this.#batches.keys().next().value!);
    return tables;
  }

  #forget(batch: number): void {
    for (const tables of this.#batches.get(batch)?.values() ?? []) for (const table of tables) table.dispose();
    this.#batches.delete(batch);
  }
}
