import { ArgumentError } from '@dyadic/errors';
import { describe, expect, it } from 'vitest';
import { dotFigure, errorHistogram, lineFigure, lossCurve } from '../src/index.js';
import { lines, texts } from './drawing.js';
import { parseXml } from './xml.js';

const epochs = Array.from({ length: 40 }, (_, i) => i + 1);
const train = epochs.map((epoch) => 0.3 / epoch ** 2);
const validation = epochs.map((epoch) => 0.4 / epoch ** 2);

describe('line figure', () => {
  it.each<[string, number[], string[]]>([
    ['decades', [1, 1e4], ['1', '10', '100', '1,000', '10,000']],
    ['few decades', [2e-3, 6e-2], ['2·10⁻³', '5·10⁻³', '10⁻²', '2·10⁻²', '5·10⁻²']],
    ['less than one', [1.1, 2.6], ['1.5', '2']],
    ['many decades', [1e-16, 1], ['10⁻¹⁵', '10⁻³', '10⁰']],
    ['one value', [0.5], ['0.5']],
  ])('labels a log axis over %s', async (_, y, labels) => {
    const one = { name: 'a', x: y.map((_, i) => i), y };
    const svg = await lineFigure({ series: [one], x: { title: 'x' }, y: { title: 'y', scale: 'log' } });
    expect(texts(parseXml(svg))).toEqual(expect.arrayContaining(labels));
  });

  it('labels small numbers on a linear axis as powers of ten, with their sign', async () => {
    const one = { name: 'a', x: [0, 1], y: [-2e-4, 2e-4] };
    const svg = await lineFigure({ series: [one], x: { title: 'x' }, y: { title: 'y' } });
    expect(texts(parseXml(svg))).toEqual(expect.arrayContaining(['−2·10⁻⁴', '−10⁻⁴', '0', '10⁻⁴', '2·10⁻⁴']));
  });

  const series = [{ name: 'a', x: [1, 10, 100], y: [1, 2, 3] }];

  it('spaces a log x axis by ratio and escapes what it is given', async () => {
    const hostile = '"><script>alert(1)</script>';
    const options = { x: { title: hostile, scale: 'log' }, y: { title: 'y' }, title: hostile } as const;
    const svg = await lineFigure({ series, ...options });
    expect(svg).not.toContain('<script');
    const tree = parseXml(svg);
    const across = lines(tree)[0]!.pieces[0]!.map((point) => point[0]!);
    expect(across[2]! - across[1]!).toBeCloseTo(across[1]! - across[0]!, 2);
    expect(texts(tree).filter((text) => text === hostile)).toHaveLength(2);
    expect(tree.documentElement?.getAttribute('role')).toBe('img');
    expect(tree.documentElement?.getAttribute('aria-label')).toContain(hostile);
  });

  it('gives the same text for the same input, alone or among others', async () => {
    const draw = () => lossCurve({ epochs, train, validation, paper: 5e-4, chosenEpoch: 7 });
    const alone = await draw();
    const among = await Promise.all([draw(), errorHistogram({ errors: { train } }), draw()]);
    expect(among[0]).toBe(alone);
    expect(among[2]).toBe(alone);
    // ids would clash between the figures of one page
    expect(alone).not.toMatch(/\sid=|url\(|NaN|undefined/);
  });

  it.each<[string, object]>([
    ['series is', { series: [] }],
    ['series[0].y is', { series: [{ name: 'a', x: [1, 2], y: [1] }] }],
    ['series[1].name is', { series: [...series, ...series] }],
    ['series[0].x[0] is -2', { series: [{ name: 'a', x: [-2], y: [1] }], x: { title: 'x', scale: 'log' } }],
    ['rules[0].value is -1', { rules: [{ axis: 'x', value: -1, label: '' }], x: { title: 'x', scale: 'log' } }],
    ['series[0].color is 3', { series: [{ ...series[0], color: 3 }] }],
    ['series[0].width is 0', { series: [{ ...series[0], width: 0 }] }],
    ['y.scale is', { y: { title: 'y', scale: 'sqrt' } }],
  ])('rejects wrong input: %s', async (message, change) => {
    const drawn = lineFigure({ series, x: { title: 'x' }, y: { title: 'y' }, ...change });
    await expect(drawn).rejects.toThrow(ArgumentError);
    await expect(drawn).rejects.toThrow(message);
  });
});

describe('dot figure', () => {
  const rows = ['Table 1', 'Table 2'];
  const series = [
    {
      name: 'a & b',
      dots: [
        { row: 'Table 1', x: 0.1 },
        { row: 'Table 2', x: 10 },
      ],
    },
    {
      name: 'c',
      shape: 'square' as const,
      dots: [
        { row: 'Table 1', x: 0.1 },
        { row: 'Table 1', x: 0 },
      ],
    },
  ];
  const options = { rows, series, x: { title: 'ratio', scale: 'log' }, rules: [{ value: 1, label: 'equal' }] } as const;

  it('has a row for each category, a height for each series in it, and a log axis with a place for 0', async () => {
    const svg = await dotFigure(options);
    const tree = parseXml(svg);
    expect(texts(tree)).toEqual(
      expect.arrayContaining(['Table 1', 'Table 2', 'a & b', 'c', 'ratio', 'equal', '0', '1']),
    );
    const marks = svg.slice(svg.indexOf('<g class="mark-symbol role-mark'));
    const places = [
      ...marks.matchAll(/<path transform="translate\(([\d.]+),([\d.]+)\)" d="M[^"]*" fill="#[^>]*opacity="0.85"/g),
    ].map((match) => match.slice(1).map(Number));
    expect(places).toHaveLength(4);
    const [first, second, same, zero] = places;
    expect(first![0]).toBeCloseTo(same![0]!, 1);
    expect(same![1]).toBeGreaterThan(first![1]!); // below it, so that both are seen
    expect(same![1]! - first![1]!).toBeLessThan(second![1]! - first![1]!);
    expect(zero![0]).toBeLessThan(first![0]!);
    expect(await dotFigure(options)).toBe(svg);
  });

  it.each<[string, object]>([
    ['rows is', { rows: [] }],
    ["series[0].dots[1].row is 'Table 2'; expected one of 'Table 1'", { rows: ['Table 1'] }],
    ['series[0].dots[0].x is -1', { series: [{ name: 'a', dots: [{ row: 'Table 1', x: -1 }] }] }],
    ['series[1].name is', { series: [series[0], series[0]] }],
    ['series is', { series: [{ name: 'a', dots: [] }] }],
    ['rules[0].value is NaN', { rules: [{ value: Number.NaN, label: '' }] }],
    ["series[0].shape is 'star'", { series: [{ ...series[0], shape: 'star' }] }],
  ])('rejects wrong input: %s', async (message, change) => {
    const drawn = dotFigure({ ...options, ...change } as never);
    await expect(drawn).rejects.toThrow(ArgumentError);
    await expect(drawn).rejects.toThrow(message);
  });
});
