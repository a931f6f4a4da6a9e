/** What the shaders are told of every node: a record of words for itself, and one for each node that uses its output. */
import type { Layer, Network } from '@dyadic/mnn';
import { type Combination, transpose, type Wave } from './fourier.js';
import type { Node, Operator } from './nodes.js';
import { activationNumber } from './shaders/activations.js';
import { CONSUMER_WORDS } from './shaders/network.js';
import { BoxTables, NONE, type Tables, transposedOffsets, transposedWindows, windowOffsets } from './tables.js';
import { channelsRead, isProduct, tileWords } from './tiles.js';

/** The shaders' numbers of how z of a node comes about. */
const OPERATOR = { layer: 0, wave: 1, combination: 2, multiplier: 3 } as const satisfies Record<
  Operator['kind'],
  number
>;

/** How δ of a node comes about: from whom reads it, or from whom adds it, or y. */
const CONSUMER = { kernel: 0, interpolation: 1, sum: 2, wave: 3, combination: 4, multiplier: 5, product: 6 } as const;

/** Offsets of the records in the tables. */
export class Records {
  readonly #tables: Tables;
  readonly #nodes: readonly Node[];
  readonly #sums: number;
  readonly #tiled: boolean;
  readonly #inputs: BoxTables;
  readonly #outputs: BoxTables;
  readonly #offsets: ReadonlyMap<Node, number>;

  /** @param sums - Where y lies. @param tiled - Whether tiles of products do what they can. */
  constructor(network: Network, tables: Tables, nodes: readonly Node[], sums: number, tiled = false) {
    this.#tiled = tiled;
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

  /** Words of the tiles that make z of a node; none where it is made item by item. */
  forwardTiles(node: Node): number[] {
    const { layer } = node;
    return this.#isTiled(node) ? tileWords(this.of(node), layer.sites ** layer.dimension, layer.outputChannels) : [];
  }

  deltaTiles(node: Node): number[] {
    const channels = this.#channelsRead(node);
    return channels > 0 ? tileWords(this.of(node), node.numbers / channels, channels) : [];
  }

  weightsTiles(node: Node): number[] {
    return this.#isTiled(node) ? tileWords(this.of(node), fanInOf(node.layer) + 1, node.layer.outputChannels) : [];
  }

  #isTiled(node: Node): boolean {
    return this.#tiled && isProduct(node);
  }

  #channelsRead(node: Node): number {
    return this.#tiled ? channelsRead(node, this.#nodes) : 0;
  }

  /** What the shader's `nodeAt` reads, and behind it what the functions of the operator read. */
  #record(node: Node): number[] {
    const { operator, activation, numbers, activated, output, adds, addsWithin } = node;
    const consumers = this.#consumersOf(node);
    return [
      OPERATOR[operator.kind],
      numbers,
      activationNumber(activation),
      activated,
      output,
      adds.at,
      addsWithin.at,
      consumers.length,
      consumers.length === 0 ? 0 : this.#tables.append(consumers.flatMap(padded)),
      ...this.#operatorWords(node),
    ];
  }

  #operatorWords(node: Node): number[] {
    const { layer, operator, input, activated } = node;
    switch (operator.kind) {
      case 'layer':
        return this.#layerWords(node);
      case 'wave':
        return this.#waveWords(operator, input, false);
      case 'combination':
        return this.#combinationWords(operator, input);
      case 'multiplier':
        return [...multiplierWords(layer, input), activated];
      default:
        return operator satisfies never;
    }
  }

  /** For `wave` of the shader: the matrix, or its transpose. */
  #waveWords({ rows, columns, inner, matrix, key }: Wave, start: number, transposed: boolean): number[] {
    const table = this.#tables.once(key, () => new Uint32Array(matrix.buffer));
    return transposed
      ? [start, columns, rows, inner, table, 1, columns]
      : [start, rows, columns, inner, table, columns, 1];
  }

  #combinationWords({ inner, terms, table, key }: Combination, start: number): number[] {
    return [start, inner, terms, this.#tables.once(key, () => table)];
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

  /** Who makes δ of a node: its kind, and what the shader's function for it reads. */
  #consumersOf(node: Node): number[][] {
    const sum = (start: number) => [CONSUMER.sum, start];
    const asProducts = this.#channelsRead(node) > 0;
    return [
      ...this.#nodes.filter(({ source }) => source === node).map((reader) => this.#reader(reader, asProducts)),
      ...this.#nodes.filter(({ adds }) => adds.node === node).map(({ output }) => sum(output)),
      ...this.#nodes.filter(({ addsWithin }) => addsWithin.node === node).map(({ activated }) => sum(activated)),
      ...(node.last && !node.merged ? [sum(this.#sums)] : []),
    ];
  }

  #reader(reader: Node, asProduct: boolean): number[] {
    const { layer, branch, operator, activated, merged } = reader;
    if (operator.kind === 'wave') return [CONSUMER.wave, ...this.#waveWords(operator, activated, true)];
    if (operator.kind === 'combination')
      return [CONSUMER.combination, ...this.#combinationWords(transpose(operator), activated)];
    if (operator.kind === 'multiplier') return [CONSUMER.multiplier, ...multiplierWords(layer, activated)];
    const { dimension, sites, inputChannels, outputChannels, weight } = layer;
    const fanIn = fanInOf(layer);
    const perSite = layer.connectivity === 'local' ? outputChannels * fanIn : 0;
    const product = asProduct && isProduct(reader);
    if (merged) {
      const { places, run, starts } = this.#outputs.of(branch.boxes);
      return product
        ? [CONSUMER.product, this.#sums, starts, places, run, weight.offset, run * fanIn, fanIn, 1]
        : [CONSUMER.interpolation, this.#sums, weight.offset, fanIn, inputChannels, starts, places, run, perSite];
    }
    const key = `transposed ${shapeOf(layer)} ${inputChannels} ${outputChannels} ${perSite}`;
    if (product) {
      const { places, offsets } = transposedWindows(layer);
      const table = this.#tables.once(`rows of ${key}`, () => offsets);
      const copies = places / layer.window ** dimension;
      return [CONSUMER.product, activated, table, places, outputChannels, weight.offset, inputChannels, fanIn, copies];
    }
    const table = this.#tables.once(key, () => transposedOffsets(layer));
    const all = sites ** dimension;
    return [CONSUMER.kernel, activated, weight.offset, fanIn, inputChannels, table, outputChannels, all];
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

function padded(consumer: number[]): number[] {
  return Array.from({ length: CONSUMER_WORDS }, (_, word) => consumer[word] ?? 0);
}

function multiplierWords({ dimension, window, inputChannels, outputChannels, weight }: Layer, start: number): number[] {
  return [start, window ** dimension, inputChannels, outputChannels, weight.offset];
}

const fanInOf = ({ window, dimension, inputChannels }: Layer) => window ** dimension * inputChannels;

const shapeOf = ({ dimension, sites, window, padding, dilation = 1 }: Layer) =>
  `${dimension} ${sites} ${window} ${padding} ${dilation}`;

/** How many gradients of parameters a node has. */
export function parametersOf({ layer, operator }: Node): number {
  switch (operator.kind) {
    case 'layer':
      return layer.weight.size + layer.bias.size;
    case 'multiplier':
      return layer.weight.size;
    default:
      return 0;
  }
}

/** Of the loss and gradient of one sample: forward, for the gradients of parameters, and for those of what is not the input. */
export function multiplyAdds(nodes: readonly Node[]): number {
  return nodes.reduce((sum, node) => {
    const times = 1 + (parametersOf(node) > 0 ? 1 : 0) + (node.source ? 1 : 0);
    return sum + times * node.numbers * productsOf(node);
  }, 0);
}

/** Products of a number. */
function productsOf({ layer, operator }: Node): number {
  switch (operator.kind) {
    case 'layer':
      return fanInOf(layer);
    case 'wave':
      return operator.columns;
    case 'multiplier':
      return 2 * layer.inputChannels;
    case 'combination':
      return 0;
    default:
      return operator satisfies never;
  }
}
