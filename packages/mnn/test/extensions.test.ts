import { ArgumentError } from '@dyadic/errors';
import { randomStream } from '@dyadic/random';
import { describe, expect, it } from 'vitest';
import { initialParameters, type MnnOptions, mnn } from '../src/index.js';
import { apply } from '../src/reference.js';

const PLAIN = { points: 64, levels: 4, channels: 3, kernelLayers: 2 } as const;
const [N, L, r, K] = [PLAIN.points, PLAIN.levels, PLAIN.channels, PLAIN.kernelLayers];
const plainCount = mnn(PLAIN).parameterCount;
/** A layer of `channels` to `channels` with a bias. */
const pointwise = (channels: number, window = 1) => channels * channels * window + channels;

describe('a spec', () => {
  it('records the plain network as it always did', () => {
    expect(JSON.stringify(mnn(PLAIN).spec)).toBe(
      '{"dimension":1,"points":64,"levels":4,"channels":3,"kernelLayers":2,' +
        '"activation":"relu","connectivity":"convolutional","output":"linear"}',
    );
  });

  it.each<Partial<MnnOptions>>([
    { admissibility: 'strong' },
    { restriction: { layers: 1, activation: 'linear' } },
    { interpolation: { layers: 1 } },
    { padding: 'periodic' },
    { kernel: 'plain' },
    { connectivity: {} },
    { connectivity: { restriction: 'convolutional', adjacent: 'convolutional' } },
  ])('is the plain one when an option says what the paper says: %o', (option) => {
    expect(mnn({ ...PLAIN, ...option })).toEqual(mnn(PLAIN));
  });

  it.each<Partial<MnnOptions>>([
    { admissibility: 'weak' },
    { restriction: { layers: 1, activation: 'tanh' } },
    { interpolation: { layers: 3 }, activation: 'softplus' },
    { connectivity: { kernel: 'local' } },
    { padding: 'reflect' },
    { kernel: 'two-branch', padding: 'zero', admissibility: 'weak' },
  ])('says all of what differs, and makes the same network again: %o', (option) => {
    const network = mnn({ ...PLAIN, ...option });
    expect(network.spec).toMatchObject(option);
    expect(mnn(JSON.parse(JSON.stringify(network.spec)))).toEqual(network);
  });
});

describe('weak admissibility', () => {
  it.each([1, 2, 3] as const)('has levels from 1 on, windows of three, and finest boxes by themselves: %iD', (d) => {
    const { branches } = mnn({ ...PLAIN, dimension: d, points: 16, levels: 3, admissibility: 'weak' });
    expect(branches.map(({ name, boxes }) => [name, boxes])).toEqual([
      ['level-1', 2],
      ['level-2', 4],
      ['level-3', 8],
      ['adjacent', 8],
    ]);
    for (const { name, layers } of branches) {
      const windows = layers.filter(({ kind }) => kind === 'kernel').map(({ window }) => window);
      expect(windows).toEqual(name === 'adjacent' ? [1, 1] : [3, 3]);
    }
  });

  it('counts: level 1 and narrower windows', () => {
    const m = N / 2 ** L;
    let expected = K * pointwise(m);
    for (let level = 1; level <= L; level++) {
      const s = N / 2 ** level;
      expected += s * r + r + K * pointwise(r, 3) + s * r + s;
    }
    expect(mnn({ ...PLAIN, admissibility: 'weak' }).parameterCount).toBe(expected);
  });

  it('allows one level', () => {
    expect(mnn({ ...PLAIN, levels: 1, admissibility: 'weak' }).branches).toHaveLength(2);
    expect(() => mnn({ ...PLAIN, levels: 1 })).toThrow(/network\.levels is 1; expected an integer from 2/);
    expect(() => mnn({ ...PLAIN, levels: 0, admissibility: 'weak' })).toThrow(/network\.levels is 0/);
  });
});

describe('mixed connectivity', () => {
  it.each(['restriction', 'kernel', 'interpolation', 'adjacent'] as const)('of the %s alone', (chosen) => {
    const { layers } = mnn({ ...PLAIN, connectivity: { [chosen]: 'local' } });
    for (const { name, kind, connectivity, weight, sites } of layers) {
      const role = name.startsWith('adjacent') ? 'adjacent' : kind;
      expect([name, connectivity]).toEqual([name, role === chosen ? 'local' : 'convolutional']);
      expect(weight.shape.length === 4).toBe(role === chosen);
      if (role === chosen) expect(weight.shape[0]).toBe(sites);
    }
  });

  it('of all layers local is the word local', () => {
    const all = { restriction: 'local', kernel: 'local', interpolation: 'local', adjacent: 'local' } as const;
    expect(mnn({ ...PLAIN, connectivity: all })).toEqual(mnn({ ...PLAIN, connectivity: 'local' }));
  });
});

describe('restriction and interpolation of several layers', () => {
  it('are pointwise layers next to the ends of every level', () => {
    const restriction = { layers: 3, activation: 'tanh' } as const;
    const network = mnn({ ...PLAIN, restriction, interpolation: { layers: 2 } });
    const [level2, , , adjacent] = network.branches;
    expect(level2!.layers.map(({ name, window, activation }) => [name, window, activation])).toEqual([
      ['level-2/restriction', 1, 'tanh'],
      ['level-2/restriction-2', 1, 'tanh'],
      ['level-2/restriction-3', 1, 'tanh'],
      ['level-2/kernel-1', 5, 'relu'],
      ['level-2/kernel-2', 5, 'relu'],
      ['level-2/interpolation-1', 1, 'relu'],
      ['level-2/interpolation', 1, 'linear'],
    ]);
    expect(adjacent!.layers).toHaveLength(K);
    expect(network.parameterCount).toBe(plainCount + (L - 1) * 3 * pointwise(r));
  });

  it('a nonlinear restriction of one layer has no more parameters', () => {
    const network = mnn({ ...PLAIN, restriction: { layers: 1 } });
    expect(network.layers[0]!.activation).toBe('relu');
    expect(network.parameterCount).toBe(plainCount);
  });
});

describe('padding', () => {
  it.each(['zero', 'reflect'] as const)('%s changes what windows read and nothing else', (padding) => {
    const network = mnn({ ...PLAIN, padding });
    expect(network.layers).toEqual(mnn(PLAIN).layers.map((layer) => ({ ...layer, padding })));
    expect(network.parameterCount).toBe(plainCount);
  });
});

describe('residual kernel networks', () => {
  it('have a skip around every kernel layer but the linear last one of the adjacent part', () => {
    const { branches, parameterCount } = mnn({ ...PLAIN, kernel: 'residual', restriction: { layers: 2 } });
    const skips = branches.map(({ layers }) => layers.map(({ adds, reads }) => [adds, reads]));
    const none = [undefined, undefined];
    expect(skips[0]).toEqual([none, none, [1, undefined], [2, undefined], none]);
    expect(skips.at(-1)).toEqual([[-1, undefined], none]);
    expect(parameterCount).toBe(plainCount + (L - 1) * pointwise(r));
  });
});

describe('two-branch kernel networks', () => {
  it('are two rows that start from one layer and end in a sum', () => {
    const { branches } = mnn({ ...PLAIN, kernel: 'two-branch' });
    const links = (branch: number) => branches[branch]!.layers.map(({ name, adds, reads }) => [name, reads, adds]);
    expect(links(0)).toEqual([
      ['level-2/restriction', undefined, undefined],
      ['level-2/kernel-1', undefined, undefined],
      ['level-2/kernel-2', undefined, undefined],
      ['level-2/parallel-1', 0, undefined],
      ['level-2/parallel-2', undefined, 2],
      ['level-2/interpolation', undefined, undefined],
    ]);
    expect(links(3)).toEqual([
      ['adjacent/kernel-1', undefined, undefined],
      ['adjacent/kernel-2', undefined, undefined],
      ['adjacent/parallel-1', -1, undefined],
      ['adjacent/parallel-2', undefined, 1],
    ]);
    expect(branches[3]!.layers.map(({ activation }) => activation)).toEqual(['relu', 'linear', 'relu', 'linear']);
  });

  it('counts: every kernel layer twice', () => {
    const kernels = mnn(PLAIN).layers.filter(({ kind }) => kind === 'kernel');
    const twice = kernels.reduce((sum, { weight, bias }) => sum + weight.size + bias.size, 0);
    expect(mnn({ ...PLAIN, kernel: 'two-branch' }).parameterCount).toBe(plainCount + twice);
  });
});

describe('first parameters', () => {
  it.each(['plain', 'residual', 'two-branch'] as const)('give outputs of about unit variance: %s', (kernel) => {
    const network = mnn({ points: 64, levels: 4, channels: 16, kernelLayers: 4, activation: 'linear', kernel });
    const stream = randomStream(1, 'mnn/test');
    const variances = Array.from({ length: 20 }, (_, seed) => {
      const input = Float64Array.from({ length: 64 }, () => stream.normal());
      const output = apply(network, initialParameters(network, seed), input);
      return output.reduce((sum, value) => sum + value * value, 0) / 64;
    });
    const mean = variances.reduce((sum, value) => sum + value, 0) / 20;
    // Increments count as much as what they are added to: (1 + 1/4)⁴ = 2.4 in the levels of a residual network.
    expect(mean).toBeGreaterThan(0.5);
    expect(mean).toBeLessThan(4);
  });
});

describe('wrong options are refused by name', () => {
  it.each<[object, RegExp]>([
    [{ admissibility: 'standard' }, /network\.admissibility is 'standard'; expected one of 'strong', 'weak'/],
    [{ restriction: { layers: 0 } }, /network\.restriction\.layers is 0; expected an integer from 1/],
    [{ restriction: { layers: 2, activation: 'gelu' } }, /network\.restriction\.activation is 'gelu'/],
    [{ restriction: { layer: 2 } }, /network\.restriction\.layer is 'layer'/],
    [{ restriction: 2 }, /network\.restriction is 2; expected an object/],
    [
      { interpolation: { layers: 1, activation: 'tanh' } },
      /network\.interpolation\.activation is 'tanh'; expected one of 'linear'/,
    ],
    [{ connectivity: { kernel: 'dense' } }, /network\.connectivity\.kernel is 'dense'/],
    [{ connectivity: { kernels: 'local' } }, /network\.connectivity\.kernels is 'kernels'/],
    [{ padding: 'circular' }, /network\.padding is 'circular'; expected one of 'periodic', 'zero', 'reflect'/],
    [{ kernel: 'dense' }, /network\.kernel is 'dense'; expected one of 'plain', 'residual', 'two-branch'/],
    [{ connectivity: null }, /network\.connectivity is null/],
  ])('%o', (option, message) => {
    const build = () => mnn({ ...PLAIN, ...option } as MnnOptions);
    expect(build).toThrow(ArgumentError);
    expect(build).toThrow(message);
  });
});
