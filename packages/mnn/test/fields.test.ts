import { randomStream } from '@dyadic/random';
import { describe, expect, it } from 'vitest';
import {
  describeLayers,
  initialParameters,
  inputSources,
  type MnnOptions,
  mnn,
  networkFromLayers,
  outputGroups,
  outputSources,
} from '../src/index.js';
import { apply } from '../src/reference.js';

const LINE = { points: 48, levels: 4, channels: 3, kernelLayers: 3 } as const;

/** A network with random parameters, biases too, and a random input. */
function problem(options: MnnOptions) {
  const network = mnn(options);
  const stream = randomStream(5, 'mnn/test/fields');
  const parameters = Float64Array.from(initialParameters(network, 2), (value) => value + 0.1 * stream.normal());
  const input = Float64Array.from({ length: network.inputSize }, () => stream.normal());
  return { network, parameters, input };
}

describe('several fields', () => {
  it.each([
    [1, 1],
    [2, 1],
    [1, 2],
    [3, 2],
  ])('%i in, %i out: the parameters of the formula', (inputs, outputs) => {
    const { points: N, levels: L, channels: r } = LINE;
    for (const dimension of [1, 2] as const) {
      for (const K of [1, 2, 4]) {
        const m = (N / 2 ** L) ** dimension;
        let expected = 0;
        for (let level = 2; level <= L; level++) {
          const box = (N / 2 ** level) ** dimension;
          const w = (level === 2 ? 5 : 7) ** dimension;
          expected += box * inputs * r + r + K * (w * r * r + r) + (r + 1) * box * outputs;
        }
        const [a, b, c] = [m * inputs, m * Math.max(inputs, outputs), m * outputs];
        const w = 3 ** dimension;
        if (K === 1) expected += w * a * c + c;
        else expected += w * a * b + b + (K - 2) * (w * b * b + b) + w * b * c + c;
        expect(mnn({ ...LINE, dimension, kernelLayers: K, inputs, outputs }).parameterCount).toBe(expected);
      }
    }
  });

  it('leave networks of one field, and their specs, as they are', () => {
    expect(mnn({ ...LINE, inputs: 1, outputs: 1, fit: 'exact', output: ['linear'] })).toEqual(mnn(LINE));
    expect(Object.keys(mnn(LINE).spec)).not.toContain('inputs');
  });

  it('one after the other in a sample: a field whose weights are zero leaves the answer alone', () => {
    const { network, parameters, input } = problem({ ...LINE, inputs: 2, activation: 'tanh' });
    for (const { layers } of network.branches) {
      const { weight, inputChannels } = layers[0]!;
      for (let i = 1; i < weight.size; i += 2) {
        expect(inputChannels % 2).toBe(0);
        parameters[weight.offset + i] = 0;
      }
    }
    const changed = input.map((value, i) => (i < 48 ? value : 7));
    expect(apply(network, parameters, changed)).toEqual(apply(network, parameters, input));
    const other = input.map((value, i) => (i < 48 ? value + 1 : value));
    expect(apply(network, parameters, other)).not.toEqual(apply(network, parameters, input));
  });

  it('every field has its output stage, and a group one together', () => {
    const output = ['mean', { stage: 'density', fields: 2 }, 'wavefunction'] as const;
    const { network, parameters, input } = problem({ ...LINE, outputs: 4, output });
    expect(outputGroups(network)).toEqual([
      { stage: 'mean', first: 0, fields: 1 },
      { stage: 'density', first: 1, fields: 2 },
      { stage: 'wavefunction', first: 3, fields: 1 },
    ]);
    const f = apply(network, parameters, input);
    const y = apply({ ...network, output: 'linear' }, parameters, input);
    const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
    for (const value of f.subarray(0, 48)) expect(value).toBeCloseTo(mean(y.subarray(0, 48)), 12);
    expect(mean(f.subarray(48, 144))).toBeCloseTo(1, 12);
    expect(Math.abs(mean(f.subarray(48, 96)) - 1)).toBeGreaterThan(1e-3);
    expect(mean(f.subarray(144).map((value) => value ** 2))).toBeCloseTo(1, 12);
  });

  it.each<[Partial<MnnOptions>, string]>([
    [{ inputs: 0 }, 'network.inputs is 0'],
    [{ outputs: 1.5 }, 'network.outputs is 1.5'],
    [{ outputs: 2, output: ['linear'] }, 'expected stages of 2 fields, not of 1'],
    [{ outputs: 2, output: ['linear', 'square' as 'linear'] }, "network.output[1] is 'square'"],
    [{ outputs: 2, output: [{ stage: 'mean', fields: 3 }] }, 'network.output[0].fields is 3'],
    [{ points: [48, 48], dimension: 3 }, 'network.points is [48,48]; expected one number, or 3, one per axis'],
    [{ points: [48, 40] }, 'network.points is [48,40]; expected multiples of 2^levels = 16'],
    [{ points: 40 }, "network.points is 40; expected a multiple of 2^levels = 16, or fit: 'pad'"],
    [{ points: 7, fit: 'pad' }, 'network.points along axis 0 is 7; expected at least half of 16'],
    [{ fit: 'crop' as 'pad' }, "network.fit is 'crop'; expected one of 'exact', 'pad'"],
  ])('%o is refused', (options, message) => {
    expect(() => mnn({ ...LINE, ...options })).toThrow(message);
  });
});

describe('points per axis', () => {
  it('a network on N × 1 boxes of M points along the second axis has the parameters of its boxes', () => {
    const network = mnn({ ...LINE, points: [32, 64] });
    expect(network.shape).toEqual([32, 64]);
    expect(network.branches.map(({ boxPoints }) => boxPoints)).toEqual([
      [8, 16],
      [4, 8],
      [2, 4],
      [2, 4],
    ]);
    // As many as on a square of the same boxes: a box is what counts.
    const square = mnn({ ...LINE, dimension: 2, points: 48 });
    const numbers = (level: number) => (32 * 64) / 4 ** level;
    const squareNumbers = (level: number) => 48 ** 2 / 4 ** level;
    const { channels: r, kernelLayers: K } = LINE;
    let difference = 0;
    for (const level of [2, 3, 4]) difference += (2 * r + 1) * (numbers(level) - squareNumbers(level));
    difference += K * 9 * (numbers(4) ** 2 - squareNumbers(4) ** 2) + K * (numbers(4) - squareNumbers(4));
    expect(network.parameterCount).toBe(square.parameterCount + difference);
  });

  it('commutes with translations by the coarsest boxes along each axis', () => {
    const shape = [8, 24] as const;
    const { network, parameters, input } = problem({ ...LINE, levels: 2, points: shape });
    const moved = (values: Float64Array, by: readonly number[]) =>
      values.map((_, i) => {
        const [x, y] = [Math.floor(i / shape[1]) - by[0]!, (i % shape[1]) - by[1]!];
        return values[((x + shape[0]) % shape[0]) * shape[1] + ((y + shape[1]) % shape[1])]!;
      });
    const defect = (by: readonly number[]) => {
      const expected = moved(apply(network, parameters, input), by);
      const found = apply(network, parameters, moved(input, by));
      return Math.max(...found.map((value, i) => Math.abs(value - expected[i]!)));
    };
    for (const by of [
      [2, 0],
      [0, 6],
      [4, 18],
    ]) {
      expect(defect(by)).toBeLessThan(1e-12);
    }
    expect(defect([1, 0])).toBeGreaterThan(1e-3);
    expect(defect([0, 2])).toBeGreaterThan(1e-3);
  });
});

describe('padding to what boxes tile', () => {
  /** The input padded by hand, along one axis, from x(i) for any i. */
  const EXTENSIONS = {
    periodic: (i: number, n: number) => ((i % n) + n) % n,
    reflect: (i: number, n: number) => (i < 0 ? -1 - i : i >= n ? 2 * n - 1 - i : i),
    zero: (i: number, n: number) => (i < 0 || i >= n ? -1 : i),
  };

  it.each(['periodic', 'reflect', 'zero'] as const)(
    '%s: it is the network of the padded grid, on the padded input, cropped',
    (padding) => {
      const options = { ...LINE, points: [37, 45], padding, inputs: 2, outputs: 2 } as const;
      const { network, parameters, input } = problem({ ...options, fit: 'pad' });
      expect([network.shape, network.paddedShape, network.fit]).toEqual([[37, 45], [48, 48], padding]);
      const whole = mnn({ ...options, points: 48, dimension: 2 });
      expect(whole.parameterCount).toBe(network.parameterCount);
      const padded = Float64Array.from({ length: whole.inputSize }, (_, k) => {
        const [c, i, j] = [Math.floor(k / 48 ** 2), Math.floor(k / 48) % 48, k % 48];
        const [x, y] = [EXTENSIONS[padding](i - 5, 37), EXTENSIONS[padding](j - 1, 45)];
        return x < 0 || y < 0 ? 0 : input[(c * 37 + x) * 45 + y]!;
      });
      const expected = apply(whole, parameters, padded);
      const found = apply(network, parameters, input);
      expect(found).toHaveLength(2 * 37 * 45);
      found.forEach((value, k) => {
        const [c, i, j] = [Math.floor(k / (37 * 45)), Math.floor(k / 45) % 37, k % 45];
        expect(value).toBeCloseTo(expected[(c * 48 + i + 5) * 48 + j + 1]!, 11);
      });
    },
  );

  it('tables for engines: the places of an output are those where its number is read', () => {
    const { shape, paddedShape } = mnn({ ...LINE, points: [37, 45], fit: 'pad' });
    const grid = { shape, paddedShape, fit: 'zero' } as const;
    const sources = inputSources({ ...grid, inputs: 3 });
    expect(sources).toHaveLength(3 * 48 * 48);
    outputSources({ ...grid, outputs: 3 }).forEach((place, number) => {
      expect(sources[place]).toBe(number);
    });
    expect(sources.filter((number) => number < 0)).toHaveLength(3 * (48 * 48 - 37 * 45));
  });

  it('is for grids that are no multiples: others have nothing to pad', () => {
    const { spec: _, ...padded } = mnn({ ...LINE, fit: 'pad' });
    const { spec: __, ...exact } = mnn(LINE);
    expect(padded).toEqual(exact);
  });

  it('goes through documents of layers, restrictions with the box of each axis', () => {
    const { spec: _, ...network } = mnn({ ...LINE, points: [37, 60], fit: 'pad', padding: 'zero', inputs: 2 });
    const document = JSON.parse(JSON.stringify(describeLayers(network)));
    expect(document.branches[0].layers[0].window).toEqual([12, 16]);
    expect(networkFromLayers(document)).toEqual(network);
    document.branches[0].layers[0].window = [16, 12];
    expect(() => networkFromLayers(document)).toThrow('window is [16,12]; expected [12,16], the points of the box');
    document.branches[0].layers[0].window = [12, 16];
    document.fit = undefined;
    expect(() => networkFromLayers(document)).toThrow('expected a multiple of the most boxes, 16');
  });
});
