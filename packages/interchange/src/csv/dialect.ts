/** The dialect of a text table: the separator of its fields and the meaning of its first lines. */
import { DataError } from '@dyadic/errors';
import type { Line } from './lines.js';

/** A number as programs write it: no thousands separators, no decimal commas, no words. */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

export function isNumber(field: string): boolean {
  return NUMBER.test(field);
}

export type Delimiter = ',' | ';' | '\t' | ' ';

const DELIMITERS: readonly [Delimiter, RegExp][] = [
  ['\t', /\t/],
  [';', /;/],
  [',', /,/],
  [' ', /\S\s+\S/],
];

/** The separator of the fields of a line: the first of tab, semicolon, comma and blanks that occurs. */
export function delimiterOf(line: string): Delimiter {
  return DELIMITERS.find(([, pattern]) => pattern.test(line))?.[0] ?? ',';
}

/** The fields of a line, without surrounding blanks and quotes. @throws DataError for an unclosed quote */
export function fieldsOf(path: string, { text, number }: Line, delimiter: Delimiter): string[] {
  if (delimiter === ' ') return text.trim().split(/\s+/);
  if (!text.includes('"')) return text.split(delimiter).map((field) => field.trim());
  const fields: string[] = [];
  for (let at = 0; at <= text.length; ) {
    while (text[at] === ' ') at++;
    if (text[at] !== '"') {
      const end = text.indexOf(delimiter, at);
      fields.push(text.slice(at, end < 0 ? undefined : end).trim());
      if (end < 0) break;
      at = end + 1;
      continue;
    }
    const quoted = /"((?:[^"]|"")*)"\s*/y;
    quoted.lastIndex = at;
    const found = quoted.exec(text);
    const next = quoted.lastIndex;
    if (!found || (next < text.length && text[next] !== delimiter)) {
      throw new DataError(path, `line ${number} has a quote that does not close; expected each sample on one line`);
    }
    fields.push(found[1]!.replaceAll('""', '"'));
    if (next >= text.length) break;
    at = next + 1;
  }
  return fields;
}

/** Whether a line is to be skipped: blank, or a comment of NumPy. */
export function isSilent(line: string): boolean {
  return line.trim() === '' || line.startsWith('#');
}

/** Whether numbers use decimal commas: `1,5;2,5`. */
export function hasDecimalCommas(line: string): boolean {
  return /^\s*"?[+-]?\d+,\d+/.test(line) && line.includes(';');
}

/** Whether the fields count the columns, as pandas does for unnamed ones. */
export function countsColumns(fields: readonly string[]): boolean {
  return (
    fields.length > 2 &&
    (fields.every((field, k) => field === String(k)) || fields.every((field, k) => field === String(k + 1)))
  );
}
