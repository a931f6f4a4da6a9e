/** What the shaders are told of every node: a record of words for itself, and one for each node that uses its output. */
import type { Layer, Network } from '@dyadic/mnn';
import type { Node } from './nodes.js';
import { activationNumber } from './shaders/activations.js';
import { BoxTables, NONE, type Tables, transposedOffsets, windowOffsets } from './tables.js';

/** How δ of a node comes about: from whom reads it, from an interpolation, from whom adds it, from y. */
const CONSUMER = { kernel: 0, interpolation: 1, sum: 2 } as const;

/** Words of a consumer. */
export const CONSUMER_WORDS = 10;

/** Offsets of the records in the tables. */
export class Records {
  readonly #tables: Tables;
  readonly #nodes: readonly Node[];
  readonly #sums: number;
  readonly #inputs: BoxTables;
  readonly #outputs: BoxTables;
  readonly #offsets: ReadonlyMap<Node, number>;

  /** @param sums - Where y lies. */
  constructor(network: Network, tables: Tables, nodes: readonly Node[], sums: number) {
    this.#tables = tables;
    this.#nodes = nodes;
    this.#sums = sums;
    this.#inputs = new BoxTables(network, network.inputs, tables);
    this.#outputs = new BoxTables(network, network.outputs, tables);
    this.#offsets = new Map(nodes.map((node) => [node, tables.append(this.#record(node))]));
  }

  of(node: Node): number {
    return this.#offsets.get(node)!;
  }

  /** What the shader's `nodeAt` and `layerAt` read, in their order. */
  #record(node: Node): number[] {
    const { layer, numbers, activated, output, adds, addsWithin } = node;
    const consumers = this.#consumersOf(node);
    return [
      numbers,
      activationNumber(layer.activation),
      activated,
      output,
      adds.at,
      addsWithin.at,
      consumers.length,
      consumers.length === 0 ? 0 : this.#tables.append(consumers.flatMap(consumerWords)),
      ...this.#layerWords(node),
    ];
  }

  #layerWords({ layer, branch, input, activated, merged }: Node): number[] {
    const { kind, dimension, sites, outputChannels, inputChannels, weight, bias } = layer;
    const local = layer.connectivity === 'local';
    const fanIn = fanInOf(layer);
    const box = (tables: BoxTables) => {
      const { places, run, starts } = tables.of(branch.boxes);
      return [places, run, starts];
    };
    const reads =
      kind === 'restriction'
        ? box(this.#inputs)
        : layer.window === 1
          ? [1, inputChannels, NONE]
          : [layer.window ** dimension, inputChannels, this.#windows(layer)];
    const gives = merged ? [this.#sums, ...box(this.#outputs)] : [activated, 1, outputChannels, NONE];
    return [
      sites ** dimension,
      outputChannels,
      fanIn,
      weight.offset,
      weight.size,
      bias.offset,
      local ? outputChannels * fanIn : 0,
      local ? outputChannels : 0,
      input,
      ...reads,
      ...gives,
    ];
  }

  #windows(layer: Layer): number {
    return this.#tables.once(`windows ${shapeOf(layer)} ${layer.inputChannels}`, () => windowOffsets(layer));
  }

  /** Who makes δ of a node. */
  #consumersOf(node: Node): Consumer[] {
    const readers = this.#nodes.filter(({ source }) => source === node).map((reader) => this.#reader(reader));
    const sum = (start: number): Consumer => ({ kind: CONSUMER.sum, start });
    return [
      ...readers,
      ...this.#nodes.filter(({ adds }) => adds.node === node).map(({ output }) => sum(output)),
      ...this.#nodes.filter(({ addsWithin }) => addsWithin.node === node).map(({ activated }) => sum(activated)),
      ...(node.last && !node.merged ? [sum(this.#sums)] : []),
    ];
  }

  #reader({ layer, branch, activated, merged }: Node): Consumer {
    const { dimension, sites, inputChannels, outputChannels, weight } = layer;
    const fanIn = fanInOf(layer);
    const perSite = layer.connectivity === 'local' ? outputChannels * fanIn : 0;
    const common = { weight: weight.offset, fanIn, sites: sites ** dimension, channels: inputChannels };
    if (merged) {
      const { places, run, starts } = this.#outputs.of(branch.boxes);
      return { ...common, kind: CONSUMER.interpolation, start: this.#sums, table: starts, places, run, perSite };
    }
    const key = `transposed ${shapeOf(layer)} ${inputChannels} ${outputChannels} ${perSite}`;
    const table = this.#tables.once(key, () => transposedOffsets(layer));
    return { ...common, kind: CONSUMER.kernel, start: activated, table, places: 1, run: outputChannels, perSite };
  }

  /** The number of branches, then eight words for each: of a stored output its place, of an interpolation all it needs. */
  mergeList(): number[] {
    const ends = this.#nodes.filter(({ last }) => last);
    const words = ends.map(({ layer, branch, merged, output, input }) => {
      if (!merged) return [0, output, 0, 0, 0, 0, 0, 0];
      const { inverse } = this.#outputs.of(branch.boxes);
      const local = layer.connectivity === 'local' ? 1 : 0;
      const { inputChannels, outputChannels, weight, bias } = layer;
      return [1, input, inverse, outputChannels, inputChannels, weight.offset, bias.offset, local];
    });
    return [ends.length, ...words.flat()];
  }
}

/** A node that uses another's output, for `deltaItem`. */
interface Consumer {
  readonly kind: (typeof CONSUMER)[keyof typeof CONSUMER];
  /** Where its ∂loss/∂z lies, or what is added to δ. */
  readonly start: number;
  readonly weight?: number;
  readonly fanIn?: number;
  readonly table?: number;
  readonly places?: number;
  readonly run?: number;
  /** Sites and channels that it reads. */
  readonly sites?: number;
  readonly channels?: number;
  readonly perSite?: number;
}

function consumerWords(consumer: Consumer): number[] {
  const { kind, start, weight = 0, fanIn = 0, table = 0, places = 0, run = 0 } = consumer;
  const { sites = 0, channels = 1, perSite = 0 } = consumer;
  return [kind, start, weight, fanIn, table, places, run, sites, channels, perSite];
}

const fanInOf = ({ window, dimension, inputChannels }: Layer) => window ** dimension * inputChannels;

const shapeOf = ({ dimension, sites, window, padding, dilation = 1 }: Layer) =>
  `${dimension} ${sites} ${window} ${padding} ${dilation}`;

/** How many gradients of parameters a node has. */
export function parametersOf({ layer }: Node): number {
  return layer.weight.size + layer.bias.size;
}

/** Forward, and the same again for the gradients of inputs and of weights, but for inputs of the network. */
export function multiplyAdds({ layers }: Network): number {
  return layers.reduce((sum, layer) => {
    const products = layer.sites ** layer.dimension * layer.outputChannels * fanInOf(layer);
    return sum + products * (layer.kind === 'restriction' ? 2 : 3);
  }, 0);
}
