import { FlatTable, sizeAt } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import type { FileBytes } from '../bytes/source.js';

/**
 * The messages of an Arrow file or stream, located by their headers alone
 * (https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc). A stream is a sequence of
 * messages: marker, header length, header, body. A file ends with a footer that has the schema and locates the messages; some
 * writers store the schema only there.
 */
export interface Messages {
  /** The bytes of a message that contains the schema. */
  readonly schema: Buffer;
  readonly dictionaries: readonly Place[];
  readonly batches: readonly Batch[];
}

/** A message: the position of its first byte, and its length with header and body. */
export interface Place {
  readonly at: number;
  readonly bytes: number;
}

export interface Batch extends Place {
  readonly rows: number;
}

export const MAGIC = 'ARROW1';
/** Bytes of the footer's length and the magic bytes. */
const TAIL_BYTES = 4 + MAGIC.length;
const [SCHEMA, DICTIONARY, RECORD_BATCH] = [1, 2, 3];
/** Number of the type in Arrow's Schema.fbs. */
const UNION = 14;
const MOST_HEAD_BYTES = 2 ** 26;
const MOST_MESSAGES = 1_000_000;

/** Locates the messages of a file or stream. @throws DataError if it is truncated or damaged */
export async function messagesOf(path: string, file: FileBytes): Promise<Messages> {
  const isFile = (await file.read(0, Math.min(6, file.size))).toString('latin1') === MAGIC;
  try {
    return isFile ? await messagesOfFile(path, file) : await messagesOfStream(path, file);
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw damaged(path, `has damaged metadata (${(cause as Error).message})`, cause);
  }
}

async function messagesOfFile(path: string, file: FileBytes): Promise<Messages> {
  const tail = await file.read(Math.max(0, file.size - TAIL_BYTES), Math.min(TAIL_BYTES, file.size));
  const footerBytes = tail.length === TAIL_BYTES ? tail.readInt32LE(0) : -1;
  const end = file.size - TAIL_BYTES - footerBytes;
  if (tail.toString('latin1', 4) !== MAGIC || footerBytes < 1 || footerBytes > MOST_HEAD_BYTES || end < 8) {
    throw damaged(path, 'does not end as one; it was cut short');
  }
  const bytes = await file.read(end, footerBytes);
  const footer = FlatTable.root(bytes);
  const blocks = (field: number) =>
    footer.structs(field, 24, (block) => ({
      at: sizeAt(block, 0),
      bytes: block.getInt32(8, true) + sizeAt(block, 16),
    }));
  const batches: Batch[] = [];
  for (const { at } of blocks(3)) batches.push(await messageAt(path, file, at, end));
  requireSound(footer.table(1));
  const dictionaries: Place[] = [];
  for (const { at } of blocks(2)) dictionaries.push(await messageAt(path, file, at, end));
  return { schema: schemaMessage(bytes, footer.int16(0)), dictionaries, batches };
}

async function messagesOfStream(path: string, file: FileBytes): Promise<Messages> {
  let schema: Buffer | undefined;
  const [dictionaries, batches]: [Place[], Batch[]] = [[], []];
  for (let at = 0; at + 8 <= file.size; ) {
    if (dictionaries.length + batches.length > MOST_MESSAGES) throw damaged(path, 'has too many record batches');
    const message = await messageAt(path, file, at, file.size);
    if (message.bytes === 0) break;
    if (message.kind === SCHEMA) schema ??= await file.read(at, message.bytes);
    else if (message.kind === DICTIONARY) dictionaries.push(message);
    else if (message.kind === RECORD_BATCH) batches.push(message);
    at += message.bytes;
  }
  if (!schema) throw damaged(path, 'has no schema');
  return { schema, dictionaries, batches };
}

/** Reads the header of a message; one of zero bytes ends a stream. */
async function messageAt(
  path: string,
  file: FileBytes,
  at: number,
  end: number,
): Promise<Batch & { readonly kind: number }> {
  if (at < 0 || at + 8 > end) throw damaged(path, `names a message at byte ${at}, behind its end`);
  const mark = await file.read(at, 8);
  // Arrow before version 0.15 wrote no marker.
  const start = mark.readInt32LE(0) === -1 ? 8 : 4;
  const headBytes = mark.readInt32LE(start - 4);
  if (headBytes === 0) return { at, bytes: 0, rows: 0, kind: 0 };
  if (headBytes < 0 || headBytes > MOST_HEAD_BYTES || at + start + headBytes > end) {
    throw damaged(path, `has a message with a head of ${headBytes} bytes at byte ${at}`);
  }
  const message = FlatTable.root(await file.read(at + start, headBytes));
  const [kind, bytes] = [message.uint8(1), start + headBytes + message.size(3)];
  if (at + bytes > end) throw damaged(path, `ends within the message at byte ${at}; it was cut short`);
  if (kind === SCHEMA) requireSound(message.table(2));
  const batch = kind === DICTIONARY ? message.table(2).table(1) : kind === RECORD_BATCH ? message.table(2) : undefined;
  // Lists of field nodes, buffers, and variadic buffer counts of views.
  for (const [field, width] of [
    [1, 16],
    [2, 16],
    [4, 8],
  ] as const)
    batch?.structs(field, width, () => null);
  return { at, bytes, kind, rows: kind === RECORD_BATCH ? batch!.size(0) : 0 };
}

/** Most fields of a schema, including those within lists and structs. */
const MOST_FIELDS = 100_000;

/**
 * Checks the lengths of all lists of a schema, by way of FlatTable, because the decoder trusts them.
 *
 * @throws RangeError for a list longer than its bytes
 */
function requireSound(schema: FlatTable): void {
  const rest = schema.tables(1);
  schema.entries(2, MOST_FIELDS);
  for (let count = 0; rest.length > 0; count++) {
    if (count > MOST_FIELDS) throw new RangeError('a schema has too many fields');
    const field = rest.pop()!;
    field.entries(6, MOST_FIELDS);
    rest.push(...field.tables(5));
    // Type ids of a union.
    if (field.uint8(2) === UNION) field.table(3).structs(1, 4, () => null);
  }
}

/**
 * A message with the schema of a footer: a table (version, kind, offset of the schema) before the bytes of the footer, whose
 * offsets are all relative (https://flatbuffers.dev/internals/).
 */
function schemaMessage(footer: Buffer, version: number): Buffer {
  const root = footer.readUInt32LE(0);
  const field = root + footer.readUInt16LE(root - footer.readInt32LE(root) + 6);
  const schema = field + footer.readUInt32LE(field);
  const [prefix, table, start] = [8, 16, 32];
  const message = Buffer.alloc(prefix + start + 8 * Math.ceil(footer.length / 8));
  message.writeInt32LE(-1, 0);
  message.writeInt32LE(message.length - prefix, 4);
  const head = message.subarray(prefix);
  head.writeUInt32LE(table, 0);
  // The vtable: its length, that of the table, and the offsets of version, kind, header and body length in the table.
  for (const [k, value] of [12, 12, 8, 10, 4, 0].entries()) head.writeUInt16LE(value, 4 + 2 * k);
  head.writeInt32LE(table - 4, table);
  head.writeUInt32LE(start + schema - (table + 4), table + 4);
  head.writeInt16LE(version, table + 8);
  head.writeUInt8(SCHEMA, table + 10);
  footer.copy(head, start);
  return message;
}

export function damaged(path: string, problem: string, cause?: unknown): DataError {
  return new DataError(path, `is not a whole Arrow file: ${problem}`, { cause });
}
