import { ArgumentError, requireInteger, requireKnownOptions, requireLength, requireOneOf } from '@dyadic/errors';
import { type Cell, FORMATS, type Format, formatCell } from './format.js';

/** One column of a {@link Table}. */
export interface Column {
  /** The heading. */
  readonly title: string;
  /** The format of numbers; default `text`. */
  readonly format?: Format;
  /** Significant digits of the format `error`, from 1 to 17; default 3. */
  readonly digits?: number;
  /** Alignment of the cells; default `left` for `text` and `right` for every other format. */
  readonly align?: 'left' | 'right';
}

/** Options of {@link table}. */
export interface TableOptions {
  /** At least one column. */
  readonly columns: readonly Column[];
  /** Rows with one cell per column; may be empty. */
  readonly rows: readonly (readonly Cell[])[];
  /** Notes under the table, one paragraph each; default none. */
  readonly notes?: readonly string[];
  /** Caption above the table; default none. */
  readonly caption?: string;
}

/** A checked table, for `tableText`, `tableHtml` or `tableMarkdown`. */
export interface Table {
  readonly columns: readonly Required<Column>[];
  readonly rows: readonly (readonly Cell[])[];
  readonly notes: readonly string[];
  readonly caption: string;
}

/**
 * Checks a table and fills in the defaults. Returns a copy.
 *
 * @throws ArgumentError naming the wrong column or cell, such as `rows[2][1]`
 */
export function table(options: TableOptions): Table {
  requireKnownOptions('table', options, ['columns', 'rows', 'notes', 'caption']);
  const { notes = [], caption = '' } = options;
  if (!Array.isArray(options.columns) || options.columns.length === 0) {
    throw new ArgumentError('columns', options.columns, 'at least one column');
  }
  if (!Array.isArray(options.rows)) throw new ArgumentError('rows', options.rows, 'an array of rows');
  const columns = options.columns.map(checkedColumn);
  const rows = options.rows.map((row: readonly Cell[], i) => {
    requireLength(`rows[${i}]`, row, columns.length);
    return row.map((cell, j) => {
      const { format, digits } = columns[j]!;
      formatCell(cell, format, { digits, name: `rows[${i}][${j}]` });
      return cell;
    });
  });
  notes.forEach((note, i) => {
    requireText(`notes[${i}]`, note);
  });
  return { columns, rows, notes: [...notes], caption: requireText('caption', caption) };
}

function checkedColumn(column: Column, index: number): Required<Column> {
  const name = `columns[${index}]`;
  requireKnownOptions(name, column, ['title', 'format', 'digits', 'align']);
  const format = requireOneOf(`${name}.format`, column.format ?? 'text', FORMATS);
  return {
    title: requireText(`${name}.title`, column.title),
    format,
    digits: requireInteger(`${name}.digits`, column.digits ?? 3, { min: 1, max: 17 }),
    align: requireOneOf(`${name}.align`, column.align ?? (format === 'text' ? 'left' : 'right'), ['left', 'right']),
  };
}

/** The cells of a table as text, row by row. */
export function formattedRows({ columns, rows }: Table): string[][] {
  return rows.map((row) => row.map((cell, j) => formatCell(cell, columns[j]!.format, columns[j]!)));
}

/** Returns `value` if it is a string. @throws ArgumentError */
export function requireText(name: string, value: unknown): string {
  if (typeof value !== 'string') throw new ArgumentError(name, value, 'a string');
  return value;
}
