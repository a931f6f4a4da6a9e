import { ArgumentError } from '@dyadic/errors';
import {
  describeLayers,
  describeNetwork,
  type LayersDocument,
  type MnnOptions,
  mnn,
  type Network,
  networkFromDocument,
  networkFromLayers,
  ParameterLayout,
} from '@dyadic/mnn';
import { conformanceCases } from '@dyadic/mnn/conformance';
import { describe, expect, it } from 'vitest';

const viaJson = <T>(value: T): T => JSON.parse(JSON.stringify(value));
const withoutSpec = ({ spec: _, ...network }: Network) => network;

/** A branch on two boxes of two points, and one on one box; both in 1D. */
const SMALL: LayersDocument = {
  dimension: 1,
  points: 4,
  output: 'linear',
  branches: [
    {
      name: 'fine',
      boxes: 2,
      layers: [
        layer({ name: 'fine/first', window: 3, outputChannels: 3 }),
        layer({ name: 'fine/second', reads: -1, outputChannels: 3, adds: 0 }),
        layer({ name: 'fine/last', outputChannels: 2, activation: 'linear', adds: -1 }),
      ],
    },
    {
      name: 'coarse',
      boxes: 1,
      layers: [
        layer({ name: 'coarse/down', kind: 'restriction', window: 4, reads: -1, outputChannels: 2 }),
        layer({ name: 'coarse/up', kind: 'interpolation', outputChannels: 4, activation: 'linear' }),
      ],
    },
  ],
};

function layer(
  entries: Partial<LayersDocument['branches'][number]['layers'][number]> & { name: string; outputChannels: number },
) {
  return {
    kind: 'kernel' as const,
    connectivity: 'convolutional' as const,
    window: 1,
    activation: 'tanh' as const,
    padding: 'periodic' as const,
    ...entries,
  };
}

describe('a network as its layers', () => {
  it('is every network of mnn again, layer by layer', () => {
    for (const { network: options } of conformanceCases('pairs')) {
      const network = networkFromDocument(options);
      expect(networkFromLayers(viaJson(describeLayers(network)))).toEqual(withoutSpec(network));
      expect(networkFromDocument(viaJson(describeNetwork(network)))).toEqual(network);
    }
  });

  it('has the parameters that its layers say', () => {
    const network = networkFromLayers(SMALL);
    expect(network.parameterCount).toBe(3 * 3 * 2 + 3 + (3 * 2 + 3) + (2 * 3 + 2) + (2 * 4 + 2) + (4 * 2 + 4));
    expect(network.layers.map(({ inputChannels, sites, window }) => [inputChannels, sites, window])).toEqual([
      [2, 2, 3],
      [2, 2, 1],
      [3, 2, 1],
      [4, 1, 1],
      [2, 1, 1],
    ]);
    const layout = new ParameterLayout();
    for (const { weight: _w, bias: _b, ...shape } of network.layers) layout.place(shape);
    expect(layout.size).toBe(network.parameterCount);
  });

  it('is described by its options where it has some', () => {
    const options: MnnOptions = { points: 8, levels: 2, channels: 2, kernelLayers: 1 };
    expect(describeNetwork(mnn(options))).toEqual(mnn(options).spec);
    expect(describeNetwork(networkFromLayers(SMALL))).toEqual(SMALL);
  });
});

/** The document with one entry changed, or left out. */
function changed(path: string, value: unknown): unknown {
  const document = viaJson(SMALL) as unknown as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop()!;
  const holder = keys.reduce((object, key) => object[key] as Record<string, unknown>, document);
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return document;
}

describe('foreign layers', () => {
  it.each<[string, unknown, string]>([
    ['dimension', 4, 'network.dimension is 4; expected one of 1, 2, 3'],
    ['dimension', '1', "network.dimension is '1'"],
    ['points', 3, 'network.points is 3; expected a multiple of the most boxes, 2'],
    ['points', 1e9, 'network.points is 1000000000'],
    ['output', 'softmax', "network.output is 'softmax'; expected one of 'linear', 'mean', 'density', 'wavefunction'"],
    ['spec', {}, 'network.spec'],
    ['branches', [], 'network.branches is []; expected a list of 1 to 100'],
    ['branches', { length: 2 }, 'network.branches'],
    ['branches.0', null, 'network.branches[0] is null'],
    ['branches.0.name', '../x', 'network.branches[0].name'],
    ['branches.1.name', 'fine', "network.branches[1].name is 'fine'; expected a name of its own"],
    ['branches.1.boxes', 3, 'network.points is 4; expected a multiple of the most boxes, 3'],
    ['branches.1.boxes', 1.5, 'network.branches[1].boxes is 1.5'],
    ['branches.0.layers', 'abc', 'network.branches[0].layers'],
    ['branches.0.layers.0.stride', 1, 'network.branches[0].layers[0].stride'],
    ['branches.0.layers.0.name', 'fine/last', 'network.branches[0].layers[2].name'],
    ['branches.0.layers.0.name', 7, 'network.branches[0].layers[0].name is 7'],
    ['branches.0.layers.0.kind', 'dense', "network.branches[0].layers[0].kind is 'dense'"],
    ['branches.0.layers.0.kind', 'restriction', 'network.branches[0].layers[0].window is 3; expected one of 2'],
    ['branches.0.layers.0.kind', 'interpolation', 'network.branches[0].layers[0].kind'],
    ['branches.0.layers.0.window', 2, 'network.branches[0].layers[0].window is 2; expected an odd number'],
    ['branches.0.layers.0.window', 7, 'network.branches[0].layers[0].window is 7; expected an integer from 1 to 5'],
    ['branches.0.layers.0.outputChannels', 0, 'network.branches[0].layers[0].outputChannels is 0'],
    ['branches.0.layers.0.outputChannels', 4, 'network.branches[0].layers[1].adds is 0'],
    ['branches.0.layers.0.outputChannels', 2 ** 25, 'network.branches[0].layers[0].outputChannels'],
    ['branches.0.layers.0.activation', 'gelu', "network.branches[0].layers[0].activation is 'gelu'"],
    ['branches.0.layers.0.activation', 'toString', "network.branches[0].layers[0].activation is 'toString'"],
    [
      'branches.0.layers.2.activation',
      'tanh',
      "network.branches[0].layers[2].activation is 'tanh'; expected one of 'linear'",
    ],
    [
      'branches.0.layers.2.outputChannels',
      3,
      'network.branches[0].layers[2].outputChannels is 3; expected 2, the points of a box',
    ],
    ['branches.0.layers.0.padding', undefined, 'network.branches[0].layers[0].padding is undefined'],
    ['branches.0.layers.1.reads', 1, 'network.branches[0].layers[1].reads is 1; expected an integer from -1 to 0'],
    [
      'branches.0.layers.1.adds',
      undefined,
      "network.branches[0].layers[0] is 'fine/first'; expected a layer that a later one reads or adds",
    ],
    ['branches.1.layers.1.reads', -1, 'network.branches[1].layers[1].reads is -1'],
    [
      'branches.1.layers.0.kind',
      'kernel',
      'network.branches[1].layers[0].reads is -1; expected a layer, as the boxes are not the finest',
    ],
    [
      'branches.1.layers.1.kind',
      'kernel',
      'network.branches[1].layers[1].outputChannels is 4; expected 4, the points of a box, and an interpolation',
    ],
    ['branches.1.layers.1.adds', 0, 'network.branches[1].layers[1].adds is 0'],
    ['branches.1.layers.1.adds', -1, 'network.branches[1].layers[1].adds is -1'],
    [
      'branches.0.layers.0.boxes',
      3,
      'network.branches[0].layers[0].boxes is 3; expected a divisor of the most boxes, 2',
    ],
    ['branches.0.layers.0.boxes', '1', "network.branches[0].layers[0].boxes is '1'"],
    // 3 channels of one box are none of two.
    ['branches.0.layers.0.boxes', 1, 'network.branches[0].layers[1].adds is 0'],
    ['branches.0.layers.2.boxes', 1, 'network.branches[0].layers[2].boxes is 1; expected one of 2'],
    ['branches.1.layers.0.boxes', 2, 'network.branches[1].layers[0].boxes is 2; expected one of 1'],
  ])('%s = %j is refused by name', (path, value, message) => {
    expect(() => networkFromLayers(changed(path, value))).toThrow(ArgumentError);
    expect(() => networkFromLayers(changed(path, value))).toThrow(message);
  });

  it.each([null, 5, 'mnn', [], undefined])('%j is no network', (document) => {
    expect(() => networkFromDocument(document)).toThrow(ArgumentError);
    expect(() => networkFromLayers(document)).toThrow(ArgumentError);
  });

  it('sizes are decided before anything of that size is made', () => {
    const wide = changed('branches.0.layers.0', layer({ name: 'fine/first', outputChannels: 2 ** 24, reads: -1 }));
    expect(() => networkFromLayers(wide, 1000)).toThrow('parameters of the network up to fine/first');
    expect(() => networkFromLayers(SMALL, networkFromLayers(SMALL).parameterCount)).not.toThrow();
    expect(() => networkFromLayers(SMALL, networkFromLayers(SMALL).parameterCount - 1)).toThrow('coarse/up');
    const many = changed('branches.0.layers', new Array(10_001).fill(null));
    expect(() => networkFromLayers(many)).toThrow('a list of 1 to 10000');
    expect(() => networkFromLayers({ ...SMALL, dimension: 3, points: 2 ** 20 })).toThrow(
      'network.points is 1048576; expected at most 268435456 points in all',
    );
  });
});
