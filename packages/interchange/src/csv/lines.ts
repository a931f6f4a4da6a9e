import { DataError } from '@dyadic/errors';
import type { FileBytes } from '../bytes/source.js';

const CHUNK_BYTES = 2 ** 20;
/** Most bytes of a line. */
const MOST_LINE_BYTES = 2 ** 28;
const [NEWLINE, RETURN] = [0x0a, 0x0d];

export interface Line {
  readonly text: string;
  /** Line number, counted from 1 as in editors. */
  readonly number: number;
  /** Position of the first byte in the file. */
  readonly at: number;
}

/** Yields the lines of a UTF-8 text from byte `from` on, without their ends (LF or CRLF); the first has the number `number`. */
export async function* linesOf(path: string, file: FileBytes, from: number, number = 1): AsyncGenerator<Line> {
  let rest: Buffer = Buffer.alloc(0);
  let [at, line] = [from, number];
  for (let read = from; read < file.size || rest.length > 0; ) {
    const chunk = await file.read(read, Math.min(CHUNK_BYTES, file.size - read));
    read += chunk.length;
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      yield { text: text(bytes, start, end), number: line++, at };
      at += end + 1 - start;
      start = end + 1;
    }
    rest = bytes.subarray(start);
    if (rest.length > MOST_LINE_BYTES) throw new DataError(path, `line ${line} has more than ${MOST_LINE_BYTES} bytes`);
    if (read < file.size) continue;
    if (rest.length > 0) yield { text: text(rest, 0, rest.length), number: line, at };
    return;
  }
}

function text(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('utf8', start, end > start && bytes[end - 1] === RETURN ? end - 1 : end);
}
