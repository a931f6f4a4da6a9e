import { describe, expect, it } from 'vitest';
import { initialParameters, type MnnOptions, mnn, type Samples } from '../src/index.js';
import { apply, lossAndGradient } from '../src/reference.js';
import { normalsOf } from './normals.js';

const H2: MnnOptions = { points: 32, levels: 4, channels: 3, kernelLayers: 2, structure: 'h2' };

const normals = normalsOf('test/structures');

describe('the network of an H²-matrix', () => {
  it.each([
    [1, 320, 6, 6, 5, 'strong'],
    [1, 64, 3, 2, 1, 'strong'],
    [1, 96, 4, 3, 2, 'weak'],
    [1, 32, 2, 4, 3, 'strong'],
    [2, 48, 4, 3, 2, 'strong'],
    [2, 8, 2, 2, 1, 'weak'],
    [3, 8, 3, 2, 2, 'weak'],
  ] as const)(
    'has as many parameters as the formula says: %dD, N = %d, L = %d, r = %d, K = %d, %s',
    (d, points, levels, r, K, admissibility) => {
      const m = (points / 2 ** levels) ** d;
      const coarsest = admissibility === 'weak' ? 1 : 2;
      const window = (level: number) => (admissibility === 'weak' ? 3 : level === 2 ? 5 : 7) ** d;
      const adjacent = (admissibility === 'weak' ? 1 : 3) ** d;
      // Ends; between the levels; across them; the adjacent part.
      let convolutional = 2 * m * r + r + m;
      let local = 2 ** (d * levels) * (2 * m * r + r + m);
      for (let level = coarsest; level <= levels; level++) {
        const transfers = level < levels ? 2 ** (d + 1) * r ** 2 + (2 ** d + 1) * r : 0;
        const kernels = K * (window(level) * r ** 2 + r);
        convolutional += transfers + kernels;
        local += 2 ** (d * level) * (transfers + kernels);
      }
      convolutional += K * (adjacent * m ** 2 + m);
      local += 2 ** (d * levels) * K * (adjacent * m ** 2 + m);
      const tree = { dimension: d, points, levels, channels: r, kernelLayers: K, structure: 'h2' } as const;
      const options = { ...tree, admissibility };
      expect(mnn(options).parameterCount).toBe(convolutional);
      expect(mnn({ ...options, connectivity: 'local' }).parameterCount).toBe(local);
    },
  );

  it('local, is linear in N', () => {
    const perPoint = [6, 8, 10, 12].map((levels) => {
      const points = 8 * 2 ** levels;
      return (
        mnn({ points, levels, channels: 4, kernelLayers: 2, structure: 'h2', connectivity: 'local' }).parameterCount /
        points
      );
    });
    expect(Math.max(...perPoint) / Math.min(...perPoint)).toBeLessThan(1.05);
  });

  it('goes up, across and down the tree', () => {
    const [levels, adjacent] = mnn(H2).branches;
    expect(adjacent!.name).toBe('adjacent');
    expect(levels!.layers.map(({ name, sites, reads, adds }) => [name, sites, reads, adds])).toEqual([
      ['level-4/restriction', 16, -1, undefined],
      ['level-3/restriction', 8, 0, undefined],
      ['level-2/restriction', 4, 1, undefined],
      ['level-2/kernel-1', 4, 2, undefined],
      ['level-2/kernel-2', 4, 3, undefined],
      ['level-2/interpolation', 4, 4, undefined],
      ['level-3/kernel-1', 8, 1, undefined],
      ['level-3/kernel-2', 8, 6, 5],
      ['level-3/interpolation', 8, 7, undefined],
      ['level-4/kernel-1', 16, 0, undefined],
      ['level-4/kernel-2', 16, 9, 8],
      ['level-4/interpolation', 16, 10, undefined],
    ]);
  });

  it('takes the children of a box as its channels, row-major', () => {
    // Every restriction, interpolation and kernel of one channel passes on what it reads of the last child alone.
    const points = 8;
    const network = mnn({
      dimension: 2,
      points,
      levels: 3,
      channels: 1,
      kernelLayers: 1,
      activation: 'linear',
      structure: 'h2',
    });
    const parameters = new Float64Array(network.parameterCount);
    const one = (name: string, entry: number) => {
      const { weight } = network.layers.find((layer) => layer.name === name)!;
      parameters[weight.offset + entry] = 1;
    };
    one('level-3/restriction', 0);
    one('level-2/restriction', 2); // of the children 00, 01, 10, 11 the third
    one('level-2/kernel-1', 12); // the middle of 5 × 5
    one('level-2/interpolation', 1); // to the second
    one('level-3/interpolation', 0);
    const input = Float64Array.from({ length: points ** 2 }, (_, i) => 1 + i);
    const expected = input.map((_, i) => {
      const [row, column] = [Math.floor(i / points), i % points];
      return row % 2 === 0 && column % 2 === 1 ? input[(row + 1) * points + column - 1]! : 0;
    });
    expect(apply(network, parameters, input)).toEqual(expected);
  });

  it('commutes with translations by N/4 if it is convolutional', () => {
    const network = mnn({ ...H2, activation: 'tanh' });
    const parameters = normals(network.parameterCount, 1).map((x) => 0.3 * x);
    const input = normals(32, 2);
    const moved = (v: ArrayLike<number>) => Float64Array.from(v, (_, i) => v[(i + 8) % 32]!);
    const [left, right] = [apply(network, parameters, moved(input)), moved(apply(network, parameters, input))];
    expect(Array.from(left)).toEqual(Array.from(right, (value) => expect.closeTo(value, 12)));
  });

  it.each([
    { activation: 'tanh' },
    { activation: 'softplus', connectivity: 'local', padding: 'zero', output: 'density' },
    { activation: 'softplus', padding: 'reflect', admissibility: 'weak' },
    { dimension: 2, points: [16, 8], channels: 1, kernelLayers: 1, activation: 'tanh', padding: 'zero' },
  ] as const)('has the gradient that central differences say: %o', (options) => {
    const network = mnn({ ...H2, points: 16, levels: 3, channels: 2, ...options });
    const parameters = Float64Array.from(initialParameters(network, 3, { scheme: 'normal', deviation: 0.3 }));
    const { inputSize, outputSize } = network;
    const sample = { inputs: normals(inputSize, 4), targets: normals(outputSize, 5), weights: Float32Array.of(1) };
    const samples: Samples = { count: 1, ...sample };
    const { gradient } = lossAndGradient(network, parameters, samples, [0]);
    const loss = (theta: Float64Array) => lossAndGradient(network, theta, samples, [0]).loss;
    for (let i = 0; i < parameters.length; i += 3) {
      const step = 1e-5;
      const difference =
        (loss(parameters.with(i, parameters[i]! + step)) - loss(parameters.with(i, parameters[i]! - step))) /
        (2 * step);
      expect(Math.abs(difference - gradient[i]!)).toBeLessThan(1e-6 * (1 + Math.abs(difference)));
    }
  });

  it.each([
    [{ kernel: 'residual' }, "network.kernel is 'residual'; expected what the structure 'h2' has"],
    [{ restriction: { layers: 2 } }, 'network.restriction'],
    [{ interpolation: { layers: 2 } }, 'network.interpolation'],
    [{ structure: 'fmm' }, "network.structure is 'fmm'; expected one of 'h', 'h2'"],
  ])('refuses %o', (options, message) => {
    expect(() => mnn({ ...H2, ...options } as never)).toThrow(message);
  });

  it('is the paper’s where the structure is that of the paper, which a spec does not record', () => {
    const { structure: _, ...plain } = H2;
    expect(mnn({ ...plain, structure: 'h' })).toEqual(mnn(plain));
    expect(mnn(plain).spec).not.toHaveProperty('structure');
    expect(mnn(mnn(H2).spec)).toEqual(mnn(H2));
  });
});
