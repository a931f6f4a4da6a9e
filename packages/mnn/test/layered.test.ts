import { ArgumentError } from '@dyadic/errors';
import { describe, expect, it } from 'vitest';
import { type LayeredSpec, type LayerOptions, layeredNetwork, mnn, networkOf } from '../src/index.js';
import { apply } from '../src/reference.js';

/** Level 2 of the paper's network and its adjacent part, layer by layer. */
const asInThePaper: LayeredSpec = {
  dimension: 1,
  points: 16,
  levels: 2,
  output: 'linear',
  branches: [
    {
      name: 'level-2',
      level: 2,
      layers: [
        { name: 'level-2/restriction', kind: 'restriction', outputChannels: 3 },
        { name: 'level-2/kernel-1', kind: 'kernel', window: 5, outputChannels: 3, activation: 'relu' },
        { name: 'level-2/kernel-2', kind: 'kernel', window: 5, outputChannels: 3, activation: 'relu' },
        { name: 'level-2/interpolation', kind: 'interpolation' },
      ],
    },
    {
      name: 'adjacent',
      level: 2,
      layers: [
        { name: 'adjacent/kernel-1', kind: 'kernel', window: 3, outputChannels: 4, activation: 'relu' },
        { name: 'adjacent/kernel-2', kind: 'kernel', window: 3, outputChannels: 4 },
      ],
    },
  ],
};

describe('layeredNetwork', () => {
  it("of the paper's layers is the paper's network", () => {
    const { spec: _, ...expected } = mnn({ points: 16, levels: 2, channels: 3, kernelLayers: 2 });
    const { spec, ...network } = layeredNetwork(asInThePaper);
    expect(network).toEqual(expected);
    expect(spec).toEqual(asInThePaper);
    const parameters = Float64Array.from({ length: network.parameterCount }, (_, i) => Math.sin(i));
    const input = Float64Array.from({ length: 16 }, (_, i) => Math.cos(i));
    const paper = mnn({ points: 16, levels: 2, channels: 3, kernelLayers: 2 });
    expect(apply({ spec, ...network }, parameters, input)).toEqual(apply(paper, parameters, input));
  });

  it('comes back from JSON', () => {
    const network = layeredNetwork(asInThePaper);
    expect(networkOf(JSON.parse(JSON.stringify(network.spec)))).toEqual(network);
    expect(() => layeredNetwork(asInThePaper, network.parameterCount - 1)).toThrow(/expected at most/);
  });

  /** The first branch with another layer in place of one. */
  const withLayer = (index: number, change: Partial<LayerOptions>, branch = 0): LayeredSpec => {
    const layers = asInThePaper.branches[branch]!.layers.map((layer, i) =>
      i === index ? { ...layer, ...change } : layer,
    );
    return {
      ...asInThePaper,
      branches: asInThePaper.branches.map((one, i) => (i === branch ? { ...one, layers } : one)),
    };
  };
  const coarse = { ...asInThePaper.branches[1]!, level: 1 };

  it.each<[string, unknown, RegExp]>([
    ['no object', null, /network is null/],
    ['another entry', { ...asInThePaper, channels: 3 }, /network\.channels is 'channels'; expected one of the options/],
    ['points that do not divide', { ...asInThePaper, points: 18 }, /network\.points is 18; expected a multiple of/],
    ['no branches', { ...asInThePaper, branches: [] }, /network\.branches is \[\]; expected an array of one to/],
    [
      'no layers',
      { ...asInThePaper, branches: [{ name: 'x', level: 1, layers: [] }] },
      /branches\[0\]\.layers is \[\]/,
    ],
    ['a level too fine', { ...asInThePaper, branches: [{ ...coarse, level: 3 }] }, /branches\[0\]\.level is 3/],
    [
      'a name twice',
      withLayer(2, { name: 'level-2/kernel-1' }),
      /layers\[2\]\.name is 'level-2\/kernel-1'; expected a name/,
    ],
    ['another kind', withLayer(1, { kind: 'dense' as never }), /layers\[1\]\.kind is 'dense'; expected one of/],
    ['a restriction later', withLayer(1, { kind: 'restriction' }), /kind is 'restriction'; expected the first layer/],
    ['an interpolation early', withLayer(2, { kind: 'interpolation' }), /kind is 'interpolation'; expected the last/],
    [
      'no end on coarse boxes',
      { ...asInThePaper, branches: [coarse] },
      /kind is 'kernel'; expected a layer in between/,
    ],
    ['an even window', withLayer(1, { window: 4 }), /layers\[1\]\.window is 4; expected an odd number/],
    ['a window beyond the others', withLayer(1, { window: 9 }), /window is 9; expected an integer from 1 to 7/],
    ['a window of a restriction', withLayer(0, { window: 3 }), /layers\[0\]\.window is 3; expected one of 1/],
    ['padding of a restriction', withLayer(0, { padding: 'zero' }), /padding is 'zero'; expected one of 'periodic'/],
    ['no channels', withLayer(1, { outputChannels: 0 }), /outputChannels is 0; expected an integer from 1/],
    [
      'other channels last',
      withLayer(1, { outputChannels: 3 }, 1),
      /outputChannels is 3; expected an integer from 4 to 4/,
    ],
    ['an activation last', withLayer(3, { activation: 'relu' }), /activation is 'relu'; expected one of 'linear'/],
    ['a link ahead', withLayer(1, { reads: 1 }), /layers\[1\]\.reads is 1; expected an integer from -1 to 0/],
    [
      'a layer that nothing reads',
      withLayer(2, { reads: 0 }),
      /layers\[1\] is 'level-2\/kernel-1'; expected a layer that/,
    ],
    [
      'a sum of other channels',
      withLayer(2, { outputChannels: 2, adds: 0 }),
      /adds is 0; expected an output of 2 channels/,
    ],
    ['a sum at the end', withLayer(3, { adds: 0 }), /adds is 0; expected an output of 4 channels, to add to a kernel/],
  ])('refuses %s', (_, spec, message) => {
    const build = () => layeredNetwork(spec as LayeredSpec);
    expect(build).toThrow(ArgumentError);
    expect(build).toThrow(message);
  });
});
