import { BrokenSoftLink, Dataset, ExternalLink, type File, Group, type Metadata } from 'h5wasm';
import type { FileBytes } from '../bytes/source.js';
import { type ArraySource, noNumbers, type OpenedFormat } from '../foreign.js';
import { arrayOf, exact, type NumberArray, type NumberType, product, Unfit } from '../numbers.js';
import { guarded, openHdf5 } from './file.js';
import { type Packing, packingOf, unpack } from './packing.js';

/** Bounds of a listing: groups may form cycles. */
const MOST_OBJECTS = 10_000;
const MOST_DEPTH = 32;

/** Numbers of the filters built into the library (https://github.com/HDFGroup/hdf5_plugins/blob/master/docs/RegisteredFilterPlugins.md). */
const BUILT_IN = new Set([1, 2, 3, 4, 5, 6]);
const FILTERS: Readonly<Record<number, string>> = {
  305: 'LZO',
  307: 'bzip2',
  32000: 'LZF',
  32001: 'Blosc',
  32004: 'LZ4',
  32008: 'bitshuffle',
  32013: 'ZFP',
  32015: 'Zstandard',
  32026: 'Blosc2',
};

/** HDF5's type classes, by number. */
const CLASSES = [
  'integers',
  'floating-point numbers',
  'time',
  'text',
  'a bit field',
  'opaque bytes',
  'a compound type',
  'references',
  'an enumeration',
  'lists of varying length',
  'arrays as entries',
];
const [INTEGER, FLOAT, ENUM, COMPOUND] = [0, 1, 8, 6];

/** Opens HDF5 and MATLAB 7.3 files: arrays by their paths. */
export async function openHdf5Arrays(path: string, bytes: FileBytes): Promise<OpenedFormat> {
  const matlab = isMatlab(path, await bytes.read(0, Math.min(19, bytes.size)));
  const { file, close } = await openHdf5(path, 'r');
  try {
    const arrays = listed(path, file, matlab);
    return { arrays, close: async () => close() };
  } catch (error) {
    close();
    throw error;
  }
}

/** Whether MATLAB wrote the file: its HDF5 has the axes of arrays in reverse order. */
function isMatlab(path: string, head: Buffer): boolean {
  return path.toLowerCase().endsWith('.mat') || head.toString('latin1') === 'MATLAB 7.3 MAT-file';
}

function listed(path: string, file: File, matlab: boolean): ArraySource[] {
  const arrays: ArraySource[] = [];
  let objects = 0;
  const visit = (group: Group, prefix: string, depth: number) => {
    for (const key of guarded(path, () => group.keys())) {
      // MATLAB stores the contents of cells there.
      if (matlab && prefix === '' && key.startsWith('#')) continue;
      if (++objects > MOST_OBJECTS || depth > MOST_DEPTH) return;
      const name = prefix + key;
      const entity = guarded(path, () => group.get(key));
      if (entity instanceof Dataset) arrays.push(described(path, name, entity, matlab));
      else if (entity instanceof Group) {
        const sparse = matlab && guarded(path, () => Object.hasOwn(entity.attrs, 'MATLAB_sparse'));
        if (sparse) arrays.push(refused(name, 'sparse matrix', [], 'is a sparse matrix; save full(…) of it'));
        else visit(entity, `${name}/`, depth + 1);
      } else if (entity instanceof ExternalLink) {
        const { filename, obj_path } = entity;
        arrays.push(refused(name, 'link', [], `is in another file: '${obj_path}' of ${filename}; read that one`));
      } else if (entity instanceof BrokenSoftLink) {
        arrays.push(refused(name, 'link', [], `is a link to '${entity.target}', which is not there`));
      }
    }
  };
  visit(file, '', 0);
  return arrays;
}

function refused(name: string, type: string, shape: readonly number[], refusal: string): ArraySource {
  return { name, type, shape, refusal, slab: () => Promise.reject(new TypeError('not to be read')) };
}

function described(path: string, name: string, dataset: Dataset, matlab: boolean): ArraySource {
  const metadata = guarded(path, () => dataset.metadata);
  const shape = metadata.shape ?? [];
  const matlabClass = guarded(path, () => textAttribute(dataset, 'MATLAB_class'));
  const type = typeOf(metadata, matlabClass);
  const refusal = storageProblem(path, dataset, metadata) ?? typeProblem(dataset, metadata, type);
  if (refusal !== undefined) return refused(name, type, shape, refusal);
  const packing = guarded(path, () => packingOf(dataset));
  if (typeof packing === 'string') return refused(name, type, shape, packing);
  const meant = packing?.scaled ? 'float64' : type;
  // Fortran, Julia and MATLAB's h5write do not record the order in the file.
  const order = matlab || matlabClass !== undefined ? 'column-major' : 'unknown';
  const slab = async (axis: number, first: number, count: number) => {
    const extents = shape.map((extent, k) => (k === axis ? count : extent));
    const ranges = shape.map((extent, k): [number, number] => (k === axis ? [first, first + count] : [0, extent]));
    const axes = shape.map((_, k) => k);
    const empty = product(extents) === 0;
    const found = empty ? [] : guarded(path, () => dataset.slice(ranges) as unknown as ArrayLike<number | bigint>);
    return { values: numbersOf(found, meant as NumberType, packing), extents, axes };
  };
  return { name, type: meant, shape, order, slab };
}

/** The type in words: a number type, or another class. */
function typeOf({ type, size, signed }: Metadata, matlabClass: string | undefined): string {
  if (matlabClass === 'logical') return 'boolean';
  if (matlabClass === 'char') return 'text';
  if (type === INTEGER) return `${signed ? 'int' : 'uint'}${8 * size}`;
  if (type === FLOAT) return `float${8 * size}`;
  return CLASSES[type] ?? 'an unknown type';
}

function typeProblem(
  dataset: Dataset,
  { type, compound_type, enum_type }: Metadata,
  found: string,
): string | undefined {
  if (type === ENUM) {
    const names = Object.keys(enum_type?.members ?? {})
      .slice(0, 4)
      .join(', ');
    return `holds names (${names}) where numbers belong; expected an array of numbers`;
  }
  if (type === COMPOUND) {
    const members = (compound_type?.members ?? []).map(({ name }) => name);
    return `holds a compound type (${members.join(', ')}); write each part as an array of its own`;
  }
  // A 2-byte float of HDF5 may also be bfloat16; the library reads neither.
  if (found === 'float16') return 'holds numbers of 16 bits; write it as float32';
  if (textAttribute(dataset, '_Unsigned') !== undefined) {
    return 'has the attribute _Unsigned, which gives its integers another meaning; write it as unsigned integers';
  }
  return noNumbers(found);
}

function storageProblem(
  path: string,
  dataset: Dataset,
  { virtual_sources: parts, shape }: Metadata,
): string | undefined {
  if (shape === null) return 'is empty (it has no shape)';
  if (parts && parts.length > 0) {
    const names = [...new Set(parts.map(({ file_name }) => file_name))];
    const shown = names.slice(0, 8).join(', ') + (names.length > 8 ? ` and ${names.length - 8} more` : '');
    return `is virtual: its numbers are in other files (${shown}). Import those, or write it whole with h5repack`;
  }
  const filter = guarded(path, () => dataset.filters).find(({ id }) => !BUILT_IN.has(id));
  if (!filter) return undefined;
  const known = FILTERS[filter.id] ?? (filter.name || 'an unknown filter');
  return `is compressed by ${known} (HDF5 filter ${filter.id}), which is not built in; write it anew with gzip (in h5py: compression="gzip")`;
}

function textAttribute(dataset: Dataset, name: string): string | undefined {
  const attribute = dataset.attrs[name];
  return attribute === undefined ? undefined : String(attribute.value);
}

function numbersOf(found: ArrayLike<number | bigint>, type: NumberType, packing: Packing | null): NumberArray {
  if (packing) return unpack(found, packing, arrayOf(type, found.length));
  if (found instanceof Float32Array || found instanceof Float64Array) return found;
  const values = arrayOf(type, found.length);
  for (let i = 0; i < found.length; i++) {
    const value = found[i]!;
    if (typeof value === 'bigint') values[i] = exact(value, i);
    else if (typeof value === 'number') values[i] = value;
    else throw new Unfit(i, `${typeof value}`);
  }
  return values;
}
