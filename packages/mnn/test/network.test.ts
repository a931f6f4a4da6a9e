import { ArgumentError } from '@dyadic/errors';
import { describe, expect, it } from 'vitest';
import { type MnnOptions, mnn } from '../src/index.js';

describe('parameter counts of the paper', () => {
  const oneD = { points: 320, levels: 6 };
  const twoD = { dimension: 2, points: 80, levels: 4 } as const;
  it.each<[string, MnnOptions, number]>([
    ['NLSE 1D r=2', { ...oneD, channels: 2, kernelLayers: 5 }, 1895],
    ['NLSE 1D r=4', { ...oneD, channels: 4, kernelLayers: 5 }, 4555],
    ['NLSE 1D r=6', { ...oneD, channels: 6, kernelLayers: 5 }, 8535],
    ['NLSE 1D K=1', { ...oneD, channels: 6, kernelLayers: 1 }, 3343],
    ['NLSE 1D K=3', { ...oneD, channels: 6, kernelLayers: 3 }, 5939],
    ['KS 1D r=2', { ...oneD, channels: 2, kernelLayers: 6 }, 2117],
    ['KS 1D r=4', { ...oneD, channels: 4, kernelLayers: 6 }, 5183],
    ['KS 1D r=6', { ...oneD, channels: 6, kernelLayers: 6 }, 9833],
    ['KS 1D r=8', { ...oneD, channels: 8, kernelLayers: 6 }, 16067],
    [
      'KS 1D r=10 (Table 8 prints 33013; its own formula gives this)',
      { ...oneD, channels: 10, kernelLayers: 6 },
      23885,
    ],
    ['NLSE 2D r=2', { ...twoD, channels: 2, kernelLayers: 5 }, 33371],
    ['NLSE 2D r=6', { ...twoD, channels: 6, kernelLayers: 5 }, 57323],
    ['NLSE 2D r=10', { ...twoD, channels: 10, kernelLayers: 5 }, 100955],
    ['NLSE 2D K=1', { ...twoD, channels: 6, kernelLayers: 1 }, 16939],
    ['NLSE 2D K=3', { ...twoD, channels: 6, kernelLayers: 3 }, 37131],
    ['NLSE 2D K=7', { ...twoD, channels: 6, kernelLayers: 7 }, 77515],
  ])('%s', (_, options, count) => {
    expect(mnn(options).parameterCount).toBe(count);
  });

  it.each([1, 2, 3] as const)('locally connected in %iD: eq (2.15) weights plus one bias per channel and site', (d) => {
    const [N, L, r, K] = [32, 3, 3, 2];
    const m = N / 2 ** L;
    let expected = 0;
    for (let level = 2; level <= L; level++) {
      const boxes = 2 ** (level * d);
      const w = (level === 2 ? 5 : 7) ** d;
      expected += N ** d * r + boxes * r; // LCR
      expected += K * (boxes * r * r * w + boxes * r); // LCK
      expected += N ** d * r + N ** d; // LCI
    }
    expected += K * 2 ** (L * d) * (m ** (2 * d) * 3 ** d + m ** d);
    const options = {
      dimension: d,
      points: N,
      levels: L,
      channels: r,
      kernelLayers: K,
      connectivity: 'local',
    } as const;
    expect(mnn(options).parameterCount).toBe(expected);
  });
});

describe('the output stage', () => {
  const options = { points: 320, levels: 6, channels: 6, kernelLayers: 5 };

  it('is linear where nobody asks for another, so that specs from before it existed keep their meaning', () => {
    const { output: _, ...before } = mnn(options).spec;
    expect(mnn(before).spec).toEqual({ ...before, output: 'linear' });
  });

  it('has no parameters', () => {
    for (const output of ['density', 'wavefunction'] as const) {
      const network = mnn({ ...options, output });
      expect(network.spec.output).toBe(output);
      expect(network.parameterCount).toBe(8535);
      expect(network.layers).toEqual(mnn(options).layers);
      expect(mnn(network.spec)).toEqual(network);
    }
  });
});

describe('structure of Algorithm 3', () => {
  const network = mnn({ points: 64, levels: 4, channels: 3, kernelLayers: 2 });

  it('has one branch per level from 2 to L, and the adjacent part', () => {
    expect(network.branches.map((branch) => branch.name)).toEqual(['level-2', 'level-3', 'level-4', 'adjacent']);
    expect(network.branches.map((branch) => branch.layers.map((layer) => layer.kind))).toEqual([
      ['restriction', 'kernel', 'kernel', 'interpolation'],
      ['restriction', 'kernel', 'kernel', 'interpolation'],
      ['restriction', 'kernel', 'kernel', 'interpolation'],
      ['kernel', 'kernel'],
    ]);
  });

  it('has nonlinear kernels, linear restriction and interpolation, and a linear last adjacent layer', () => {
    for (const { name, layers } of network.branches) {
      for (const layer of layers) {
        const last = layer === layers.at(-1);
        const linear = layer.kind !== 'kernel' || (name === 'adjacent' && last);
        expect([layer.name, layer.activation]).toEqual([layer.name, linear ? 'linear' : 'relu']);
      }
    }
  });

  it('tiles the parameter vector: no gap, no overlap, weight before bias', () => {
    let end = 0;
    for (const { weight, bias } of network.layers) {
      expect(weight.offset).toBe(end);
      expect(bias.offset).toBe(end + weight.size);
      end = bias.offset + bias.size;
    }
    expect(end).toBe(network.parameterCount);
  });
});

it('a network of more parameters than wanted is refused before its further layers are built', () => {
  const options = { points: 320, levels: 6, channels: 6, kernelLayers: 5 };
  expect(mnn(options, 8535)).toEqual(mnn(options));
  expect(() => mnn(options, 8534)).toThrow(/up to adjacent\/kernel-5 is 8535; expected at most 8534/);
  expect(() => mnn(options, 500)).toThrow(/up to level-2\/\S+ is \d{3}; expected at most 500/);
});

describe('wrong options are refused by name', () => {
  const good = { points: 320, levels: 6, channels: 6, kernelLayers: 5 };
  it.each<[unknown, RegExp]>([
    [{ ...good, points: 330 }, /network\.points is 330; expected a multiple of 2\^levels = 64/],
    [{ ...good, levels: 1 }, /network\.levels is 1; expected an integer from 2/],
    [{ ...good, channels: 0 }, /network\.channels is 0/],
    [{ ...good, kernelLayers: 2.5 }, /network\.kernelLayers is 2\.5/],
    [{ ...good, kernelLayer: 5 }, /network\.kernelLayer is .*one of the options/],
    [{ ...good, activation: 'gelu' }, /network\.activation is 'gelu'/],
    [
      { ...good, output: 'probability' },
      /network\.output is 'probability'; expected one of 'linear', 'mean', 'density', 'wavefunction'/,
    ],
    [{ ...good, kernelLayers: 1e9 }, /network\.kernelLayers is 1000000000; expected an integer from 1 to 1000/],
    [
      { ...good, channels: 9999 },
      /parameters of the network up to [a-z0-9-/]+ is \d{10,}; expected at most 2147483648/,
    ],
    [
      { ...good, points: 2 ** 20, levels: 16, kernelLayers: 1000, kernel: 'two-branch', restriction: { layers: 1000 } },
      /layers of the network is 32769; expected at most 32768/,
    ],
    [{ ...good, dimension: 3, points: 1024 }, /network\.points is 1024; expected at most 268435456 points in all/],
    [undefined, /network is undefined; expected an object/],
    [{ ...good, dimension: 4 }, /network\.dimension is 4/],
  ])('%o', (options, message) => {
    const build = () => mnn(options as MnnOptions);
    expect(build).toThrow(ArgumentError);
    expect(build).toThrow(message);
  });
});
