import { basename } from 'node:path';
import { DataError } from '@dyadic/errors';
import { blockSlabs } from '../blocks.js';
import type { FileBytes } from '../bytes/source.js';
import type { ArraySource, OpenedFormat } from '../foreign.js';
import {
  countsColumns,
  type Delimiter,
  delimiterOf,
  fieldsOf,
  hasDecimalCommas,
  isNumber,
  isSilent,
} from './dialect.js';
import { type Line, linesOf } from './lines.js';

/** Whether the first line names the columns; `auto` if no field in it is a number. */
export type Header = 'auto' | 'yes' | 'no';

/** Rows of a block. */
const BLOCK_ROWS = 1024;

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Opens a text table with one sample per line: CSV (comma or semicolon), TSV, or blanks as NumPy's savetxt writes them; UTF-8, with
 * or without a byte order mark. Hand-written, because libraries return strings: here every field passes a white list, errors
 * name line and column, and the file is never in memory as a whole.
 *
 * Without column names the table is one array with the file's name. With names, columns named by one word and consecutive numbers
 * (`u0, u1, …` or `u[0], u[1], …`) form one array of that word; other columns are arrays of their own.
 */
export async function openTable(path: string, file: FileBytes, header: Header): Promise<OpenedFormat> {
  const start = await firstByte(path, file);
  const table = await indexed(path, file, start, header);
  return { arrays: arraysOf(path, file, table), close: async () => {} };
}

async function firstByte(path: string, file: FileBytes): Promise<number> {
  const head = await file.read(0, Math.min(3, file.size));
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) {
    throw new DataError(path, 'line 1 begins as UTF-16 text; save the file as UTF-8 (in Excel: CSV UTF-8)');
  }
  return head.equals(BYTE_ORDER_MARK) ? 3 : 0;
}

interface Table {
  readonly delimiter: Delimiter;
  /** Names of the columns from `skip` on; undefined if there are none. */
  readonly names: readonly string[] | undefined;
  /** Number of numeric columns. */
  readonly columns: number;
  /** Number of fields before them: 1 for the index column of pandas. */
  readonly skip: number;
  readonly starts: readonly number[];
  /** First line of each block. */
  readonly blocks: readonly Line[];
}

/** Scans the file once: detects its dialect, checks the number of fields, and records where blocks begin. */
async function indexed(path: string, file: FileBytes, start: number, header: Header): Promise<Table> {
  let dialect: (Pick<Table, 'delimiter' | 'names' | 'skip'> & { fields: number; first: boolean }) | undefined;
  const blocks: Line[] = [];
  let [rows, columns] = [0, -1];
  for await (const line of linesOf(path, file, start)) {
    if (isSilent(line.text)) continue;
    if (line.text.includes('\0')) throw new DataError(path, `line ${line.number} holds bytes that are not text`);
    if (!dialect) {
      dialect = dialectOf(path, line, header);
      if (!dialect.first) continue;
    }
    const fields = withoutLastEmpty(fieldsOf(path, line, dialect.delimiter)).length - dialect.skip;
    if (columns < 0) columns = dialect.names?.length ?? fields;
    if (fields !== columns) {
      const cure = hasDecimalCommas(line.text) ? '; decimal commas are not read: write 1.5 for 1,5' : '';
      throw new DataError(path, `line ${line.number} has ${fields} fields; expected ${columns}${cure}`);
    }
    if (rows % BLOCK_ROWS === 0) blocks.push({ ...line, text: '' });
    rows++;
  }
  if (!dialect || rows === 0) throw new DataError(path, 'holds no line of numbers');
  const starts = [...blocks.map((_, k) => k * BLOCK_ROWS), rows];
  return { ...dialect, columns, starts, blocks };
}

function dialectOf(path: string, line: Line, header: Header) {
  if (hasDecimalCommas(line.text)) {
    throw new DataError(path, `line ${line.number} has decimal commas; write numbers with points, as 1.5 for 1,5`);
  }
  const delimiter = delimiterOf(line.text);
  const fields = withoutLastEmpty(fieldsOf(path, line, delimiter));
  // pandas leaves the name of its index column empty.
  const skip = fields[0] === '' ? 1 : 0;
  const named = fields.slice(skip);
  if (header === 'auto' && countsColumns(named)) {
    throw new DataError(path, `line ${line.number} counts the columns (${named.slice(0, 3).join(', ')}, …)`, {
      remedy: { code: 'header' },
    });
  }
  const isHeader = header === 'yes' || (header === 'auto' && (skip > 0 || !named.some(isNumber)));
  if (!isHeader) return { delimiter, names: undefined, skip: 0, first: true, fields: fields.length };
  return { delimiter, names: countsColumns(named) ? undefined : named, skip, first: false, fields: named.length };
}

/** Drops the empty field after a trailing separator. */
function withoutLastEmpty(fields: string[]): string[] {
  return fields.length > 1 && fields.at(-1) === '' ? fields.slice(0, -1) : fields;
}

/** Columns of a table that form one array. */
interface Group {
  readonly name: string;
  readonly first: number;
  readonly count: number;
  readonly isList: boolean;
}

function arraysOf(path: string, file: FileBytes, table: Table): ArraySource[] {
  const rows = table.starts.at(-1)!;
  return groupsOf(path, table).map(({ name, first, count, isList }) => ({
    name,
    type: 'float64',
    shape: isList ? [rows, count] : [rows],
    slab: blockSlabs({
      type: 'float64',
      shape: isList ? [rows, count] : [rows],
      starts: table.starts,
      read: (block) => numbersOf(path, file, table, block, first, count),
    }),
  }));
}

function groupsOf(path: string, { names, columns }: Table): Group[] {
  if (!names) return [{ name: basename(path).replace(/\.[^.]*$/, ''), first: 0, count: columns, isList: columns > 1 }];
  const groups: Group[] = [];
  for (let k = 0; k < names.length; ) {
    const [, word, number] = /^(.*?)[_. [-]*(\d+)\]?$/.exec(names[k]!) ?? [];
    let count = 1;
    if (word) {
      const follows = (name: string | undefined, next: number) => {
        const found = /^(.*?)[_. [-]*(\d+)\]?$/.exec(name ?? '');
        return found?.[1] === word && Number(found[2]) === next;
      };
      if (number === '0' || Number(number) <= 1) while (follows(names[k + count], Number(number) + count)) count++;
    }
    groups.push({ name: count > 1 ? word! : names[k]!, first: k, count, isList: count > 1 });
    k += count;
  }
  const repeated = groups.find(({ name }, k) => groups.findIndex((group) => group.name === name) < k);
  if (repeated) throw new DataError(path, `has two columns '${repeated.name}'; expected each name once`);
  return groups;
}

/** The numbers of some columns in a block. @throws DataError naming line and column of an entry that is not a number */
async function numbersOf(
  path: string,
  file: FileBytes,
  { delimiter, skip, starts, blocks }: Table,
  block: number,
  first: number,
  count: number,
): Promise<Float64Array> {
  const rows = starts[block + 1]! - starts[block]!;
  const values = new Float64Array(rows * count);
  let row = 0;
  const { at, number } = blocks[block]!;
  for await (const line of linesOf(path, file, at, number)) {
    if (isSilent(line.text)) continue;
    const fields = fieldsOf(path, line, delimiter);
    for (let k = 0; k < count; k++) {
      const column = skip + first + k;
      const field = fields[column] ?? '';
      const value = isNumber(field) ? Number(field) : Number.NaN;
      if (!Number.isFinite(value)) throw noNumber(path, line, column, field);
      values[row * count + k] = value;
    }
    if (++row === rows) break;
  }
  return values;
}

function noNumber(path: string, line: Line, column: number, field: string): DataError {
  const found = field === '' ? 'nothing' : `'${field.slice(0, 40)}'`;
  const cure = /^[+-]?\d+,\d+$/.test(field) ? ' with a decimal point' : '';
  return new DataError(
    path,
    `line ${line.number} has ${found} in column ${column + 1}; expected a finite number${cure}`,
  );
}
