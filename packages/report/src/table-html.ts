import { escapeHtml } from './escape.js';
import { formattedRows, type Table } from './table.js';

/** Cells with more characters than this may wrap. */
const LONG_TEXT = 28;

/**
 * Writes a table as HTML: a `<div class="table">` with the `<table>`, which scrolls on a narrow screen, and the notes. Every
 * text is escaped; `1.23e-4` becomes 1.23 × 10⁻⁴.
 *
 * @param table made by the function `table`
 * @returns well-formed HTML that is also well-formed XML
 */
export function tableHtml(table: Table): string {
  const numbers = table.columns.map(({ align }) => (align === 'right' ? 'number' : ''));
  const classOf = (name: string) => (name === '' ? '' : ` class="${name}"`);
  const head = table.columns.map(({ title }, j) => `<th scope="col"${classOf(numbers[j]!)}>${escapeHtml(title)}</th>`);
  const body = formattedRows(table).map((row, i) => {
    const cells = row.map((text, j) => {
      const scientific = table.columns[j]!.format === 'error' && typeof table.rows[i]![j] === 'number';
      // short texts stay on one line, long ones wrap
      const name = numbers[j] || (text.length > LONG_TEXT ? 'wrap' : '');
      return `<td${classOf(name)}>${scientific ? powerOfTen(text) : escapeHtml(text)}</td>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  return [
    // a scrollable region must be reachable from the keyboard
    `<div class="table"><div class="scroll" tabindex="0" role="region" aria-label="${label(table)}"><table>`,
    ...(table.caption ? [`<caption>${escapeHtml(table.caption)}</caption>`] : []),
    `<thead><tr>${head.join('')}</tr></thead>`,
    '<tbody>',
    ...body,
    '</tbody>',
    '</table></div>',
    ...table.notes.map((note) => `<p class="note">${escapeHtml(note)}</p>`),
    '</div>',
  ].join('\n');
}

function label({ caption, columns }: Table): string {
  return escapeHtml(caption || `Table: ${columns.map(({ title }) => title).join(', ')}`);
}

function powerOfTen(text: string): string {
  const [mantissa, exponent] = text.split('e');
  if (exponent === undefined || exponent === '0') return mantissa!.replace('-', '−');
  return `${mantissa!.replace('-', '−')} × 10<sup>${exponent.replace('-', '−')}</sup>`;
}
