import { FlatTable } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import type { FileBytes } from '../bytes/source.js';

/**
 * Where the messages of an Arrow file or stream are (https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc):
 * a mark, the head's length, the head, the body. A file is a stream with a magic word before and a footer behind it, so
 * both are walked in the same way, and only heads are read.
 */
export interface Messages {
  readonly schema: Place;
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
const [SCHEMA, DICTIONARY, RECORD_BATCH] = [1, 2, 3];
const MOST_HEAD_BYTES = 2 ** 26;
const MOST_MESSAGES = 1_000_000;

/** @throws DataError when it is cut short or damaged */
export async function messagesOf(path: string, file: FileBytes): Promise<Messages> {
  const isFile = file.size >= 8 && (await file.read(0, 6)).toString('latin1') === MAGIC;
  const end = isFile ? await footerStart(path, file) : file.size;
  let schema: Place | undefined;
  const [dictionaries, batches]: [Place[], Batch[]] = [[], []];
  for (let at = isFile ? 8 : 0; at + 4 <= end; ) {
    if (dictionaries.length + batches.length > MOST_MESSAGES) throw damaged(path, 'has too many record batches');
    const mark = await file.read(at, Math.min(8, end - at));
    const isMarked = mark.readInt32LE(0) === -1;
    // Before version 0.15 there was no mark.
    const start = isMarked ? 8 : 4;
    if (isMarked && mark.length < 8) break;
    const headBytes = mark.readInt32LE(start - 4);
    if (headBytes === 0) break;
    if (headBytes < 0 || headBytes > MOST_HEAD_BYTES || at + start + headBytes > end) {
      throw damaged(path, `has a message of ${headBytes} bytes at byte ${at}`);
    }
    const head = await file.read(at + start, headBytes);
    const { kind, rows, bodyBytes } = described(path, head);
    const bytes = start + headBytes + bodyBytes;
    if (at + bytes > end) throw damaged(path, `ends within the message at byte ${at}; it was cut short`);
    if (kind === SCHEMA) schema ??= { at, bytes };
    else if (kind === DICTIONARY) dictionaries.push({ at, bytes });
    else if (kind === RECORD_BATCH) batches.push({ at, bytes, rows });
    at += bytes;
  }
  if (!schema) throw damaged(path, 'has no schema');
  return { schema, dictionaries, batches };
}

/** A file ends with the footer, its length and the magic word. */
async function footerStart(path: string, file: FileBytes): Promise<number> {
  const tail = await file.read(Math.max(0, file.size - 10), Math.min(10, file.size));
  const footerBytes = tail.length === 10 ? tail.readInt32LE(0) : -1;
  const start = file.size - 10 - footerBytes;
  if (tail.toString('latin1', 4) !== MAGIC || footerBytes < 1 || start < 8) {
    throw damaged(path, 'does not end as one; it was cut short');
  }
  return start;
}

function described(path: string, head: Buffer): { kind: number; rows: number; bodyBytes: number } {
  try {
    const message = FlatTable.root(head);
    const kind = message.uint8(1);
    return { kind, rows: kind === RECORD_BATCH ? message.table(2).size(0) : 0, bodyBytes: message.size(3) };
  } catch (cause) {
    throw damaged(path, `has a damaged message (${(cause as Error).message})`, cause);
  }
}

export function damaged(path: string, problem: string, cause?: unknown): DataError {
  return new DataError(path, `is not a whole Arrow file: ${problem}`, { cause });
}
