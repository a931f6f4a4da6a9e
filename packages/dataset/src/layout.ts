import type { FileHandle } from 'node:fs/promises';
import { FlatTable, sizeAt } from './flatbuffer.js';
import { batchRows, elements, type Field, type Recipe, recipeHash, shardRange } from './schema.js';

/**
 * Positions of the numbers in a shard. The format is Arrow's IPC file
 * (https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format): the footer at the end locates the record batches, and the
 * header of a batch locates its buffers.
 *
 * Nothing in the file is trusted: it must belong to the recipe and to the shard of its name, every buffer must lie within its
 * batch and have the size that follows from the recipe, and no list is longer than the recipe allows. A damaged or hostile file
 * therefore costs no more memory than a good one.
 */
export interface ShardLayout {
  readonly batches: readonly BatchLayout[];
  /** JSON of the draws given up; undefined if there are none. */
  readonly failures: string | undefined;
}

/** One record batch: the values of each field of the recipe, in order. */
export type BatchLayout = readonly ColumnPlace[];

/** Positions in the file of the values of a column, and for texts of their offsets. */
export interface ColumnPlace {
  readonly values: Place;
  readonly offsets: Place | null;
}

export interface Place {
  readonly at: number;
  readonly bytes: number;
}

/** A problem of a shard file; the message continues a sentence that begins with the file's name. */
export class LayoutProblem extends Error {}

const MAGIC = 'ARROW1';
/** The file ends with the footer's length and the magic bytes. */
const TAIL_BYTES = 4 + MAGIC.length;
const END_MARK_BYTES = 8;
/** Most bytes of a footer or a batch header; `sizeProblem` refuses recipes with larger ones. */
const MOST_METADATA_BYTES = 2 ** 22;
/** Most entries of a schema's metadata. */
const MOST_ENTRIES = 16;
/** Buffers are padded to a multiple of 8 bytes. */
const MOST_PADDING = 7;
/** Numbers of message kinds and types in Arrow's Message.fbs and Schema.fbs. */
const RECORD_BATCH = 3;
const METADATA_V5 = 4;
const TYPE = { int: 2, floatingPoint: 3, utf8: 5, fixedSizeList: 16 } as const;

/** Reads the layout of a shard. @throws LayoutProblem, or RangeError and TypeError for invalid metadata */
export async function readLayout(file: FileHandle, recipe: Recipe, shard: number): Promise<ShardLayout> {
  const { size } = await file.stat();
  if (size < 8 + TAIL_BYTES) throw new LayoutProblem('is not a whole Arrow file (it is too short)');
  const tail = await readExactly(file, size - TAIL_BYTES, TAIL_BYTES);
  const head = await readExactly(file, 0, MAGIC.length);
  if (text(head) !== MAGIC || text(tail.subarray(4)) !== MAGIC) {
    throw new LayoutProblem('is not a whole Arrow file (it does not begin and end as one)');
  }
  const footerBytes = tail.readInt32LE(0);
  const end = size - TAIL_BYTES - footerBytes;
  if (footerBytes < 1 || footerBytes > MOST_METADATA_BYTES || end < 8) {
    throw new LayoutProblem(`is not a whole Arrow file (its footer is said to have ${footerBytes} bytes)`);
  }
  const footer = FlatTable.root(await readExactly(file, end, footerBytes));
  const schema = footer.table(1);
  const metadata = schema.entries(2, MOST_ENTRIES);
  requireSchema(schema, metadata, recipe, shard);
  const blocks = footer.structs(3, 24, (block) => ({
    at: sizeAt(block, 0),
    headBytes: block.getInt32(8, true),
    bodyBytes: sizeAt(block, 16),
  }));
  const { rows } = shardRange(recipe, shard);
  const step = batchRows(recipe);
  if (blocks.length !== Math.ceil(rows / step)) {
    throw new LayoutProblem(`has ${blocks.length} record batches; expected ${Math.ceil(rows / step)}`);
  }
  const batches: BatchLayout[] = [];
  for (const [i, { at, headBytes, bodyBytes }] of blocks.entries()) {
    // Batches follow one another without gaps, so none can alias another; then come an end marker and the footer.
    const next = blocks[i + 1]?.at ?? end - END_MARK_BYTES;
    if (headBytes < 8 || headBytes > MOST_METADATA_BYTES || at < 8 || at + headBytes + bodyBytes !== next) {
      throw new LayoutProblem(`has record batch ${i} elsewhere than where it should be`);
    }
    const message = await readExactly(file, at, headBytes);
    const body = { at: at + headBytes, bytes: bodyBytes };
    batches.push(batchLayout(message, body, recipe.fields, Math.min(step, rows - i * step), i));
  }
  return { batches, failures: metadata.get('dyadic.failures') };
}

/** Reads `length` bytes at a position. @throws LayoutProblem if the file ends before */
export async function readExactly(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  await fillExactly(file, at, bytes);
  return bytes;
}

/** Fills `bytes` from a position on. @throws LayoutProblem if the file ends before */
export async function fillExactly(file: FileHandle, at: number, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, at + done);
    if (bytesRead === 0) throw new LayoutProblem(`ends before byte ${at + bytes.length}`);
    done += bytesRead;
  }
}

/** A range of a file and the memory to read it into. */
export interface Piece {
  readonly at: number;
  readonly into: Uint8Array;
}

/** Gaps between pieces up to this many bytes, such as batch headers and small columns, are read along rather than skipped. */
const MOST_GAP = 2 ** 14;
/** Most buffers of one call, accepted by every system. */
const MOST_BUFFERS = 1024;
/** Receives the bytes of gaps, which are never used. */
const gapBytes = new Uint8Array(MOST_GAP);

/**
 * Fills pieces, given in file order, with one call for pieces close to each other: for files in the page cache, a call costs about
 * as much as reading a hundred kilobytes.
 *
 * @returns one promise per call, which rejects with LayoutProblem if the file ends before
 */
export function fillPieces(file: FileHandle, pieces: readonly Piece[]): Promise<void>[] {
  const calls: Promise<void>[] = [];
  for (let first = 0, next = 0; first < pieces.length; first = next) {
    const { at } = pieces[first]!;
    const buffers: Uint8Array[] = [];
    let end = at;
    for (; next < pieces.length && buffers.length + 2 <= MOST_BUFFERS; next++) {
      const piece = pieces[next]!;
      const gap = piece.at - end;
      if (gap > MOST_GAP) break;
      if (gap > 0) buffers.push(gapBytes.subarray(0, gap));
      buffers.push(piece.into);
      end = piece.at + piece.into.length;
    }
    calls.push(fillNeighbours(file, at, end, buffers, pieces.slice(first, next)));
  }
  return calls;
}

async function fillNeighbours(
  file: FileHandle,
  at: number,
  end: number,
  buffers: readonly Uint8Array[],
  pieces: readonly Piece[],
): Promise<void> {
  const { bytesRead } = await file.readv(buffers, at);
  // A read may return fewer bytes than requested.
  if (bytesRead < end - at) for (const piece of pieces) await fillExactly(file, piece.at, piece.into);
}

function requireSchema(schema: FlatTable, metadata: ReadonlyMap<string, string>, recipe: Recipe, shard: number): void {
  if (metadata.get('dyadic.recipe') !== recipeHash(recipe)) throw new LayoutProblem('belongs to another dataset');
  if (metadata.get('dyadic.shard') !== String(shard)) {
    throw new LayoutProblem(`is shard ${metadata.get('dyadic.shard')} under the name of ${shard}`);
  }
  const fields = schema.tables(1);
  const endianness = schema.int16(0);
  const differs = fields.length !== recipe.fields.length || endianness !== 0;
  const wrong = differs ? 0 : recipe.fields.findIndex((field, i) => !isOfField(fields[i]!, field));
  if (wrong >= 0) throw new LayoutProblem(`has other columns than the recipe, from '${recipe.fields[wrong]!.name}' on`);
}

function isOfField(found: FlatTable, field: Field): boolean {
  if (found.text(0) !== field.name || found.has(4)) return false;
  if (field.shape.length === 0) return isOfType(found, field.type);
  const items = found.tables(5);
  const isList = found.uint8(2) === TYPE.fixedSizeList && found.table(3).int32(0) === elements(field);
  return isList && items.length === 1 && isOfType(items[0]!, field.type);
}

function isOfType(found: FlatTable, type: Field['type']): boolean {
  const [tag, parameters] = [found.uint8(2), found.table(3)];
  if (type === 'utf8') return tag === TYPE.utf8;
  if (type === 'float32' || type === 'float64') {
    return tag === TYPE.floatingPoint && parameters.int16(0) === (type === 'float32' ? 1 : 2);
  }
  return tag === TYPE.int && parameters.int32(0) === 32 && parameters.uint8(1) === (type === 'int32' ? 1 : 0);
}

/** The positions of a record batch's buffers, which its header lists column by column, depth first. */
function batchLayout(message: Buffer, body: Place, fields: readonly Field[], rows: number, index: number): BatchLayout {
  const problem = (what: string) => new LayoutProblem(`record batch ${index} ${what}`);
  // A continuation marker and the header's length come first.
  const root = FlatTable.root(message.subarray(8));
  const isBatch = message.readInt32LE(0) === -1 && root.uint8(1) === RECORD_BATCH && root.int16(0) === METADATA_V5;
  if (!isBatch || root.size(3) !== body.bytes) throw problem('has a damaged head');
  const batch = root.table(2);
  if (batch.size(0) !== rows) throw problem(`has ${batch.size(0)} rows; expected ${rows}`);
  if (batch.has(3)) throw problem('is compressed');
  const nodes = batch.structs(1, 16, (node) => ({ length: sizeAt(node, 0), nulls: sizeAt(node, 8) }));
  const buffers = batch.structs(2, 16, (buffer) => ({ at: sizeAt(buffer, 0), bytes: sizeAt(buffer, 8) }));
  let [node, buffer, end] = [0, 0, 0];
  const takeBuffer = (bytes: number | null): Place => {
    const next = buffers[buffer++];
    // Buffers follow one another without gaps, like batches.
    const fits = next !== undefined && next.at === end && next.at + next.bytes <= body.bytes;
    if (!fits || (bytes !== null && (next.bytes < bytes || next.bytes > bytes + MOST_PADDING))) {
      throw problem(`has a buffer of ${next?.bytes} bytes at ${next?.at}; expected ${bytes ?? 'one'} at ${end}`);
    }
    end += next.bytes;
    return { at: body.at + next.at, bytes: bytes ?? next.bytes };
  };
  const takeNode = (length: number) => {
    const next = nodes[node++];
    if (next?.length !== length || next.nulls !== 0) throw problem(`has nulls or a length other than ${length}`);
    takeBuffer(0); // validity bitmap: empty, since there are no nulls
  };
  const columns = fields.map((field): ColumnPlace => {
    takeNode(rows);
    if (field.shape.length > 0) takeNode(rows * elements(field));
    if (field.type === 'utf8') return { offsets: takeBuffer(4 * (rows + 1)), values: takeBuffer(null) };
    return { offsets: null, values: takeBuffer(rows * elements(field) * (field.type === 'float64' ? 8 : 4)) };
  });
  if (node !== nodes.length || buffer !== buffers.length || end !== body.bytes) {
    throw problem('has more buffers than the recipe has columns');
  }
  return columns;
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
