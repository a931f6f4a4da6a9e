/** Files as other programs write them, each by a library that is not ours or by the format's own rules. */
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { Field, FixedSizeList, Float64, makeData, RecordBatch, Schema, Struct, Table, tableToIPC } from 'apache-arrow';
import { File, FS, ready } from 'h5wasm';
import { parquetWriteBuffer } from 'hyparquet-writer';

/** Arrays of samples × points, by name, row after row. */
export type Arrays = Readonly<Record<string, Float64Array>>;

/** The transpose of samples × points, as MATLAB lays an array out that it calls points × samples. */
function transposed(values: Float64Array, points: number): Float64Array {
  const samples = values.length / points;
  return values.map((_, k) => values[(k % samples) * points + Math.floor(k / samples)]!);
}

/** HDF5, of h5wasm; `samplesLast` as MATLAB 7.3 stores samples of a last axis. */
export async function writeHdf5(path: string, arrays: Arrays, points: number, group = '', samplesLast = false) {
  await ready;
  const name = `/${basename(path)}`;
  const file = new File(name, 'w');
  if (group) file.create_group(group);
  for (const [array, values] of Object.entries(arrays)) {
    const shape = [values.length / points, points];
    const data = samplesLast ? transposed(values, points) : values;
    file.create_dataset({ name: `${group}/${array}`, data, shape: samplesLast ? shape.reverse() : shape });
  }
  file.close();
  await writeFile(path, FS!.readFile(name));
  FS!.unlink(name);
}

/** MATLAB 5, each matrix compressed, as `save -v7` writes it: columns one after the other. */
export async function writeMatlab5(path: string, arrays: Arrays, points: number) {
  const head = Buffer.alloc(128, ' ');
  head.write('MATLAB 5.0 MAT-file');
  head.writeUInt16LE(0x0100, 124);
  head.write('IM', 126);
  const element = (type: number, data: Uint8Array) => {
    const tag = Buffer.alloc(8);
    tag.writeUInt32LE(type, 0);
    tag.writeUInt32LE(data.length, 4);
    return Buffer.concat([tag, data, Buffer.alloc(-data.length & 7)]);
  };
  const [INT8, INT32, UINT32, DOUBLE, MATRIX, COMPRESSED] = [1, 5, 6, 9, 14, 15];
  const bytes = (words: ArrayBufferView) => new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  const matrices = Object.entries(arrays).map(([name, values]) => {
    const body = Buffer.concat([
      element(UINT32, bytes(Uint32Array.of(6, 0))), // class double, no flags
      element(INT32, bytes(Int32Array.of(values.length / points, points))),
      element(INT8, Buffer.from(name)),
      element(DOUBLE, bytes(transposed(values, points))),
    ]);
    const compressed = deflateSync(element(MATRIX, body));
    const tag = Buffer.alloc(8);
    tag.writeUInt32LE(COMPRESSED, 0);
    tag.writeUInt32LE(compressed.length, 4);
    return Buffer.concat([tag, compressed]);
  });
  await writeFile(path, Buffer.concat([head, ...matrices]));
}

/** The bytes of `numpy.save`. */
export function npy(values: Float64Array, points: number): Buffer {
  const description = `{'descr': '<f8', 'fortran_order': False, 'shape': (${values.length / points}, ${points}), }`;
  const head = Buffer.alloc(128, ' ');
  head.write('\x93NUMPY\x01\x00', 'latin1');
  head.writeUInt16LE(118, 8);
  head.write(description, 10);
  head.write('\n', 127);
  return Buffer.concat([head, Buffer.from(values.buffer, values.byteOffset, values.byteLength)]);
}

/** `numpy.savez`: a ZIP archive without compression. */
export async function writeNpz(path: string, arrays: Arrays, points: number) {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const [array, values] of Object.entries(arrays)) {
    const [name, data] = [Buffer.from(`${array}.npy`), npy(values, points)];
    // Version, flags, method, time, date, checksum, both sizes, length of the name, of extra fields.
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt32LE(crc32(data), 10);
    fields.writeUInt32LE(data.length, 14);
    fields.writeUInt32LE(data.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, name, data]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    centrals.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), fields, place, name]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(centrals.length, 8);
  end.writeUInt16LE(centrals.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  await writeFile(path, Buffer.concat([...locals, directory, end]));
}

/** A folder of one file an array. */
export async function writeFolder(folder: string, arrays: Arrays, points: number, format: 'npy' | 'csv') {
  await mkdir(folder, { recursive: true });
  for (const [name, values] of Object.entries(arrays)) {
    const content = format === 'npy' ? npy(values, points) : lines(values, points).join('');
    await writeFile(join(folder, `${name}.${format}`), content);
  }
}

const lines = (values: Float64Array, points: number) =>
  Array.from({ length: values.length / points }, (_, i) => `${values.subarray(i * points, (i + 1) * points).join()}\n`);

/** One CSV file with a header: `a0,a1,…,u0,u1,…`. */
export async function writeCsv(path: string, arrays: Arrays, points: number) {
  const header = Object.keys(arrays).flatMap((name) => Array.from({ length: points }, (_, k) => `${name}${k}`));
  const parts = Object.values(arrays).map((values) => lines(values, points));
  const rows = parts[0]!.map((_, i) => parts.map((part) => part[i]!.trim()).join());
  await writeFile(path, `${[header.join(), ...rows].join('\n')}\n`);
}

/** Parquet with a list column an array, of hyparquet-writer. */
export async function writeParquet(path: string, arrays: Arrays, points: number) {
  const rowsOf = (values: Float64Array) =>
    Array.from({ length: values.length / points }, (_, i) => [...values.subarray(i * points, (i + 1) * points)]);
  const columnData = Object.entries(arrays).map(([name, values]) => ({ name, data: rowsOf(values) }));
  const list = Object.keys(arrays).flatMap((name) => [
    { name, num_children: 1, repetition_type: 'REQUIRED' as const, converted_type: 'LIST' as const },
    { name: 'list', num_children: 1, repetition_type: 'REPEATED' as const },
    { name: 'element', type: 'DOUBLE' as const, repetition_type: 'REQUIRED' as const },
  ]);
  const schema = [{ name: 'root', num_children: columnData.length }, ...list];
  await writeFile(path, Buffer.from(parquetWriteBuffer({ columnData, schema })));
}

/** An Arrow file, which Feather is too, with a list column an array, of apache-arrow. */
export async function writeArrow(path: string, arrays: Arrays, points: number) {
  const type = new FixedSizeList(points, new Field('item', new Float64(), false));
  const fields = Object.keys(arrays).map((name) => new Field(name, type, false));
  const length = Object.values(arrays)[0]!.length / points;
  const children = Object.values(arrays).map((data) =>
    makeData({ type, length, nullCount: 0, child: makeData({ type: new Float64(), data, length: data.length }) }),
  );
  const schema = new Schema(fields);
  const batch = new RecordBatch(schema, makeData({ type: new Struct(fields), length, nullCount: 0, children }));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, tableToIPC(new Table(schema, [batch]), 'file'));
}
