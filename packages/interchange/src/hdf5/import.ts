import { realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  createDataset,
  type Field,
  type Manifest,
  markdownText,
  type RecipeInput,
  sha256OfFile,
} from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import { type File, Dataset as Hdf5Dataset } from 'h5wasm';
import { guarded, withHdf5 } from './file.js';

/** Which axis of the arrays counts the samples; `auto` asks the length of /E. */
export const SAMPLES_AXES = ['auto', 'first', 'last'] as const;
export type SamplesAxis = (typeof SAMPLES_AXES)[number];

/** Floating-point type of a column. */
export type Precision = 'float32' | 'float64';

export interface ImportOptions {
  readonly name: string;
  readonly samplesAxis: SamplesAxis;
  /** Default: what each array has in the file. */
  readonly precision?: Precision;
  readonly shardRows: number;
  /** Called after each shard with the samples done and the samples in all. */
  readonly onSamples?: (done: number, total: number) => void;
}

/** Where the columns are in the files of the authors' code. */
const PLACES = [
  { place: 'Input', name: 'potential', required: true, description: 'the input of the map: /Input of the file' },
  { place: 'Output', name: 'solution', required: true, description: 'its output: /Output of the file' },
  { place: 'E', name: 'E', required: false, description: '/E of the file' },
] as const;

/** An array of the file and the column it becomes. */
interface Source {
  readonly place: string;
  readonly array: Hdf5Dataset;
  readonly extents: readonly number[];
  readonly type: Precision;
  readonly name: string;
  readonly description: string;
}

/**
 * Makes a dataset of an HDF5 file as the authors' code has it: `/Input` and `/Output` of shape (samples, …), and `/E`, one
 * number a sample, if it is there. A MATLAB array with the samples first is in HDF5 with all axes reversed, samples last:
 * that is undone. One shard's rows are in memory at a time. Killed and run again, it goes on.
 *
 * @throws DataError naming the file, and the array that is missing, is no array of floating-point numbers, has another
 * number of samples, or leaves open which axis counts them
 */
export async function importHdf5(path: string, folder: string, options: ImportOptions): Promise<Manifest> {
  return withHdf5(path, 'r', async (file) => {
    const sources = sourcesOf(path, file, options.precision);
    const last = samplesAreLast(path, sources, options.samplesAxis);
    const samples = samplesOf(path, sources, last);
    const sha256 = await sha256OfFile(await realpath(path));
    const recipe: RecipeInput = {
      name: options.name,
      seed: 0,
      samples,
      shardRows: Math.min(options.shardRows, samples),
      generator: { name: 'import', version: '1' },
      problem: { file: basename(path), sha256, samplesAxis: last ? 'last' : 'first' },
      fields: sources.map((source) => fieldOf(source, last)),
    };
    const about = `Imported from the HDF5 file ${markdownText(basename(path))}, SHA-256 \`${sha256}\`. Nothing is known of how it was made.`;
    const writer = await createDataset(folder, recipe, { about });
    try {
      for (const shard of writer.missing) {
        const { firstRow, rows } = writer.range(shard);
        const read = (source: Source) => [source.name, rowsOf(path, source, last, firstRow, rows)] as const;
        const columns = Object.fromEntries(sources.map(read));
        requireFinite(path, sources, columns, firstRow, rows);
        await writer.write(shard, columns);
        options.onSamples?.(firstRow + rows, samples);
      }
      return await writer.close();
    } finally {
      await writer.close();
    }
  });
}

function sourcesOf(path: string, file: File, precision: Precision | undefined): Source[] {
  const there = new Set(guarded(path, () => file.keys()));
  const sources: Source[] = [];
  for (const { place, name, required, description } of PLACES) {
    if (!there.has(place)) {
      if (required) throw new DataError(path, `has no array /${place}; it has ${[...there].join(', ') || 'nothing'}`);
      continue;
    }
    const array = guarded(path, () => file.get(place));
    if (!(array instanceof Hdf5Dataset)) throw new DataError(path, `/${place} is no array in this file`);
    const { type, size, shape } = guarded(path, () => array.metadata);
    if (type !== 1 || (size !== 4 && size !== 8)) {
      throw new DataError(path, `/${place} holds no floating-point numbers of 4 or 8 bytes`);
    }
    if (!shape || shape.length === 0 || shape.some((extent) => extent < 1)) {
      throw new DataError(path, `/${place} has shape (${shape?.join(', ') ?? ''}); expected one with samples`);
    }
    sources.push({
      place,
      array,
      extents: shape,
      type: precision ?? (size === 4 ? 'float32' : 'float64'),
      name,
      description,
    });
  }
  return sources;
}

function samplesAreLast(path: string, sources: readonly Source[], axis: SamplesAxis): boolean {
  if (axis !== 'auto') return axis === 'last';
  const energies = sources.find(({ place }) => place === 'E');
  const count = energies?.extents.reduce((product, extent) => product * extent, 1);
  const arrays = sources.filter(({ place }) => place !== 'E');
  const first = arrays.every(({ extents }) => extents[0] === count);
  const last = arrays.every(({ extents }) => extents.at(-1) === count);
  if (first !== last) return last;
  const shapes = sources.map(({ place, extents }) => `/${place} (${extents.join(', ')})`).join(', ');
  throw new DataError(path, `leaves open which axis counts the samples: ${shapes}`, {
    remedy: { code: 'samples-axis' },
  });
}

/** The number of samples that all arrays agree on. */
function samplesOf(path: string, sources: readonly Source[], last: boolean): number {
  const samples = sources[0]!.extents.at(last ? -1 : 0)!;
  for (const { place, extents } of sources) {
    const isList = place === 'E';
    const found = isList ? extents.reduce((product, extent) => product * extent, 1) : extents.at(last ? -1 : 0)!;
    if (found === samples && (!isList || extents.filter((extent) => extent > 1).length <= 1)) continue;
    const expected = isList
      ? `one number for each of ${samples} samples`
      : `${samples} along its ${last ? 'last' : 'first'} axis`;
    throw new DataError(path, `/${place} has shape (${extents.join(', ')}); expected ${expected}`);
  }
  return samples;
}

function fieldOf({ place, extents, type, name, description }: Source, last: boolean): Field {
  if (place === 'E') return { name, type, shape: [], description };
  const shape = last ? extents.slice(0, -1).reverse() : extents.slice(1);
  return { name, type, shape: shape.length === 1 && shape[0] === 1 ? [] : [...shape], description };
}

/** Rows [first, first + rows) in row-major order, samples first. */
function rowsOf(path: string, source: Source, last: boolean, first: number, rows: number): Float32Array | Float64Array {
  const { array, extents, type } = source;
  // /E may be (samples), (samples, 1) or (1, samples): the axis that is not 1 counts.
  const axis =
    source.place === 'E'
      ? Math.max(
          0,
          extents.findIndex((extent) => extent > 1),
        )
      : last
        ? extents.length - 1
        : 0;
  const ranges = extents.map((extent, k): [number, number] => (k === axis ? [first, first + rows] : [0, extent]));
  const values = guarded(path, () => array.slice(ranges)) as Float32Array | Float64Array;
  const target = new (type === 'float32' ? Float32Array : Float64Array)(values.length);
  if (source.place === 'E' || !last) {
    target.set(values);
    return target;
  }
  reverseAxes(values, [...extents.slice(0, -1), rows], target);
  return target;
}

/** Copies a row-major array with the order of its axes reversed. */
function reverseAxes(values: ArrayLike<number>, extents: readonly number[], target: Float32Array | Float64Array): void {
  const index = new Array<number>(extents.length).fill(0);
  for (let i = 0; i < values.length; i++) {
    let place = 0;
    for (let k = extents.length - 1; k >= 0; k--) place = place * extents[k]! + index[k]!;
    target[place] = values[i]!;
    for (let k = extents.length - 1; k >= 0 && ++index[k]! === extents[k]; k--) index[k] = 0;
  }
}

function requireFinite(
  path: string,
  sources: readonly Source[],
  columns: Readonly<Record<string, Float32Array | Float64Array>>,
  firstRow: number,
  rows: number,
): void {
  for (const { place, name, type } of sources) {
    const column = columns[name]!;
    const at = column.findIndex((value) => !Number.isFinite(value));
    if (at < 0) continue;
    const sample = firstRow + Math.floor((at * rows) / column.length);
    throw new DataError(path, `/${place} holds ${column[at]} as ${type} in sample ${sample}; expected finite numbers`);
  }
}
