/** What is in a file that somebody dropped: read by what it holds, hostile or not, with one clear message if nothing. */

export type Found =
  | { readonly kind: 'checkpoint'; readonly name: string; readonly bytes: Uint8Array }
  | { readonly kind: 'potential'; readonly name: string; readonly values: Float64Array }
  | {
      readonly kind: 'samples';
      readonly name: string;
      readonly samples: Samples;
      /** The shards that were dropped together, this one among them. */
      readonly shards: readonly string[];
      /** Reads one of them. */
      open(shard: string): Promise<Found>;
    };

/** Samples of a shard: its columns of numbers. */
export interface Samples {
  readonly count: number;
  readonly fields: readonly SampleField[];
}

export interface SampleField {
  readonly name: string;
  /** Extents of one sample; none for a number. */
  readonly shape: readonly number[];
  /** Sample after sample. */
  readonly values: ArrayLike<number>;
}

const MOST_BYTES = 2 ** 28;
const MOST_NUMBERS = 2 ** 20;
const MANIFEST = 'manifest.json';

/** @param wanted - The shard to read; default the first. @throws Error in words for people */
export async function readFiles(files: readonly File[], wanted?: string): Promise<Found> {
  const manifest = files.find(({ name }) => name === MANIFEST);
  const shards = files.filter(({ name }) => name.endsWith('.arrow')).sort((a, b) => (a.name < b.name ? -1 : 1));
  const shard = shards.find(({ name }) => name === wanted) ?? shards[0];
  if (manifest && !shard) throw new Error('the folder has a manifest, but no shard (.arrow) of it');
  const file = shard ?? files[0];
  if (!file) throw new Error('there is no file in it');
  const { name } = file;
  if (file.size > MOST_BYTES) throw new Error(`${name} has ${file.size} bytes; this page reads up to ${MOST_BYTES}`);
  if (file.size === 0) throw new Error(`${name} is empty, or a folder`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (shard) {
    return {
      kind: 'samples',
      name,
      samples: await readShard(name, bytes, manifest),
      shards: shards.map((one) => one.name),
      open: (other) => readFiles(files, other),
    };
  }
  if (name.endsWith('.safetensors')) return { kind: 'checkpoint', name, bytes };
  if (/\.(csv|txt)$/.test(name)) return { kind: 'potential', name, values: readCsv(name, bytes) };
  throw new Error(`${name} is none of .safetensors, .csv and .arrow`);
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Numbers between commas, semicolons, tabs, spaces and ends of lines; the first line may be a heading. */
export function readCsv(name: string, bytes: Uint8Array): Float64Array {
  const text = decode(name, bytes).replace(/^\uFEFF/, '');
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const words = (line: string) => line.trim().split(/[,;\t ]+/);
  const isHeading = lines.length > 1 && words(lines[0]!).every((word) => !NUMBER.test(word));
  const values: number[] = [];
  for (const [index, line] of lines.slice(isHeading ? 1 : 0).entries()) {
    for (const word of words(line)) {
      if (!NUMBER.test(word) || !Number.isFinite(Math.fround(Number(word)))) {
        const where = `line ${index + 1 + Number(isHeading)}`;
        throw new Error(`${name}, ${where}: '${word.slice(0, 40)}' is no finite number`);
      }
      values.push(Number(word));
    }
    if (values.length > MOST_NUMBERS) throw new Error(`${name} has more than ${MOST_NUMBERS} numbers`);
  }
  if (values.length === 0) throw new Error(`${name} holds no numbers`);
  return Float64Array.from(values);
}

/** Columns of numbers of an Arrow file, with the extents that the manifest beside it says. */
async function readShard(name: string, bytes: Uint8Array, manifest: File | undefined): Promise<Samples> {
  const shapes = manifest ? shapesOf(decode(MANIFEST, new Uint8Array(await manifest.arrayBuffer()))) : NO_SHAPES;
  const { tableFromIPC } = await import('apache-arrow');
  try {
    const table = tableFromIPC(bytes);
    const fields = table.schema.fields.flatMap(({ name: column, type }): SampleField[] => {
      const isList = String(type).startsWith('FixedSizeList');
      const vector = table.getChild(column);
      const values: unknown = (isList ? vector?.getChildAt(0) : vector)?.toArray();
      if (!isNumbers(values) || table.numRows === 0) return [];
      const size = values.length / table.numRows;
      const told = shapes.get(column) ?? [size];
      const shape = told.reduce((product, extent) => product * extent, 1) === size ? told : [size];
      return [{ name: column, shape: isList ? shape : [], values }];
    });
    if (fields.length === 0) throw new Error('it has no columns of numbers');
    return { count: table.numRows, fields };
  } catch (error) {
    throw new Error(`${name} cannot be read as an Arrow file: ${(error as Error).message}`);
  }
}

function isNumbers(values: unknown): values is Float32Array | Float64Array | Int32Array | Uint32Array {
  return [Float32Array, Float64Array, Int32Array, Uint32Array].some((type) => values instanceof type);
}

const NO_SHAPES: ReadonlyMap<string, readonly number[]> = new Map();

/** Extents of the columns by their names; what makes no sense is left out. */
function shapesOf(text: string): ReadonlyMap<string, readonly number[]> {
  let document: { recipe?: { fields?: unknown } };
  try {
    document = JSON.parse(text);
  } catch {
    throw new Error(`${MANIFEST} is not JSON`);
  }
  const fields = Array.isArray(document?.recipe?.fields) ? document.recipe.fields : [];
  const isShape = (shape: unknown): shape is number[] =>
    Array.isArray(shape) && shape.every((extent) => Number.isSafeInteger(extent) && extent > 0);
  return new Map(
    fields.flatMap((field: { name?: unknown; shape?: unknown } | null) =>
      typeof field?.name === 'string' && isShape(field.shape) ? [[field.name, field.shape] as const] : [],
    ),
  );
}

function decode(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Error(`${name} is not a text in UTF-8`);
  }
}
