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

/** Options of {@link importData}. */
export interface ImportOptions extends OpenOptions {
  /** Name of the dataset. */
  readonly name: string;
  /** Arrays to import. Default: those of the authors' files, `Input`, `Output` and, if present, `E`. */
  readonly columns?: readonly ImportedColumn[];
  /** Name of the input column of the map to learn, for the card. */
  readonly input?: string;
  /** Name of the output column of the map to learn, for the card and the figures' grid. */
  readonly output?: string;
  /** The axis that counts the samples. Default `auto`. */
  readonly samplesAxis?: SamplesAxis;
  /** The order of the axes of a sample. Default `auto`. */
  readonly axes?: SampleAxes;
  /** Type of all columns. Default: for each column the narrowest that represents all numbers of the array's type. */
  readonly precision?: Precision;
  /** Ends [first, last] of the domain along each axis of a sample, for figures. Default: no grid. */
  readonly domain?: readonly (readonly [number, number])[];
  /** Whether the domain is periodic: the last point of an axis is then one step before its end. Default false. */
  readonly periodic?: boolean;
  /** Description of the data, in Markdown, for the card. */
  readonly description?: string;
  /** Samples per shard. */
  readonly shardRows: number;
  /** Reads every existing shard and imports damaged ones again. Default false. */
  readonly repair?: boolean;
  /** Stops the import between two shards. */
  readonly signal?: AbortSignal;
  /** Called after each shard with the samples done and the total. */
  readonly onSamples?: (done: number, total: number) => void;
}

/** Result of {@link importData}. */
export interface ImportOutcome {
  readonly manifest: Manifest;
  /** Number of samples that this call imported; an earlier one imported the others. */
  readonly imported: number;
}

/**
 * Makes a dataset from arrays in a file of another program, shard by shard. A killed import resumes when run again, with the same
 * bytes. A refused import leaves nothing behind.
 *
 * @param path - The foreign file, or a folder of `.npy` or CSV files.
 * @param folder - The folder of the dataset; created if missing.
 * @throws DataError naming the file, and the array, row and entry that cannot be imported; ArgumentError for invalid options;
 * InterruptedError when `signal` aborts
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
  // Existing shards were checked by size only.
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

/** SHA-256 of a file; for a folder, that of the hashes of its files by name. */
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

/** The presentation of the dataset, from the options. */
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

/** The uniform grid of a column. @throws ArgumentError when the domain has another number of axes */
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
