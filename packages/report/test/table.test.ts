import { ArgumentError } from '@dyadic/errors';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { type Cell, type Format, formatCell, table, tableHtml, tableMarkdown, tableText } from '../src/index.js';
import { parseXml } from './xml.js';

describe('cells', () => {
  it.each<[Cell, Format, string]>([
    [1.2345e-4, 'error', '1.23e-4'],
    [0.0999999, 'error', '1.00e-1'],
    [1, 'error', '1.00e0'],
    [0, 'error', '0'],
    [-2.5e-12, 'error', '-2.50e-12'],
    [0, 'integer', '0'],
    [999, 'integer', '999'],
    [-1234567, 'integer', '-1,234,567'],
    [0, 'seconds', '0 s'],
    [3e-9, 'seconds', '3 ns'],
    [4.5e-5, 'seconds', '45 µs'],
    [8e-4, 'seconds', '0.8 ms'],
    [0.01234, 'seconds', '12.3 ms'],
    [0.99949, 'seconds', '999 ms'],
    [0.9996, 'seconds', '1 s'],
    [12.34, 'seconds', '12.3 s'],
    [59.96, 'seconds', '1 min 0 s'],
    [192, 'seconds', '3 min 12 s'],
    [3599.6, 'seconds', '1 h 0 min'],
    [7500, 'seconds', '2 h 5 min'],
    [86_399, 'seconds', '1 d 0 h'],
    [371_000, 'seconds', '4 d 7 h'],
    [0.42, 'ratio', '0.42×'],
    [0.00421, 'ratio', '0.0042×'],
    [9.996, 'ratio', '10.0×'],
    [1250.4, 'ratio', '1,250×'],
    [0.1, 'text', '0.1'],
    ['diverged', 'error', 'diverged'],
    [null, 'ratio', '–'],
  ])('%s as %s reads %s', (value, format, expected) => {
    expect(formatCell(value, format)).toBe(expected);
  });

  it('has as many significant digits as asked', () => {
    expect(formatCell(1.2345e-4, 'error', { digits: 2 })).toBe('1.2e-4');
    expect(formatCell(1.2345e-4, 'error', { digits: 1 })).toBe('1e-4');
  });
});

const sample = table({
  caption: 'Errors',
  columns: [
    { title: 'name' },
    { title: 'ε', format: 'error' },
    { title: 'paper', format: 'error', digits: 2 },
    { title: 'weights', format: 'integer' },
  ],
  rows: [
    ['plain', 1.234e-4, 1.9e-4, 12345],
    ['日本 é́ 👩‍🔬', null, 3e-5, 7],
    ['a|b <i>*_&', 2e-3, 'none', 0],
  ],
  notes: ['1. a note'],
});

describe('text', () => {
  it('keeps every column straight, whatever the letters', () => {
    const lines = tableText(sample).split('\n');
    expect(lines[0]).toBe('Errors');
    const rows = lines.slice(1, -1);
    // the last column is right aligned, so every row ends in the same terminal cell, one short of the rules
    const ends = rows.filter((line) => !line.startsWith('─')).map((line) => stringWidth(line));
    expect(new Set(ends).size).toBe(1);
    expect(stringWidth(rows[0]!)).toBe(ends[0]! + 1);
    expect(rows[1]).toMatch(/^ name +ε +paper +weights$/);
    expect(rows[3]).toMatch(/^ plain +1\.23e-4 {2}1\.9e-4 {3}12,345$/);
  });

  it('has no escape code unless asked, and only its own then', () => {
    const hostile = table({ columns: [{ title: 'a\u001b[31mb' }], rows: [['x\ny\u0007']], notes: ['\u009b2J'] });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;
    expect(tableText(hostile)).not.toMatch(control);
    expect(tableText(hostile).split('\n')).toHaveLength(6);
    const colored = tableText(sample, { color: true });
    expect(colored).toContain('\u001b[1m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
    expect(colored.replace(/\u001b\[(1|2|22)m/g, '')).toBe(tableText(sample));
  });

  it('writes a table without rows', () => {
    expect(tableText(table({ columns: [{ title: 'a' }], rows: [] }))).toBe('───\n a\n───\n───');
  });
});

describe('markdown', () => {
  it('has one line a row, aligned, with nothing that Markdown would interpret', () => {
    const lines = tableMarkdown(sample).split('\n');
    expect(lines[0]).toBe('**Errors**');
    expect(lines[3]).toMatch(/^\| -+ \| -+: \| -+: \| -+: \|$/);
    expect(lines[6]).toContain('| a\\|b &lt;i&gt;\\*\\_&amp; |');
    expect(lines.at(-1)).toBe('1\\. a note');
    expect(new Set(lines.slice(2, 7).map((line) => stringWidth(line))).size).toBe(1);
  });
});

describe('html', () => {
  it('is well formed, escapes every text and sets powers of ten', () => {
    const hostile = '<script>alert("1")</script>';
    const html = tableHtml(
      table({
        caption: hostile,
        columns: [{ title: hostile }, { title: 'e', format: 'error' }],
        rows: [
          [hostile, 1.5e-7],
          ['1e-4', null],
        ],
        notes: [hostile],
      }),
    );
    expect(html).not.toContain('<script');
    const tree = parseXml(html);
    const texts = (name: string) => Array.from(tree.getElementsByTagName(name), (node) => node.textContent);
    expect(texts('th')).toEqual([hostile, 'e']);
    expect(texts('td')).toEqual([hostile, '1.50 × 10−7', '1e-4', '–']);
    expect(texts('caption')).toEqual([hostile]);
    expect(texts('p')).toEqual([hostile]);
    expect(texts('sup')).toEqual(['−7']);
  });
});

describe('wrong tables name what is wrong', () => {
  const columns = [{ title: 'a' }, { title: 'b', format: 'integer' as const }];
  it.each<[string, () => unknown]>([
    ['columns is', () => table({ columns: [], rows: [] })],
    ['rows[1] is', () => table({ columns, rows: [['x', 1], ['y']] })],
    ['rows[0][1] is NaN', () => table({ columns, rows: [['x', Number.NaN]] })],
    ['rows[0][1] is 1.5', () => table({ columns, rows: [['x', 1.5]] })],
    ['rows[0][0] is undefined', () => table({ columns, rows: [[undefined as never, 1]] })],
    ['columns[0].format is', () => table({ columns: [{ title: 'a', format: 'percent' as never }], rows: [] })],
    ['columns[0].digits is 0', () => table({ columns: [{ title: 'a', digits: 0 }], rows: [] })],
    ['table.colums is', () => table({ columns, rows: [], colums: [] } as never)],
    ['value is -1', () => formatCell(-1, 'seconds')],
  ])('%s', (message, make) => {
    expect(make).toThrow(ArgumentError);
    expect(make).toThrow(message);
  });
});
