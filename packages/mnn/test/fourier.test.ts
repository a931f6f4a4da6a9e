import { describe, expect, it } from 'vitest';
import {
  describeLayers,
  type FourierOptions,
  fourierNetwork,
  initialParameters,
  networkFromDocument,
  networkFromLayers,
  type Samples,
} from '../src/index.js';
import { apply, lossAndGradient } from '../src/reference.js';
import { normalsOf } from './normals.js';

/** On a grid of equally many points per axis. */
type Cube = FourierOptions & { readonly points: number };

const FOURIER: Cube = { structure: 'fourier', points: 24, modes: 5, width: 3, layers: 2 };

const normals = normalsOf('test/fourier');

type Complex = readonly [re: number, im: number];
const plus = (a: Complex, b: Complex): Complex => [a[0] + b[0], a[1] + b[1]];
const times = (a: Complex, b: Complex): Complex => [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]];
const turn = (t: number): Complex => [Math.cos(2 * Math.PI * t), Math.sin(2 * Math.PI * t)];

/** All points of a cube, row-major. */
function cube(dimension: number, extent: number): number[][] {
  if (dimension === 0) return [[]];
  return cube(dimension - 1, extent).flatMap((point) => Array.from({ length: extent }, (_, i) => [...point, i]));
}

/** The discrete Fourier transform of numbers on a cube, or, with sign 1, N^d times its inverse, by definition. */
function dft(values: readonly Complex[], dimension: number, points: number, sign: -1 | 1): Complex[] {
  const places = cube(dimension, points);
  return places.map((k) =>
    values.reduce<Complex>(
      (sum, value, n) => {
        const turns = k.reduce((total, ka, a) => total + ka * places[n]![a]!, 0) / points;
        return plus(sum, times(value, turn(sign * turns)));
      },
      [0, 0],
    ),
  );
}

/** The network as the literature writes it: complex spectra of all frequencies, most of which are dropped. */
function byDefinition(options: Cube, parameters: Float32Array, input: Float32Array): number[] {
  const { dimension = 1, points, modes, near = 1, width, layers } = options;
  const size = points ** dimension;
  const [network, range] = [fourierNetwork(options), (count: number) => Array.from({ length: count }, (_, i) => i)];
  const tensors = network.layers.map(({ weight, bias }) => ({
    weight: parameters.subarray(weight.offset, weight.offset + weight.size),
    bias: parameters.subarray(bias.offset, bias.offset + bias.size),
  }));
  let next = 0;
  const softplus = (x: number) => Math.log(1 + Math.exp(x));
  /** fields[c][point] → fields[out][point] */
  const pointwise = (fields: number[][], outputs: number) => {
    const { weight, bias } = tensors[next++]!;
    return range(outputs).map((out) =>
      range(size).map((n) =>
        fields.reduce((sum, field, c) => sum + weight[out * fields.length + c]! * field[n]!, bias[out]!),
      ),
    );
  };
  /** Windows of `near` points per axis around each point, on a torus. */
  const windowed = (fields: number[][]) => {
    const { weight, bias } = tensors[next++]!;
    const [places, offsets] = [cube(dimension, points), cube(dimension, near)];
    const wrapped = (place: readonly number[], offset: readonly number[]) =>
      place.reduce((index, n, a) => index * points + ((n + offset[a]! - (near - 1) / 2 + points) % points), 0);
    return range(width).map((out) =>
      places.map((place) =>
        offsets.reduce((sum, offset, j) => {
          const from = wrapped(place, offset);
          const at = (out * offsets.length + j) * width;
          return fields.reduce((total, field, c) => total + weight[at + c]! * field[from]!, sum);
        }, bias[out]!),
      ),
    );
  };
  const multiplied = (fields: number[][]) => {
    const { weight } = tensors[next++]!;
    const spectra = fields.map((field) =>
      dft(
        field.map((x) => [x, 0] as const),
        dimension,
        points,
        -1,
      ),
    );
    const real = (kappa: readonly number[], out: number, c: number) => {
      const place = kappa.reduce((index, k) => index * (2 * modes - 1) + k + modes - 1, 0);
      return weight[(place * width + out) * width + c]!;
    };
    return range(width).map((out) => {
      const spectrum = cube(dimension, points).map((place, index): Complex => {
        const kappa = place.map((k) => (k < points / 2 ? k : k - points));
        if (kappa.some((k) => Math.abs(k) >= modes)) return [0, 0];
        const lead = kappa.find((k) => k !== 0) ?? 0;
        const minus = kappa.map((k) => -k);
        return range(width).reduce<Complex>(
          (sum, c) => {
            const [at, opposite] = lead < 0 ? [minus, kappa] : [kappa, minus];
            const multiplier: Complex = [real(at, out, c), lead === 0 ? 0 : Math.sign(lead) * real(opposite, out, c)];
            return plus(sum, times(multiplier, spectra[c]![index]!));
          },
          [0, 0],
        );
      });
      return dft(spectrum, dimension, points, 1).map(([re]) => re / size);
    });
  };
  let fields = pointwise([Array.from(input)], width);
  for (let k = 0; k < layers; k++) {
    const waves = multiplied(fields);
    const local = windowed(fields);
    fields = waves.map((field, c) => field.map((value, n) => softplus(value + local[c]![n]!)));
  }
  const hidden = pointwise(fields, 2 * width).map((field) => field.map(softplus));
  return pointwise(hidden, 1)[0]!;
}

describe('the Fourier network', () => {
  it.each([
    [1, 320, 16, 8, 4],
    [2, 80, 8, 6, 3],
    [3, 16, 3, 4, 2],
  ] as const)(
    'has as many parameters as the formula says: %iD, N = %i, M = %i, α = %i, K = %i',
    (dimension, points, modes, width, layers) => {
      const network = fourierNetwork({ structure: 'fourier', dimension, points, modes, width, layers });
      const layer = ((2 * modes - 1) ** dimension + 1) * width ** 2 + width;
      expect(network.parameterCount).toBe(2 * width + layers * layer + 2 * width ** 2 + 4 * width + 1);
      expect(initialParameters(network, 1)).toHaveLength(network.parameterCount);
      const near = fourierNetwork({ structure: 'fourier', dimension, points, modes, near: 3, width, layers });
      expect(near.parameterCount - network.parameterCount).toBe(layers * (3 ** dimension - 1) * width ** 2);
    },
  );

  it.each<Cube>([
    FOURIER,
    { ...FOURIER, points: 15, modes: 8 },
    { ...FOURIER, dimension: 2, points: 6, modes: 3, width: 2 },
    { ...FOURIER, near: 5 },
    { ...FOURIER, dimension: 2, points: 6, modes: 2, near: 3, width: 2, layers: 1 },
    { ...FOURIER, dimension: 3, points: 5, modes: 2, width: 2, layers: 1 },
  ])('is what the literature defines, by discrete Fourier transforms: %o', (options) => {
    const network = fourierNetwork(options);
    const parameters = normals(network.parameterCount, 1).map((x) => 0.5 * x);
    const input = normals(network.inputSize, 2);
    const expected = byDefinition(options, parameters, input);
    expect(Array.from(apply(network, parameters, input))).toEqual(expected.map((value) => expect.closeTo(value, 10)));
  });

  it('sees zeros beyond the ends with zero padding, as it does on a domain of twice the length', () => {
    const network = fourierNetwork({ ...FOURIER, padding: 'zero', layers: 1 });
    const twice = fourierNetwork({ ...FOURIER, points: 48, layers: 1 });
    const parameters = normals(network.parameterCount, 3);
    // No bias, so that the lifted field is zero where the input is.
    parameters.fill(0, network.layers[0]!.bias.offset, network.layers[0]!.bias.offset + 3);
    const input = normals(24, 4);
    const whole = apply(
      twice,
      parameters,
      Float32Array.from({ length: 48 }, (_, n) => input[n] ?? 0),
    );
    expect(Array.from(apply(network, parameters, input))).toEqual(
      Array.from(whole.subarray(0, 24), (value) => expect.closeTo(value, 10)),
    );
  });

  it('sees its mirror image beyond the end with reflection, as it does on a domain of twice the length', () => {
    const network = fourierNetwork({ ...FOURIER, padding: 'reflect', layers: 1 });
    const twice = fourierNetwork({ ...FOURIER, points: 48, layers: 1 });
    const parameters = normals(network.parameterCount, 5);
    const input = normals(24, 6);
    const whole = apply(
      twice,
      parameters,
      Float32Array.from({ length: 48 }, (_, n) => input[n < 24 ? n : 47 - n]!),
    );
    expect(Array.from(apply(network, parameters, input))).toEqual(
      Array.from(whole.subarray(0, 24), (value) => expect.closeTo(value, 10)),
    );
  });

  it('commutes with every translation', () => {
    const network = fourierNetwork(FOURIER);
    const parameters = normals(network.parameterCount, 7);
    const input = normals(24, 8);
    for (const by of [1, 5]) {
      const moved = (v: ArrayLike<number>) => Float64Array.from(v, (_, i) => v[(i + by) % 24]!);
      const right = moved(apply(network, parameters, input));
      expect(Array.from(apply(network, parameters, moved(input)))).toEqual(
        Array.from(right, (value) => expect.closeTo(value, 10)),
      );
    }
  });

  it.each<Partial<FourierOptions>>([
    { activation: 'tanh' },
    { padding: 'zero', output: 'density' },
    { padding: 'reflect', modes: 6, activation: 'tanh' },
    { dimension: 2, points: 5, modes: 2 },
    { dimension: 2, points: 4, modes: 2, layers: 1, padding: 'reflect' },
  ])('has the gradient that central differences say: %o', (options) => {
    const network = fourierNetwork({ ...FOURIER, points: 8, modes: 3, width: 2, ...options });
    const parameters = Float64Array.from(initialParameters(network, 3, { scheme: 'normal', deviation: 0.3 }));
    const size = network.inputSize;
    const weights = Float32Array.of(1);
    const samples: Samples = { count: 1, inputs: normals(size, 4), targets: normals(size, 5), weights };
    const { gradient } = lossAndGradient(network, parameters, samples, [0]);
    const loss = (theta: Float64Array) => lossAndGradient(network, theta, samples, [0]).loss;
    for (let i = 0; i < parameters.length; i += 11) {
      const step = 1e-5;
      const [above, below] = [step, -step].map((by) => loss(parameters.with(i, parameters[i]! + by)));
      const difference = (above! - below!) / (2 * step);
      expect(Math.abs(difference - gradient[i]!)).toBeLessThan(1e-6 * (1 + Math.abs(difference)));
    }
  });

  it('works on boxes, with windows of three at the ends', () => {
    const network = fourierNetwork({ ...FOURIER, boxes: 8, modes: 4, outputs: 2 });
    const layer = (7 + 1) * 9 + 3;
    expect(network.parameterCount).toBe((3 * 3 + 1) * 3 + 2 * layer + 2 * 3 * 9 + 6 + 7 * 3 * 2);
    const parameters = normals(network.parameterCount, 9);
    const input = normals(24, 10);
    const moved = (v: ArrayLike<number>) => Float64Array.from(v, (_, i) => v[(i + 3) % 24]!);
    const right = apply(network, parameters, input);
    const left = apply(network, parameters, moved(input));
    for (const field of [0, 24]) {
      expect(Array.from(left.subarray(field, field + 24))).toEqual(
        Array.from(moved(right.subarray(field, field + 24)), (value) => expect.closeTo(value, 10)),
      );
    }
  });

  it('has fields in and out', () => {
    const network = fourierNetwork({ ...FOURIER, inputs: 2, outputs: 3 });
    expect(network.parameterCount - fourierNetwork(FOURIER).parameterCount).toBe(3 + 2 * (2 * 3 + 1));
    expect([network.inputSize, network.outputSize]).toEqual([48, 72]);
  });

  it('starts with outputs of about unit variance', () => {
    const network = fourierNetwork({ ...FOURIER, points: 16, modes: 8, width: 16, activation: 'linear' });
    const outputs = Array.from({ length: 30 }, (_, seed) => seed).flatMap((seed) => [
      ...apply(network, initialParameters(network, seed), normals(16, seed)),
    ]);
    const variance = outputs.reduce((sum, y) => sum + y * y, 0) / outputs.length;
    expect(variance).toBeGreaterThan(0.5);
    expect(variance).toBeLessThan(2);
  });

  it('is made again of its options and of its layers', () => {
    const network = fourierNetwork({ ...FOURIER, padding: 'zero' });
    expect(networkFromDocument(JSON.parse(JSON.stringify(network.spec)))).toEqual(network);
    const { spec: _, ...bare } = network;
    expect(networkFromLayers(JSON.parse(JSON.stringify(describeLayers(network))))).toMatchObject({
      ...bare,
      // What a document leaves to the rest of the network: a layer reads the one before it.
      layers: bare.layers.map(({ reads: _reads, ...layer }) => layer),
      branches: bare.branches.map(({ layers: _layers, ...branch }) => branch),
    });
  });

  it.each([
    [{ modes: 13 }, 'network.modes is 13; expected an integer from 1 to 12'],
    [{ boxes: 7 }, 'network.points is 24; expected multiples of 7'],
    [{ points: [8, 16] }, 'network.boxes'],
    [{ boxes: 12, modes: 7 }, 'network.modes is 7; expected an integer from 1 to 6'],
    [{ modes: 25, padding: 'zero' }, 'network.modes is 25; expected an integer from 1 to 24'],
    [{ width: 0 }, 'network.width'],
    [{ layers: 1.5 }, 'network.layers'],
    [{ levels: 3 }, 'network.levels'],
    [{ activation: 'gelu' }, 'network.activation'],
    [{ structure: 'h' }, 'network.structure'],
  ])('refuses %o', (options, message) => {
    expect(() => fourierNetwork({ ...FOURIER, ...options } as never)).toThrow(message);
  });

  it.each([
    [{ connectivity: 'local' }, "network.branches[0].layers[1].connectivity is 'local'"],
    [{ window: 25 }, 'network.branches[0].layers[1].window is 25; expected an integer from 1 to 24'],
    [{ window: 4 }, 'an odd number'],
    [{ addsWithin: 1 }, 'network.branches[0].layers[1].addsWithin'],
    [{ addsWithin: -1 }, 'an output of 3 channels that this layer may add'],
  ])('layers: refuses %o', (change, message) => {
    const document = describeLayers(fourierNetwork(FOURIER));
    const [branch] = document.branches;
    const layers = branch!.layers.map((layer, index) => (index === 1 ? { ...layer, ...change } : layer));
    expect(() => networkFromLayers({ ...document, branches: [{ ...branch, layers }] })).toThrow(message);
  });
});
