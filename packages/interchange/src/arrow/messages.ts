import { FlatTable, sizeAt } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import type { FileBytes } from '../bytes/source.js';

/**
 * Where the messages of an Arrow file or stream are, by their heads alone
 * (https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc). A stream is
 * messages one after the other: a mark, the head's length, the head, the body. A file ends with a footer that has the
 * schema and says where its messages are; some writers put the schema nowhere else.
 */
export interface Messages {
  /** Bytes of a message with the schema. */
  readonly schema: Buffer;
  readonly dictionaries: readonly Place[];
  readonly batches: readonly Batch[];
}

/** A message: its first byte and all its bytes, head and body. */
export interface Place {
  readonly at: number;
  readonly bytes: number;
}

export interface Batch extends Place {
  readonly rows: number;
}

export const MAGIC = 'ARROW1';
/** The length of the footer, and the magic word. */
const TAIL_BYTES = 4 + MAGIC.length;
const [SCHEMA, DICTIONARY, RECORD_BATCH] = [1, 2, 3];
/** Number of the type in Arrow's Schema.fbs. */
const UNION = 14;
const MOST_HEAD_BYTES = 2 ** 26;
const MOST_MESSAGES = 1_000_000;

/** @throws DataError when it is cut short or damaged */
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

/** Reads the head of a message; one of no bytes ends a stream. */
async function messageAt(
  path: string,
  file: FileBytes,
  at: number,
  end: number,
): Promise<Batch & { readonly kind: number }> {
  if (at < 0 || at + 8 > end) throw damaged(path, `names a message at byte ${at}, behind its end`);
  const mark = await file.read(at, 8);
  // Before version 0.15 there was no mark.
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
  // Lists of field nodes, buffers, and numbers of buffers of views.
  for (const [field, width] of [
    [1, 16],
    [2, 16],
    [4, 8],
  ] as const)
    batch?.structs(field, width, () => null);
  return { at, bytes, kind, rows: kind === RECORD_BATCH ? batch!.size(0) : 0 };
}

/** Most fields of a schema, those within lists and structs counted too. */
const MOST_FIELDS = 100_000;

/**
 * Goes through the lists of a schema, whose lengths FlatTable checks: what decodes it afterwards believes them.
 *
 * @throws RangeError for a list that is longer than its bytes
 */
function requireSound(schema: FlatTable): void {
  const rest = schema.tables(1);
  schema.entries(2, MOST_FIELDS);
  for (let count = 0; rest.length > 0; count++) {
    if (count > MOST_FIELDS) throw new RangeError('a schema has too many fields');
    const field = rest.pop()!;
    field.entries(6, MOST_FIELDS);
    rest.push(...field.tables(5));
    // Numbers of the types of a union.
    if (field.uint8(2) === UNION) field.table(3).structs(1, 4, () => null);
  }
}

/**
 * A message that holds the schema of a footer: a table (version, kind, place of the schema) before the footer's own bytes,
 * whose places are all relative (https://flatbuffers.dev/internals/).
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
  // Bytes of the list of fields, of the table, and where in the table version, kind, header and body length are.
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
