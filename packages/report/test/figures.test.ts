import { crc32, inflateSync } from 'node:zlib';
import { ArgumentError } from '@dyadic/errors';
import { describe, expect, it } from 'vitest';
import { errorHistogram, fieldFigure, lossCurve, mapFigure } from '../src/index.js';
import { lines, texts } from './drawing.js';
import { parseXml } from './xml.js';

const epochs = Array.from({ length: 40 }, (_, i) => i + 1);
const train = epochs.map((epoch) => 0.3 / epoch ** 2);
const validation = epochs.map((epoch) => 0.4 / epoch ** 2);
const x = Float64Array.from({ length: 64 }, (_, i) => i / 64);
const wave = (scale: number) => x.map((at) => scale * Math.sin(2 * Math.PI * at));

describe('loss curve', () => {
  it('draws both splits on a log axis, the number of the paper and the chosen epoch', async () => {
    const tree = parseXml(await lossCurve({ epochs, train, validation, paper: 5e-4, chosenEpoch: 30 }));
    const drawn = lines(tree);
    expect(drawn.map(({ pieces }) => pieces.map((piece) => piece.length))).toEqual([[40], [40]]);
    expect(new Set(drawn.map(({ stroke }) => stroke)).size).toBe(2);
    expect(texts(tree)).toEqual(
      expect.arrayContaining([
        'epoch',
        'relative error ε',
        'training (mean)',
        'validation (mean)',
        'paper 5.00e-4',
        'epoch 30 chosen',
      ]),
    );
    expect(texts(tree)).toEqual(expect.arrayContaining(['10⁻¹', '10⁻²', '10⁻³']));
    // equal ratios are equal distances: the validation curve lies log(4/3) above the other all along
    const [first, second] = drawn.map(({ pieces }) => pieces[0]!);
    const apart = first!.map((point, i) => point[1]! - second![i]![1]!);
    expect(Math.max(...apart) - Math.min(...apart)).toBeLessThan(0.01);
    expect(apart[0]).toBeGreaterThan(5);
  });

  it('breaks the line at null and shows a value between two gaps as a dot', async () => {
    const gaps = validation.map((value, i) => (i === 10 || i === 20 || i === 22 ? null : value));
    const svg = await lossCurve({ epochs, train, validation: gaps });
    const pieces = lines(parseXml(svg))[1]!.pieces.map((piece) => piece.length);
    expect(pieces.filter((count) => count > 1)).toEqual([10, 9, 17]);
    expect(svg.match(/aria-roledescription="circle"|class="mark-symbol role-mark/g)).toHaveLength(1);
  });

  it('draws errors of 0 at a tick of their own, below all others and apart from them', async () => {
    const curve = { epochs: [1, 2, 3], train: [0.1, 0.01, 0], validation: [0.1, null, 0.01], chosenEpoch: 3 };
    const tree = parseXml(await lossCurve({ ...curve, trainAverage: 'rms' }));
    const heights = lines(tree)[0]!.pieces[0]!.map((point) => point[1]!);
    const decade = heights[1]! - heights[0]!;
    expect(heights[2]! - heights[1]!).toBeCloseTo(decade * Math.log10(3), 1); // a factor of 3, the least
    expect(texts(tree)).toEqual(expect.arrayContaining(['0', '0.1', '0.01', 'training (rms)']));
    expect(texts(tree)).not.toContain('0.005');
    const zeros = parseXml(await lossCurve({ epochs: [1, 2], train: [0, 0], validation: [0, 0], chosenEpoch: 2 }));
    expect(texts(zeros)).toContain('0');
  });

  it('draws a run of one epoch', async () => {
    const tree = parseXml(await lossCurve({ epochs: [1], train: [0.1], validation: [0.2], chosenEpoch: 1 }));
    expect(texts(tree)).toContain('epoch 1 chosen');
    expect(texts(tree)).not.toContain('0.5');
  });

  it.each<[string, Partial<Parameters<typeof lossCurve>[0]>]>([
    ['epochs is', { epochs: [] }],
    ['train is an array of length 39', { train: train.slice(1) }],
    ['train[0] is NaN', { train: train.with(0, Number.NaN) }],
    ['validation[2] is -1', { validation: validation.with(2, -1) }],
    ["trainAverage is 'median'", { trainAverage: 'median' as never }],
    ['validation is an array of length 40', { validation: epochs.map(() => null) }],
    ['paper is -1', { paper: -1 }],
    ['chosenEpoch is 41', { chosenEpoch: 41 }],
    ['lossCurve.epoch is', { epoch: 3 } as never],
  ])('rejects wrong input: %s', async (message, change) => {
    const drawn = lossCurve({ epochs, train, validation, ...change });
    await expect(drawn).rejects.toThrow(ArgumentError);
    await expect(drawn).rejects.toThrow(message);
  });
});

const quantities = { input: { symbol: 'V', name: 'potential' }, output: { symbol: 'u', name: 'solution' } };

describe('field figure', () => {
  it('has three panels, with solution and prediction both to be seen', async () => {
    const svg = await fieldFigure({
      x,
      input: wave(-900),
      solution: wave(1),
      prediction: wave(1.001),
      quantities,
      title: 'a & b',
    });
    const tree = parseXml(svg);
    const drawn = lines(tree);
    expect(drawn.map(({ pieces }) => pieces[0]!.length)).toEqual([64, 64, 64, 64]);
    expect(drawn[1]!.stroke).not.toBe(drawn[2]!.stroke);
    expect([drawn[1]!.dash, drawn[2]!.dash]).toEqual(['1,0', '6,4']);
    expect(texts(tree)).toEqual(
      expect.arrayContaining(['V(x)', 'u(x)', 'error uᴺᴺ − u', 'solution u', 'prediction uᴺᴺ', 'a & b', 'x']),
    );
    // prediction − solution, not the other way round: it begins upwards (SVG's y points down)
    expect(drawn[3]!.pieces[0]![16]![1]).toBeLessThan(drawn[3]!.pieces[0]![0]![1]!);
  });

  it('draws constant fields', async () => {
    const flat = new Float32Array(64);
    const tree = parseXml(await fieldFigure({ x, input: flat, solution: flat, prediction: flat, quantities }));
    expect(lines(tree)).toHaveLength(4);
  });

  it('has the symbols, names and units that it is given', async () => {
    const svg = await fieldFigure({
      x,
      input: wave(1),
      solution: wave(1),
      prediction: wave(1),
      quantities: {
        input: { symbol: 'a', name: 'permeability', unit: 'm²' },
        output: { symbol: 'p', name: 'pressure', unit: 'Pa' },
      },
      coordinate: { symbol: 's', unit: 'm' },
    });
    const tree = parseXml(svg);
    const titles = ['a(s) [m²]', 'p(s) [Pa]', 'error pᴺᴺ − p [Pa]', 'solution p', 'prediction pᴺᴺ'];
    expect(texts(tree)).toEqual(expect.arrayContaining(titles));
    expect(texts(tree).filter((text) => text === 's [m]')).toHaveLength(3);
    expect(tree.documentElement!.getAttribute('aria-label')).toMatch(/^permeability a, pressure p with prediction/);
  });

  it.each<[string, object]>([
    ['x is', { x: [] }],
    ['input is', { input: [1, 2] }],
    ['quantities.output.symbol is 3', { quantities: { ...quantities, output: { symbol: 3 } } }],
    ['solution[3] is null', { solution: Array.from(x, (value, i) => (i === 3 ? null : value)) }],
    ['prediction[5] is Infinity', { prediction: wave(1).with(5, Number.POSITIVE_INFINITY) }],
  ])('rejects wrong input: %s', async (message, change) => {
    const drawn = fieldFigure({
      x,
      input: wave(1),
      solution: wave(1),
      prediction: wave(1),
      quantities,
      ...change,
    } as never);
    await expect(drawn).rejects.toThrow(ArgumentError);
    await expect(drawn).rejects.toThrow(message);
  });
});

describe('map figure', () => {
  const x = [-1, -0.5, 0, 0.5];
  const fields = {
    axes: [x, x] as const,
    quantities,
    input: Float32Array.from({ length: 16 }, (_, i) => i),
    solution: new Float64Array(16).fill(1),
    prediction: Float64Array.from({ length: 16 }, (_, i) => (i === 13 ? 3 : i === 0 ? 0 : 1)),
  };

  /** Pixels of a PNG image of indexed colors: rows from the top, a color number each. */
  function decode(address: string): number[][] {
    const bytes = Buffer.from(address.replace('data:image/png;base64,', ''), 'base64');
    expect(bytes.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
    const chunks: Record<string, Buffer> = {};
    for (let at = 8; at < bytes.length; ) {
      const length = bytes.readUInt32BE(at);
      const body = bytes.subarray(at + 4, at + 8 + length);
      expect(bytes.readUInt32BE(at + 8 + length)).toBe(crc32(body));
      chunks[body.toString('latin1', 0, 4)] = body.subarray(4);
      at += length + 12;
    }
    expect(chunks.PLTE).toHaveLength(768);
    const [width, height] = [chunks.IHDR!.readUInt32BE(0), chunks.IHDR!.readUInt32BE(4)];
    const rows = inflateSync(chunks.IDAT!);
    expect(rows).toHaveLength((width + 1) * height);
    return Array.from({ length: height }, (_, y) => [...rows.subarray(y * (width + 1) + 1, (y + 1) * (width + 1))]);
  }

  it('has four maps, the first axis to the right and the second upwards, white where there is no error', async () => {
    const svg = await mapFigure({
      ...fields,
      quantities: { input: { symbol: 'V', name: 'potential', unit: 'Ha' }, output: { symbol: 'ρ' } },
      coordinates: [{ symbol: 'x₁', unit: 'a₀' }, { symbol: 'x₂' }],
      title: 'a & b',
    });
    const tree = parseXml(svg);
    expect(texts(tree)).toEqual(
      expect.arrayContaining([
        'potential V [Ha]',
        'solution ρ',
        'prediction ρᴺᴺ',
        'error ρᴺᴺ − ρ',
        'a & b',
        'x₁ [a₀]',
        'x₂',
        '−0.5',
        '15',
      ]),
    );
    const images = [...svg.matchAll(/href="([^"]+)"/g)].map(([, address]) => decode(address!));
    const [potential, bar, solution, , prediction, , error] = images;
    // V counts up along the second axis first: each column of the map, from the bottom
    expect(potential!.map((row) => row.map((color) => Math.round((color * 15) / 255)))).toEqual([
      [3, 7, 11, 15],
      [2, 6, 10, 14],
      [1, 5, 9, 13],
      [0, 4, 8, 12],
    ]);
    expect(bar!.flat()).toEqual(Array.from({ length: 256 }, (_, i) => 255 - i));
    expect(new Set(solution!.flat())).toEqual(new Set([85])); // 1 between the prediction's 0 and 3
    expect(prediction![2]![3]).toBe(255);
    expect([error![2]![3], error![3]![0], error![0]![0]]).toEqual([255, 64, 128]);
  });

  it('holds no more than it must, and the same text for the same input', async () => {
    const svg = await mapFigure(fields);
    expect(await mapFigure(fields)).toBe(svg);
    expect(svg).not.toMatch(/<script|<style| id=|href="(?!data:image\/png)/);
  });

  it('has the proportions of its domain: columns along the first axis, rows along the second', async () => {
    const [across, up] = [
      [0, 1, 2, 3],
      [0, 1],
    ];
    const field = Float64Array.of(0, 1, 2, 3, 4, 5, 6, 7); // (i, j) is 2 i + j
    const rectangle = { ...fields, axes: [across, up], input: field, solution: field, prediction: field } as const;
    const svg = await mapFigure(rectangle);
    const image = /<image x="0" width="(\d+)" height="(\d+)"[^>]*href="([^"]+)"/.exec(svg)!;
    expect(image.slice(1, 3).map(Number)).toEqual([240, 120]);
    expect(decode(image[3]!).map((row) => row.map((color) => Math.round((color * 7) / 255)))).toEqual([
      [1, 3, 5, 7],
      [0, 2, 4, 6],
    ]);
    await expect(mapFigure({ ...rectangle, axes: [across, across] })).rejects.toThrow('input is');
  });

  it('an image of more than one block of data', async () => {
    const points = 300;
    const field = Float32Array.from({ length: points ** 2 }, (_, i) => i % 7);
    const axis = Array.from({ length: points }, (_, i) => i / points);
    const svg = await mapFigure({ axes: [axis, axis], input: field, solution: field, prediction: field, quantities });
    expect(decode(/href="([^"]+)"/.exec(svg)![1]!)[299]![1]).toBe(Math.round((255 * (300 % 7)) / 6));
  });

  it.each<[string, object]>([
    ['axes[1] is', { axes: [x, [0]] }],
    ['axes is', { axes: x }],
    ['axes[0] is', { axes: [[3, 2, 1, 0], x] }],
    ['input is', { input: [1, 2] }],
    ['prediction[5] is NaN', { prediction: fields.prediction.with(5, Number.NaN) }],
    ['quantities is', { quantities: undefined }],
    ['mapFigure.color', { color: 'red' }],
  ])('rejects wrong input: %s', async (message, change) => {
    const drawn = mapFigure({ ...fields, ...change } as never);
    await expect(drawn).rejects.toThrow(ArgumentError);
    await expect(drawn).rejects.toThrow(message);
  });
});

describe('histogram', () => {
  const errors = {
    train: Array.from({ length: 400 }, (_, i) => 1e-4 * 10 ** ((i % 100) / 50)),
    test: Array.from({ length: 100 }, (_, i) => 2e-4 * 10 ** (i / 50)),
  };

  it('outlines each split, with its mean and size in the legend', async () => {
    const tree = parseXml(await errorHistogram({ errors, label: 'ε per sample' }));
    const mean = errors.test.reduce((sum, value) => sum + value, 0) / 100;
    expect(texts(tree)).toContain(`test (mean ${mean.toExponential(2)}, n = 100)`);
    expect(texts(tree)).toEqual(expect.arrayContaining(['ε per sample', 'share of samples', '10⁻³']));
    expect(lines(tree)).toHaveLength(2);
  });

  it('draws the share of the samples in each bin', async () => {
    const tree = parseXml(await errorHistogram({ errors: { test: [1.1e-4, 1.1e-4, 1.1e-4, 1.1e-2] } }));
    const points = lines(tree)[0]!.pieces[0]!;
    const heights = points.map((point) => points[0]![1]! - point[1]!);
    const distinct = [...new Set(heights.map((height) => height.toFixed(1)))].map(Number).sort((a, b) => a - b);
    expect(distinct).toHaveLength(3);
    expect(distinct[0]).toBe(0);
    expect(distinct[2]! / distinct[1]!).toBeCloseTo(3, 2);
    expect(heights[heights.length - 1]).toBeCloseTo(0, 2);
  });

  it('has a bin of its own for errors of 0', async () => {
    const tree = parseXml(await errorHistogram({ errors: { test: [0, 1.1e-4, 1.1e-3, 1.1e-3] } }));
    const points = lines(tree)[0]!.pieces[0]!;
    const heights = points.map((point) => points[0]![1]! - point[1]!);
    // a quarter of the samples in the first bin, and nothing in the one that sets it apart
    const most = Math.max(...heights);
    const bars = heights.filter((height, i) => i === 0 || Math.abs(height - heights[i - 1]!) > 0.01);
    expect(bars.slice(0, 4).map((height) => Math.round((4 * height) / most) / 4)).toEqual([0, 0.5, 0, 0.5]);
    expect(texts(tree)).toEqual(expect.arrayContaining(['0', '10⁻³']));
    const zeros = parseXml(await errorHistogram({ errors: { train: [0, 0], test: [1e-3] } }));
    expect(texts(zeros)).toContain('train (mean 0, n = 2)');
  });

  it.each<[string, object]>([
    ['errors is', { errors: {} }],
    ['errors.test is', { errors: { test: [] } }],
    ['errors.test[1] is -1', { errors: { test: [1, -1] } }],
    ['errors.test[0] is NaN', { errors: { test: [Number.NaN] } }],
  ])('rejects wrong input: %s', async (message, options) => {
    await expect(errorHistogram(options as never)).rejects.toThrow(message);
  });
});
