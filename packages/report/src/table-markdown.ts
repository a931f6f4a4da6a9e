import stringWidth from 'string-width';
import { formattedRows, type Table } from './table.js';

/**
 * Writes a table as GitHub-flavored Markdown, padded so that it is also legible as plain text.
 *
 * Escapes characters that Markdown or HTML would interpret; line breaks inside a cell become spaces.
 *
 * @param table made by the function `table`
 * @returns lines joined by `\n`, without a final newline
 */
export function tableMarkdown(table: Table): string {
  const titles = table.columns.map(({ title }) => literal(title));
  const rows = formattedRows(table).map((row) => row.map(literal));
  const widths = titles.map((title, j) => Math.max(3, stringWidth(title), ...rows.map((row) => stringWidth(row[j]!))));
  const line = (cells: readonly string[]) => {
    const padded = cells.map((cell, j) => {
      const space = ' '.repeat(widths[j]! - stringWidth(cell));
      return table.columns[j]!.align === 'right' ? space + cell : cell + space;
    });
    return `| ${padded.join(' | ')} |`;
  };
  const rules = table.columns.map(({ align }, j) =>
    align === 'right' ? `${'-'.repeat(widths[j]! - 1)}:` : '-'.repeat(widths[j]!),
  );
  return [
    ...(table.caption ? [`**${literal(table.caption)}**`, ''] : []),
    line(titles),
    line(rules),
    ...rows.map(line),
    ...table.notes.flatMap((note) => ['', paragraph(note)]),
  ].join('\n');
}

function literal(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()
    .replace(/[\\`*_[\]|~]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;');
}

/** Escapes a note so that it is a paragraph, not a heading, list or rule. */
function paragraph(text: string): string {
  return literal(text)
    .replace(/^([#+=-])/, '\\$1')
    .replace(/^(\d+)([.)])/, '$1\\$2');
}
