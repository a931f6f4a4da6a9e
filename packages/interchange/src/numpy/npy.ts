import { basename } from 'node:path';
import { DataError } from '@dyadic/errors';
import { packedSlab } from '../axes.js';
import type { ByteSource, FileBytes } from '../bytes/source.js';
import type { ArraySource, OpenedFormat } from '../foreign.js';
import { type NumberType, product, sizeOf } from '../numbers.js';

/** Opens a `.npy` file (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html): one array, named after the file. */
export async function openNpy(path: string, bytes: FileBytes): Promise<OpenedFormat> {
  const array = await npyArray(path, basename(path).replace(/\.npy$/i, ''), bytes);
  return { arrays: [array], close: async () => {} };
}

const MAGIC = '\x93NUMPY';
const MOST_HEADER_BYTES = 2 ** 16;

/** The header of a `.npy` file, a Python dictionary with these three entries in any order. */
const DESCRIPTION =
  /^\{(?=.*'descr': *'([^']*)')(?=.*'fortran_order': *(True|False))(?=.*'shape': *\(([0-9, ]*)\)).*\}\s*$/s;

const KINDS: Readonly<Record<string, string>> = { f: 'float', i: 'int', u: 'uint' };
const OTHERS: Readonly<Record<string, string>> = {
  b: 'boolean',
  c: 'complex',
  U: 'text',
  S: 'text',
  M: 'timestamp',
  m: 'time difference',
  V: 'bytes',
  O: 'Python objects',
};

/** The array of `.npy` bytes. @throws DataError if they are not a NumPy array */
export async function npyArray(path: string, name: string, source: ByteSource): Promise<ArraySource> {
  const head = await source.read(0, Math.min(12, source.size));
  if (head.length < 12 || head.toString('latin1', 0, 6) !== MAGIC)
    throw new DataError(path, `'${name}' is not a NumPy array`);
  const [version, wide] = [head[6]!, head[6]! >= 2];
  if (version > 3) throw new DataError(path, `'${name}' has version ${version} of NumPy's format; expected 1 to 3`);
  const [start, length] = wide ? [12, head.readUInt32LE(8)] : [10, head.readUInt16LE(8)];
  if (length > MOST_HEADER_BYTES) throw new DataError(path, `'${name}' has a header of ${length} bytes`);
  const text = (await source.read(start, length)).toString(version === 3 ? 'utf8' : 'latin1');
  const found = DESCRIPTION.exec(text);
  if (!found) {
    if (/'descr': *\[/.test(text)) return refused(name, 'records', [], 'holds records; save each field as an array');
    throw new DataError(path, `'${name}' has a header that is not NumPy's: ${text.trim().slice(0, 80)}`);
  }
  const extents = found[3]!.split(',').map((entry) => entry.trim());
  const shape = extents.filter((entry) => entry !== '').map(Number);
  const [type, littleEndian] = typeOf(found[1]!);
  if (type === null) return refused(name, OTHERS[found[1]![1]!] ?? found[1]!, shape, refusalOf(found[1]!));
  const [at, bytes] = [start + length, product(shape) * sizeOf(type)];
  if (!Number.isSafeInteger(bytes) || at + bytes > source.size) {
    const room = `${source.size - at} bytes`;
    throw new DataError(path, `'${name}' of shape (${shape.join(', ')}) and type ${type} does not fit into ${room}`);
  }
  const packed = { source, at, type, littleEndian, shape, fortran: found[2] === 'True' };
  return { name, type, shape, slab: (axis, first, count) => packedSlab(packed, axis, first, count) };
}

function refused(name: string, type: string, shape: readonly number[], refusal: string): ArraySource {
  return { name, type, shape, refusal, slab: () => Promise.reject(new TypeError('not to be read')) };
}

/** Number type and whether it is little-endian, from `<f8` and similar; null for any other type. */
function typeOf(descr: string): [NumberType, boolean] | [null, boolean] {
  const [, order, kind, size] = /^([<>|=])([fiu])([1248])$/.exec(descr) ?? [];
  if (kind === undefined || (kind === 'f' && size === '1')) return [null, true];
  return [`${KINDS[kind]}${8 * Number(size)}` as NumberType, order !== '>'];
}

function refusalOf(descr: string): string {
  const what = OTHERS[descr[1]!];
  return `holds ${what ?? `the type ${descr}`}; expected an array of numbers${descr[1] === 'O' ? ' (nothing is executed)' : ''}`;
}
