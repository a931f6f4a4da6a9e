import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  type Column,
  createDataset,
  type DatasetWriter,
  type Domain,
  type Field,
  type Manifest,
  markdownText,
  type Presentation,
  type RecipeInput,
  removeDataset,
  sha256,
  sha256OfFile,
  unreadable,
  verifyDataset,
} from '@dyadic/dataset';
import { ArgumentError, DataError, InterruptedError } from '@dyadic/errors';
import type { OpenOptions } from '../formats.js';
import { noNumber, placeOf } from '../numbers.js';
import { openForeign } from '../open.js';
import {
  type ImportedColumn,
  type Layout,
  layoutOf,
  type Precision,
  requestedColumns,
  type SampleAxes,
  type SamplesAxis,
  type Source,
} from './layout.js';

export interface ImportOptions extends OpenOptions {
  /** Name of the dataset. */
  readonly name: string;
  /** Default: those of the authors' layout, arrays `Input`, `Output` and, if there, `E`. */
  readonly columns?: readonly ImportedColumn[];
  /** Which columns a network is to map from and to; the card says so. */
  readonly input?: string;
  readonly output?: string;
  /** Default `auto`. */
  readonly samplesAxis?: SamplesAxis;
  /** Default `auto`. */
  readonly axes?: SampleAxes;
  /** Type of all columns. Default: each the narrowest that holds the array's numbers. */
  readonly precision?: Precision;
  /** Ends of the domain along each axis of a sample, for figures. */
  readonly domain?: readonly (readonly [number, number])[];
  /** Whether the last point of an axis is one step before its end, as the end is the beginning. Default false. */
  readonly periodic?: boolean;
  /** What the data are, in Markdown, for the card. */
  readonly description?: string;
  readonly shardRows: number;
  /** Reads every shard that is there, and imports those again that are damaged. Default false. */
  readonly repair?: boolean;
  readonly signal?: AbortSignal;
  /** Called after each shard with the samples done and the samples in all. */
  readonly onSamples?: (done: number, total: number) => void;
}

export interface ImportOutcome {
  readonly manifest: Manifest;
  /** Samples imported by this call; the others were there already. */
  readonly imported: number;
}

/**
 * Makes a dataset of arrays in a file of another program, shard by shard. Killed and run again it resumes, and the bytes are
 * the same. A refused import leaves nothing behind.
 *
 * @throws DataError naming the file, and the array, row and entry that cannot be taken; ArgumentError for options that make
 * no sense
 */
export async function importData(path: string, folder: string, options: ImportOptions): Promise<ImportOutcome> {
  const file = await openForeign(path, options);
  try {
    const layout = layoutOf(file, requestedColumns(file, options.columns ?? []), options);
    const recipe = await recipeOf(path, file.format, layout, options);
    const about = recipe.presentation?.about ?? '';
    const provenance = 'Imported again from the same file with the same options, the bytes are the same.';
    const writer = await createDataset(folder, recipe, { about, provenance, repair: options.repair ?? false });
    return await importShards(path, layout, writer, options);
  } finally {
    await file.close();
  }
}

async function importShards(
  path: string,
  layout: Layout,
  writer: DatasetWriter,
  options: ImportOptions,
): Promise<ImportOutcome> {
  let imported = 0;
  let refusal: unknown;
  const missing = writer.missing;
  try {
    for (const shard of missing) {
      if (options.signal?.aborted) throw new InterruptedError(`the import of ${path} was stopped`);
      const { firstRow, rows } = writer.range(shard);
      const columns = await readColumns(path, layout, firstRow, rows).catch((error) => {
        refusal = error;
        throw error;
      });
      await writer.write(shard, columns);
      imported += rows;
      options.onSamples?.(firstRow + rows, layout.samples);
    }
  } finally {
    await writer.close();
    if (refusal !== undefined) await removeDataset(writer.path);
  }
  // What was there already has been taken at its size alone.
  if (imported < layout.samples && !options.repair) await requireWhole(writer.path);
  return { manifest: await writer.close(), imported };
}

async function readColumns(
  path: string,
  { sources }: Layout,
  first: number,
  rows: number,
): Promise<Record<string, Column>> {
  const columns: Record<string, Column> = {};
  for (const source of sources) columns[source.field.name] = await readColumn(path, source, first, rows);
  return columns;
}

async function readColumn(
  path: string,
  { array, field, axis, reversed }: Source,
  first: number,
  rows: number,
): Promise<Column> {
  const values = await array.read(first, rows, { axis, reversed });
  const { type } = field;
  if (type === 'int32' || type === 'uint32' || type === 'utf8') return values;
  const isThat = type === 'float32' ? values instanceof Float32Array : values instanceof Float64Array;
  if (isThat) return values;
  const rounded = type === 'float32' ? new Float32Array(values) : new Float64Array(values);
  const wrong = rounded.findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return rounded;
  throw noNumber(
    path,
    array.name,
    placeOf(wrong, values.length / rows, first),
    `${values[wrong]}, too large for ${type},`,
  );
}

async function requireWhole(folder: string): Promise<void> {
  const { problems } = await verifyDataset(folder);
  const [first] = problems;
  if (!first) return;
  throw new DataError(join(folder, first.file), first.problem, {
    remedy: { code: 'repair', folder, generator: 'import' },
  });
}

async function recipeOf(path: string, format: string, layout: Layout, options: ImportOptions): Promise<RecipeInput> {
  const { name, shardRows, input, output, header } = options;
  const { samples, sources } = layout;
  const fields = sources.map(({ field }) => field);
  for (const [option, column] of Object.entries({ input, output })) {
    if (column === undefined || fields.some((field) => field.name === column)) continue;
    throw new ArgumentError(option, column, `one of the columns ${fields.map((field) => field.name).join(', ')}`);
  }
  const arrays = sources.map(({ array, axis, reversed }) => ({ array: array.name, samplesAxis: axis, reversed }));
  const hash = await sha256Of(path);
  return {
    name,
    seed: 0,
    samples,
    shardRows: Math.min(shardRows, samples),
    generator: { name: 'import', version: '2' },
    problem: {
      file: basename(path),
      format,
      sha256: hash,
      arrays,
      ...(header !== undefined && header !== 'auto' && { header }),
      ...(input !== undefined && { input }),
      ...(output !== undefined && { output }),
    },
    presentation: presentationOf(path, format, hash, fields, options),
    fields,
  };
}

/** SHA-256 of a file; of a folder, that of those of its files by name. */
async function sha256Of(path: string): Promise<string> {
  const real = await realpath(path);
  if (!(await stat(real)).isDirectory()) return sha256OfFile(real);
  const names = await readdir(real).catch((cause) => {
    throw unreadable(path, cause);
  });
  const hashes: Record<string, string> = {};
  for (const name of names.sort()) {
    const file = await realpath(join(real, name));
    if ((await stat(file)).isFile()) hashes[name] = await sha256OfFile(file);
  }
  return sha256(hashes);
}

/** Description of the data for figures and the card, as far as the options give it. */
function presentationOf(
  path: string,
  format: string,
  hash: string,
  fields: readonly Field[],
  options: ImportOptions,
): Presentation {
  const { columns = [], description, input, output } = options;
  const from = `Imported from ${markdownText(basename(path))} (${format}), SHA-256 \`${hash}\`.`;
  const map = input !== undefined && output !== undefined ? ` The map to learn is \`${input}\` ↦ \`${output}\`.` : '';
  const named = columns.map(({ unit }, k) => [fields[k]!.name, unit] as const);
  const units = Object.fromEntries(named.filter((entry): entry is [string, string] => entry[1] !== undefined));
  const domain = domainOf(fields.find(({ name }) => name === (output ?? fields[0]!.name))!, options);
  return {
    about: `${description ?? 'Nothing is said of how these data were made.'}\n\n${from}${map}`,
    ...(domain && { domain }),
    symbols: {},
    units,
  };
}

/** The uniform grid of a column's fields. @throws ArgumentError when its axes are not those that the domain has */
function domainOf({ name, shape }: Field, { domain, periodic = false }: ImportOptions): Domain | undefined {
  if (domain === undefined) return undefined;
  const points = shape.filter((extent) => extent > 1);
  if (points.length !== domain.length) {
    throw new ArgumentError('domain', domain, `ends of ${points.length} axes, those of '${name}'`);
  }
  const axes = domain.map(([first, end], k) => {
    const steps = periodic ? points[k]! : points[k]! - 1;
    return { points: points[k]!, first, spacing: (end - first) / steps };
  });
  return { periodic, axes };
}
