import { describe, expect, it } from 'vitest';
import {
  describeLayers,
  initialParameters,
  type MultiscaleOperatorOptions,
  multiscaleOperatorNetwork,
  networkFromDocument,
  networkFromLayers,
  type Samples,
} from '../src/index.js';
import { apply, lossAndGradient } from '../src/reference.js';
import { normalsOf } from './normals.js';

const OPERATOR: MultiscaleOperatorOptions = {
  structure: 'multiscale-operator',
  points: 64,
  levels: 5,
  width: 2,
  layers: 2,
};

const normals = normalsOf('test/multiscale-operator');

describe('the network of multiscale operators', () => {
  it.each([
    [1, 320, 6, 7, 8, 4, 1, 1],
    [1, 320, 6, 3, 11, 4, 2, 3],
    [2, 80, 4, 7, 6, 2, 1, 1],
    [3, 16, 3, 3, 2, 1, 1, 2],
  ] as const)(
    'has as many parameters as the formula says: %iD, N = %i, L = %i, w = %i, α = %i, K = %i, %i → %i fields',
    (dimension, points, levels, window, width, layers, inputs, outputs) => {
      const sizes = { dimension, points, levels, window, width, layers, inputs, outputs };
      const network = multiscaleOperatorNetwork({ structure: 'multiscale-operator', ...sizes });
      const m = (points / 2 ** levels) ** dimension;
      let n = 0;
      for (let level = 1; level <= levels; level++) if ((window - 1) / 2 < 2 ** (level - 1)) n++;
      const lift = (3 ** dimension * m * inputs + 1) * width;
      const operators = layers * n * (window ** dimension * width ** 2 + width);
      const projection = 2 * 3 ** dimension * width ** 2 + 2 * width + (2 * width + 1) * m * outputs;
      expect(network.parameterCount).toBe(lift + operators + projection);
    },
  );

  it('has windows further apart on coarser levels, added up within the activation', () => {
    const { layers } = multiscaleOperatorNetwork({ ...OPERATOR, layers: 1 });
    expect(
      layers.map(({ name, window, dilation, reads, addsWithin, activation }) => [
        name,
        window,
        dilation,
        reads,
        addsWithin,
        activation,
      ]),
    ).toEqual([
      ['lift', 3, undefined, undefined, undefined, 'linear'],
      ['layer-1/level-5', 7, undefined, 0, undefined, 'linear'],
      ['layer-1/level-4', 7, 2, 0, 1, 'linear'],
      ['layer-1/level-3', 7, 4, 0, 2, 'softplus'],
      ['projection-1', 3, undefined, undefined, undefined, 'softplus'],
      ['projection-2', 1, undefined, undefined, undefined, 'linear'],
    ]);
  });

  it('is, without activations, the circulant matrix of its windows', () => {
    // One point a box, so that the ends are pointwise; one channel, each weight a number.
    const options = { ...OPERATOR, points: 32, width: 1, layers: 1, activation: 'linear' } as const;
    const network = multiscaleOperatorNetwork(options);
    const parameters = normals(network.parameterCount, 1);
    const numbers = (name: string) => {
      const { weight, bias } = network.layers.find((layer) => layer.name === name)!;
      return {
        w: parameters.subarray(weight.offset, weight.offset + weight.size),
        b: parameters.subarray(bias.offset, bias.offset + bias.size),
      };
    };
    const [lift, first, second] = ['lift', 'projection-1', 'projection-2'].map(numbers);
    const input = normals(32, 2);
    const expected = Array.from(input, (_, i) => {
      let sum = 0;
      for (const [level, apart] of [
        [5, 1],
        [4, 2],
        [3, 4],
      ] as const) {
        const { w, b } = numbers(`layer-1/level-${level}`);
        for (let j = -3; j <= 3; j++)
          sum += w[j + 3]! * (lift!.w[0]! * input[(i + j * apart + 64) % 32]! + lift!.b[0]!);
        sum += b[0]!;
      }
      return [0, 1].reduce((y, c) => y + second!.w[c]! * (first!.w[c]! * sum + first!.b[c]!), second!.b[0]!);
    });
    expect(Array.from(apply(network, parameters, input))).toEqual(expected.map((value) => expect.closeTo(value, 5)));
  });

  it('commutes with translations by the finest boxes, and with no finer ones', () => {
    const network = multiscaleOperatorNetwork(OPERATOR);
    const parameters = normals(network.parameterCount, 3).map((x) => 0.3 * x);
    const input = normals(64, 4);
    const defect = (by: number) => {
      const moved = (v: ArrayLike<number>) => Float64Array.from(v, (_, i) => v[(i + by) % 64]!);
      const right = moved(apply(network, parameters, input));
      return Math.max(...apply(network, parameters, moved(input)).map((value, i) => Math.abs(value - right[i]!)));
    };
    expect(defect(2)).toBeLessThan(1e-12);
    expect(defect(6)).toBeLessThan(1e-12);
    expect(defect(1)).toBeGreaterThan(1e-3);
  });

  it.each<Partial<MultiscaleOperatorOptions>>([
    { activation: 'tanh' },
    { padding: 'zero', inputs: 2 },
    { padding: 'reflect', outputs: 2, output: 'density' },
    { dimension: 2, points: 8, levels: 2, window: 3 },
  ])('has the gradient that central differences say: %o', (options) => {
    const network = multiscaleOperatorNetwork({ ...OPERATOR, points: 32, levels: 4, layers: 1, ...options });
    const parameters = Float64Array.from(initialParameters(network, 3, { scheme: 'normal', deviation: 0.3 }));
    const [inputs, targets] = [normals(network.inputSize, 4), normals(network.outputSize, 5)];
    const weights = new Float32Array(network.outputs).fill(1);
    const samples: Samples = { count: 1, inputs, targets, weights };
    const { gradient } = lossAndGradient(network, parameters, samples, [0]);
    const loss = (theta: Float64Array) => lossAndGradient(network, theta, samples, [0]).loss;
    for (let i = 0; i < parameters.length; i += 5) {
      const [above, below] = [1e-5, -1e-5].map((by) => loss(parameters.with(i, parameters[i]! + by)));
      const difference = (above! - below!) / 2e-5;
      expect(Math.abs(difference - gradient[i]!)).toBeLessThan(1e-6 * (1 + Math.abs(difference)));
    }
  });

  it('is made again of its options and of its layers', () => {
    const network = multiscaleOperatorNetwork({ ...OPERATOR, padding: 'zero' });
    expect(networkFromDocument(JSON.parse(JSON.stringify(network.spec)))).toEqual(network);
    const again = networkFromLayers(JSON.parse(JSON.stringify(describeLayers(network))));
    const parameters = normals(network.parameterCount, 6);
    const input = normals(64, 7);
    expect(apply(again, parameters, input)).toEqual(apply(network, parameters, input));
  });

  it.each([
    [{ points: 60 }, 'network.points is 60; expected multiples of 32, the boxes per axis'],
    [{ window: 4 }, 'network.window is 4'],
    [{ levels: 0 }, 'network.levels'],
    [{ modes: 3 }, 'network.modes'],
    [{ padding: 'none' }, 'network.padding'],
  ])('refuses %o', (options, message) => {
    expect(() => multiscaleOperatorNetwork({ ...OPERATOR, ...options } as never)).toThrow(message);
  });

  it.each([
    [{ dilation: 17 }, 'network.branches[0].layers[1].dilation is 17; expected an integer from 1 to 10'],
    [{ kind: 'fourier', dilation: 2 }, "nothing in a layer of the kind 'fourier'"],
  ])('layers: refuses %o', (change, message) => {
    const document = describeLayers(multiscaleOperatorNetwork(OPERATOR));
    const [branch] = document.branches;
    const layers = branch!.layers.map((layer, index) => (index === 1 ? { ...layer, ...change } : layer));
    expect(() => networkFromLayers({ ...document, branches: [{ ...branch, layers }] })).toThrow(message);
  });
});
