/**
 * Row tables: which rows of an activation matrix [batch · sites^d, channels] a layer reads, in the order it reads them.
 * One `gatherND` with such a table is the periodic padding or the window gather of a layer; TensorFlow.js copies whole
 * rows there, which is an order of magnitude faster on wasm than slices and concatenations.
 */
import { kernelWindows, type Layer } from '@dyadic/mnn';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Tfjs } from './tfjs.js';

type Geometry = Pick<Layer, 'dimension' | 'sites' | 'window'>;

/** Sites from `start` on, `extent` of them, along one axis; wrapped periodically. */
interface Span {
  readonly start: number;
  readonly extent: number;
}

/**
 * The periodic padding before a convolution: one table per slab. In 1D and 2D there is one slab with every axis
 * padded to sites + window − 1. TensorFlow.js convolves over two axes only, so in 3D there is one slab per place j of
 * the window on the first axis: that axis shifted by j − reach, the other two padded.
 */
export function paddedRows({ dimension, sites, window }: Geometry, batch: number): Int32Array[] {
  const reach = (window - 1) / 2;
  const padded: Span = { start: -reach, extent: sites + window - 1 };
  if (dimension < 3) return [spanRows(sites, new Array<Span>(dimension).fill(padded), batch)];
  return Array.from({ length: window }, (_, j) =>
    spanRows(sites, [{ start: j - reach, extent: sites }, padded, padded], batch),
  );
}

function spanRows(sites: number, spans: readonly Span[], batch: number): Int32Array {
  let rows = [0];
  for (const { start, extent } of spans) {
    const wrapped = Array.from({ length: extent }, (_, i) => (((start + i) % sites) + sites) % sites);
    rows = rows.flatMap((row) => wrapped.map((site) => row * sites + site));
  }
  return forEachSample(rows, sites ** spans.length, batch);
}

function forEachSample(rows: readonly number[], sampleRows: number, batch: number): Int32Array {
  const table = new Int32Array(batch * rows.length);
  for (let s = 0; s < batch; s++) {
    for (let i = 0; i < rows.length; i++) table[s * rows.length + i] = s * sampleRows + rows[i]!;
  }
  return table;
}

/** The windows of a local layer, site by site, so that each site's matrix meets the whole batch: [site, sample, place]. */
export function windowRows(geometry: Geometry, batch: number): Int32Array {
  const windows = kernelWindows(geometry);
  const places = geometry.window ** geometry.dimension;
  const sites = geometry.sites ** geometry.dimension;
  const table = new Int32Array(sites * batch * places);
  let entry = 0;
  for (let site = 0; site < sites; site++) {
    for (let s = 0; s < batch; s++) {
      for (let j = 0; j < places; j++) table[entry++] = s * sites + windows[site * places + j]!;
    }
  }
  return table;
}

/** Batch sizes whose tables are kept: training uses two (the last batch of an epoch is short), prediction two more. */
const KEPT_BATCH_SIZES = 4;

/** Row tables on the device, built once per batch size and shared by layers of the same geometry. */
export class TableCache {
  readonly #tf: Tfjs;
  readonly #batches = new Map<number, Map<string, Tensor2D[]>>();

  constructor(tf: Tfjs) {
    this.#tf = tf;
  }

  padded(geometry: Geometry, batch: number): Tensor2D[] {
    return this.#get('padded', geometry, batch, () => paddedRows(geometry, batch));
  }

  windows(geometry: Geometry, batch: number): Tensor2D {
    return this.#get('windows', geometry, batch, () => [windowRows(geometry, batch)])[0]!;
  }

  dispose(): void {
    for (const batch of [...this.#batches.keys()]) this.#forget(batch);
  }

  #get(kind: string, geometry: Geometry, batch: number, build: () => Int32Array[]): Tensor2D[] {
    const key = `${kind} ${geometry.dimension} ${geometry.sites} ${geometry.window}`;
    const tables = this.#tablesOf(batch);
    let found = tables.get(key);
    if (!found) {
      found = build().map((rows) => this.#tf.keep(this.#tf.tensor2d(rows, [rows.length, 1], 'int32')));
      tables.set(key, found);
    }
    return found;
  }

  /** Moves the batch size to the end of the map, which is ordered from the longest unused to the last used. */
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
