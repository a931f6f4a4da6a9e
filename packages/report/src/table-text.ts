import stringWidth from 'string-width';
import { formattedRows, type Table } from './table.js';

/**
 * Writes a table for a terminal: rules above, below and under the headings; numbers aligned right.
 *
 * Widths count terminal cells, so accents, CJK and emoji keep the columns aligned. Control characters in the cells
 * become spaces: a file name or a label cannot move the cursor or change the colors.
 *
 * @param table made by the function `table`
 * @param options `color`: bold headings, dim rules and notes, by ANSI codes; default false
 * @returns lines joined by `\n`, without a final newline
 */
export function tableText(table: Table, { color = false }: { color?: boolean } = {}): string {
  const bold = color ? (text: string) => `\u001b[1m${text}\u001b[22m` : plain;
  const dim = color ? (text: string) => `\u001b[2m${text}\u001b[22m` : plain;
  const titles = table.columns.map(({ title }) => printable(title));
  const rows = formattedRows(table).map((row) => row.map(printable));
  const widths = titles.map((title, j) => Math.max(stringWidth(title), ...rows.map((row) => stringWidth(row[j]!))));
  // one cell beyond the text on each side
  const rule = dim('─'.repeat(widths.reduce((sum, width) => sum + width + GAP.length) + 2));
  const line = (cells: readonly string[]) => {
    const padded = cells.map((cell, j) => pad(cell, widths[j]!, table.columns[j]!.align));
    return ` ${padded.join(GAP)}`.trimEnd();
  };
  return [
    ...(table.caption ? [bold(printable(table.caption))] : []),
    rule,
    bold(line(titles)),
    rule,
    ...rows.map(line),
    rule,
    ...table.notes.map((note) => dim(` ${printable(note)}`)),
  ].join('\n');
}

const GAP = '  ';

function plain(text: string): string {
  return text;
}

function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(width - stringWidth(text));
  return align === 'right' ? space + text : text + space;
}
