/**
 * The safetensors container: an 8-byte little-endian header length, a JSON header naming each tensor's type, shape and
 * place, the raw little-endian bytes. Nothing in it can execute.
 */
import { DataError } from '@dyadic/errors';
import { z } from 'zod';

export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array;
}

export interface TensorFile {
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** Texts by name. */
  readonly metadata: Readonly<Record<string, string>>;
}

const TYPES = { F32: Float32Array, F64: Float64Array } as const;
const LENGTH_BYTES = 8;
/** Headers are a few kilobytes; a claim beyond this is damage. */
const LARGEST_HEADER = 2 ** 24;

const entrySchema = z.strictObject({
  dtype: z.enum(['F32', 'F64']),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});
const headerSchema = z.object({ __metadata__: z.record(z.string(), z.string()).default({}) }).catchall(entrySchema);

/** The bytes of a file; tensors and metadata in sorted order, so equal contents give equal bytes. */
export function encodeTensors({ tensors, metadata }: TensorFile): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: sorted(metadata) };
  const names = Object.keys(tensors).sort();
  let end = 0;
  for (const name of names) {
    const { shape, values } = tensors[name]!;
    const start = end;
    end += values.byteLength;
    const dtype = values instanceof Float64Array ? 'F64' : 'F32';
    header[name] = { dtype, shape, data_offsets: [start, end] };
  }
  const text = JSON.stringify(header);
  // Padded with spaces so that the data starts at a multiple of 8 bytes.
  const json = new TextEncoder().encode(text);
  const headerLength = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(LENGTH_BYTES + headerLength + end).fill(0x20, LENGTH_BYTES, LENGTH_BYTES + headerLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.set(json, LENGTH_BYTES);
  let offset = LENGTH_BYTES + headerLength;
  for (const name of names) {
    const { values } = tensors[name]!;
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offset);
    offset += values.byteLength;
  }
  return bytes;
}

/** Reads a file's bytes. @throws DataError naming `path` for anything that is not a whole, consistent file */
export function decodeTensors(path: string, bytes: Uint8Array): TensorFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = bytes.length >= LENGTH_BYTES ? Number(view.getBigUint64(0, true)) : Number.POSITIVE_INFINITY;
  const dataStart = LENGTH_BYTES + headerLength;
  if (headerLength > LARGEST_HEADER || dataStart > bytes.length)
    throw new DataError(path, 'is not a whole safetensors file');
  const { __metadata__: metadata, ...entries } = parseHeader(path, bytes.subarray(LENGTH_BYTES, dataStart));
  const tensors: Record<string, Tensor> = {};
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(entries)) {
    const [start, end] = data_offsets;
    const size = shape.reduce((product, extent) => product * extent, 1) * TYPES[dtype].BYTES_PER_ELEMENT;
    if (end - start !== size || dataStart + end > bytes.length) {
      throw new DataError(path, `is truncated or damaged: tensor '${name}' does not lie within it`);
    }
    const copy = Uint8Array.from(bytes.subarray(dataStart + start, dataStart + end)); // aligned, and no view of a Buffer pool
    tensors[name] = { shape, values: new TYPES[dtype](copy.buffer) };
  }
  return { tensors, metadata };
}

function parseHeader(path: string, json: Uint8Array): z.infer<typeof headerSchema> {
  try {
    return headerSchema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json)));
  } catch (cause) {
    throw new DataError(path, 'is not a safetensors file: its header can not be read', { cause });
  }
}

function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
