/**
 * The safetensors container: an 8-byte little-endian header length, a JSON header naming each tensor's type, shape and
 * place, the raw little-endian bytes. Nothing in it can execute.
 */
import { ArgumentError, DataError, show } from '@dyadic/errors';

export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array;
}

export interface TensorFile {
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Texts by name. */
  readonly metadata: ReadonlyMap<string, string>;
}

const TYPES = { F32: Float32Array, F64: Float64Array } as const;
const LENGTH_BYTES = 8;
/** Headers are a few kilobytes. What is parsed takes many times the memory of its text: hence these bounds. */
const MOST_HEADER_BYTES = 2 ** 20;
const MOST_TENSORS = 1000;

const MOST_AXES = 16;

/** What the header says of a tensor. */
interface Entry {
  readonly dtype: keyof typeof TYPES;
  readonly shape: readonly number[];
  /** First byte and the byte after the last, counted from the end of the header. */
  readonly data_offsets: readonly [number, number];
}

/**
 * The bytes of a file; tensors and metadata in sorted order, so equal contents give equal bytes.
 *
 * @throws ArgumentError for a header that {@link decodeTensors} would refuse
 */
export function encodeTensors({ tensors, metadata }: TensorFile): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: Object.fromEntries(sorted(metadata)) };
  const inOrder = sorted(tensors);
  let end = 0;
  for (const [name, { shape, values }] of inOrder) {
    const start = end;
    end += values.byteLength;
    const dtype = values instanceof Float64Array ? 'F64' : 'F32';
    header[name] = { dtype, shape, data_offsets: [start, end] };
  }
  const text = JSON.stringify(header);
  // Padded with spaces so that the data starts at a multiple of 8 bytes.
  const json = new TextEncoder().encode(text);
  const headerLength = Math.ceil(json.length / 8) * 8;
  if (headerLength > MOST_HEADER_BYTES) {
    throw new ArgumentError('bytes of the header', headerLength, `at most ${MOST_HEADER_BYTES}`);
  }
  const bytes = new Uint8Array(LENGTH_BYTES + headerLength + end).fill(0x20, LENGTH_BYTES, LENGTH_BYTES + headerLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.set(json, LENGTH_BYTES);
  let offset = LENGTH_BYTES + headerLength;
  for (const [, { values }] of inOrder) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offset);
    offset += values.byteLength;
  }
  return bytes;
}

/**
 * Reads a file's bytes. As the format demands, the tensors must fill the data without gaps and without overlapping: they
 * take no more memory than the file.
 *
 * @throws DataError naming `path` for anything that is not a whole, consistent file
 */
export function decodeTensors(path: string, bytes: Uint8Array): TensorFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = bytes.length >= LENGTH_BYTES ? Number(view.getBigUint64(0, true)) : Number.POSITIVE_INFINITY;
  const dataStart = LENGTH_BYTES + headerLength;
  if (dataStart > bytes.length) throw new DataError(path, 'is not a whole safetensors file');
  if (headerLength > MOST_HEADER_BYTES) {
    throw new DataError(path, `has a header of ${headerLength} bytes; expected at most ${MOST_HEADER_BYTES}`);
  }
  const { metadata, entries } = parseHeader(path, bytes.subarray(LENGTH_BYTES, dataStart));
  requireSeamless(path, entries, bytes.length - dataStart);
  const tensors = new Map<string, Tensor>();
  for (const [name, { dtype, shape, data_offsets }] of entries) {
    const [start, end] = data_offsets;
    const copy = Uint8Array.from(bytes.subarray(dataStart + start, dataStart + end)); // aligned, and no view of a Buffer pool
    tensors.set(name, { shape, values: new TYPES[dtype](copy.buffer) });
  }
  return { tensors, metadata };
}

/** Checks that each tensor begins where the one before ends, and the last ends with the data. @throws DataError */
function requireSeamless(path: string, entries: readonly (readonly [string, Entry])[], dataBytes: number): void {
  const inOrder = [...entries].sort(([, a], [, b]) => compare(a.data_offsets, b.data_offsets));
  let place = 0;
  for (const [name, { dtype, shape, data_offsets }] of inOrder) {
    const [start, end] = data_offsets;
    const size = shape.reduce((product, extent) => product * extent, 1) * TYPES[dtype].BYTES_PER_ELEMENT;
    if (end - start !== size || end > dataBytes) {
      throw new DataError(path, `is truncated or damaged: tensor ${show(name)} does not lie within it`);
    }
    if (start !== place) {
      const problem = start < place ? 'overlaps another' : 'leaves a gap before it';
      throw new DataError(path, `is no safetensors file: tensor ${show(name)} ${problem}`);
    }
    place = end;
  }
  if (place !== dataBytes) throw new DataError(path, `has ${dataBytes - place} bytes that belong to no tensor`);
}

function compare([a, b]: readonly [number, number], [c, d]: readonly [number, number]): number {
  return a - c || b - d;
}

function parseHeader(path: string, json: Uint8Array): { metadata: Map<string, string>; entries: [string, Entry][] } {
  try {
    const header = requireObject(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json)));
    const { __metadata__: texts = {}, ...tensors } = header;
    const found = Object.entries(tensors);
    if (found.length > MOST_TENSORS) throw new RangeError(`${found.length} tensors; expected at most ${MOST_TENSORS}`);
    return {
      metadata: new Map(Object.entries(requireObject(texts)).map(([name, text]) => [name, requireText(text)])),
      entries: found.map(([name, entry]) => [name, requireEntry(entry)]),
    };
  } catch (cause) {
    throw new DataError(path, 'is not a safetensors file: its header cannot be read', { cause });
  }
}

function requireObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('expected an object');
  return value as Record<string, unknown>;
}

function requireText(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('expected a text');
  return value;
}

function requireEntry(value: unknown): Entry {
  const { dtype, shape, data_offsets, ...others } = requireObject(value);
  const isEntry =
    typeof dtype === 'string' &&
    Object.hasOwn(TYPES, dtype) &&
    areNaturals(shape, 0, MOST_AXES) &&
    areNaturals(data_offsets, 2, 2) &&
    Object.keys(others).length === 0;
  if (!isEntry) throw new TypeError('expected dtype, shape and data_offsets of a tensor of F32 or F64');
  return { dtype, shape, data_offsets } as unknown as Entry;
}

/** Whether a value is an array of so many integers of at least 0. */
function areNaturals(value: unknown, least: number, most: number): boolean {
  if (!Array.isArray(value) || value.length < least || value.length > most) return false;
  return value.every((entry) => Number.isSafeInteger(entry) && entry >= 0);
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
