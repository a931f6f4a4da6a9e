/** What the shaders are told of every node: a record of words for itself, and one for each node that uses its output. */
import type { Layer, Network } from '@dyadic/mnn';
import { type Combination, transpose, type Wave } from './fourier.js';
import type { Node, Operator } from './nodes.js';
import { isTiled, productWords, type Rows, rowsWords, tileWords } from './products.js';
import { activationNumber } from './shaders/activations.js';
import { CONSUMER_WORDS } from './shaders/network.js';
import { strips } from './shaders/products.js';
import { BoxTables, NONE, type Tables, transposedWindows, windowOffsets } from './tables.js';

/** The shaders' numbers of how z of a node comes about. */
const OPERATOR = { layer: 0, wave: 1, combination: 2, multiplier: 3 } as const satisfies Record<
  Operator['kind'],
  number
>;

/** How δ of a node comes about: from whom reads it, or from whom adds it, or from y. */
const CONSUMER = { product: 0, sum: 1, wave: 2, combination: 3, multiplier: 4 } as const;

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

  /** How many items make z of a node, its δ, and the gradients of its parameters. */
  forwardItems({ operator, layer, numbers }: Node): number {
    return operator.kind === 'layer' ? strips(layer.sites ** layer.dimension, layer.outputChannels) : numbers;
  }

  deltaItems(node: Node): number {
    const channels = this.#channels(node);
    return strips(node.numbers / channels, channels);
  }

  weightsItems({ operator, layer }: Node): number {
    if (operator.kind === 'multiplier') return layer.weight.size;
    if (operator.kind !== 'layer') return 0;
    const sets = layer.connectivity === 'local' ? layer.sites ** layer.dimension : 1;
    return sets * strips(fanInOf(layer) + 1, layer.outputChannels);
  }

  /** Words of the tiles that make them; none where they are made item by item. */
  forwardTiles(node: Node): number[] {
    const { layer } = node;
    return isTiled(node) ? tileWords(this.of(node), layer.sites ** layer.dimension, layer.outputChannels) : [];
  }

  deltaTiles(node: Node): number[] {
    const channels = this.#channels(node);
    const readers = this.#readersOf(node);
    const tiled = readers.length > 0 && readers.every((one) => isTiled(one) && one.layer.inputChannels === channels);
    return tiled ? tileWords(this.of(node), node.numbers / channels, channels) : [];
  }

  weightsTiles(node: Node): number[] {
    return isTiled(node) ? tileWords(this.of(node), fanInOf(node.layer) + 1, node.layer.outputChannels) : [];
  }

  /** Who reads a node by a product. */
  #readersOf(node: Node): Node[] {
    return this.#nodes.filter(({ source, operator }) => source === node && operator.kind === 'layer');
  }

  /** The longest rows of a node that no reader's site cuts in two. */
  #channels(node: Node): number {
    return this.#readersOf(node).reduce((common, { layer }) => greatestDivisor(common, layer.inputChannels), 0) || 1;
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
      this.#channels(node),
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
    const { kind, dimension, sites, window, outputChannels, inputChannels, weight, bias } = layer;
    const local = layer.connectivity === 'local';
    const fanIn = fanInOf(layer);
    const reads = (): Omit<Rows, 'start'> => {
      if (kind === 'restriction') return this.#inputs.of(branch.boxes);
      const table = window === 1 ? NONE : this.#windows(layer);
      return { places: window ** dimension, run: inputChannels, table };
    };
    const product = productWords({
      rows: sites ** dimension,
      columns: outputChannels,
      start: input,
      ...reads(),
      weight: weight.offset,
      perPlace: reads().run,
      perNumber: 1,
      perColumn: fanIn,
      perSite: local ? outputChannels * fanIn : 0,
    });
    const slopes = merged
      ? { start: this.#sums, ...this.#outputs.of(branch.boxes) }
      : { start: activated, places: 1, run: outputChannels, table: NONE };
    return [...product, bias.offset, local ? outputChannels : 0, ...rowsWords(slopes)];
  }

  #windows(layer: Layer): number {
    return this.#tables.once(`windows ${shapeOf(layer)} ${layer.inputChannels}`, () => windowOffsets(layer));
  }

  /** Who makes δ of a node: its kind, and what the shader's function for it reads. */
  #consumersOf(node: Node): number[][] {
    const sum = (start: number) => [CONSUMER.sum, start];
    return [
      ...this.#nodes.filter(({ source }) => source === node).map((reader) => this.#reader(reader)),
      ...this.#nodes.filter(({ adds }) => adds.node === node).map(({ output }) => sum(output)),
      ...this.#nodes.filter(({ addsWithin }) => addsWithin.node === node).map(({ activated }) => sum(activated)),
      ...(node.last && !node.merged ? [sum(this.#sums)] : []),
    ];
  }

  #reader({ layer, branch, operator, activated, merged }: Node): number[] {
    if (operator.kind === 'wave') return [CONSUMER.wave, ...this.#waveWords(operator, activated, true)];
    if (operator.kind === 'combination')
      return [CONSUMER.combination, ...this.#combinationWords(transpose(operator), activated)];
    if (operator.kind === 'multiplier') return [CONSUMER.multiplier, ...multiplierWords(layer, activated)];
    const { dimension, sites, window, inputChannels, outputChannels, weight } = layer;
    const fanIn = fanInOf(layer);
    const local = layer.connectivity === 'local';
    const back = {
      rows: sites ** dimension,
      columns: inputChannels,
      weight: weight.offset,
      perNumber: fanIn,
      perColumn: 1,
    };
    if (merged) {
      // The numbers of a box, of which each has a row of weights.
      const rows = { start: this.#sums, ...this.#outputs.of(branch.boxes) };
      const perSite = local ? outputChannels * fanIn : 0;
      return [CONSUMER.product, ...productWords({ ...back, ...rows, perPlace: rows.run * fanIn, perSite })];
    }
    const { places, table } = window === 1 ? { places: 1, table: NONE } : this.#transposed(layer);
    const rows = { start: activated, table, places, run: outputChannels, copies: places / window ** dimension };
    // Window i begins at i outputChannels, and its weights at i outputChannels fanIn.
    const perOffset = local ? fanIn : 0;
    return [CONSUMER.product, ...productWords({ ...back, ...rows, perPlace: inputChannels, perOffset })];
  }

  #transposed(layer: Layer): { places: number; table: number } {
    const { places, offsets } = transposedWindows(layer);
    const key = `transposed ${shapeOf(layer)} ${layer.outputChannels}`;
    return { places, table: this.#tables.once(key, () => offsets) };
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

const hasParameters = ({ operator }: Node) => operator.kind === 'layer' || operator.kind === 'multiplier';

/** Of the loss and gradient of one sample: forward, for the gradients of parameters, and for those of what is not the input. */
export function multiplyAdds(nodes: readonly Node[]): number {
  return nodes.reduce((sum, node) => {
    const times = 1 + (hasParameters(node) ? 1 : 0) + (node.source ? 1 : 0);
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

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
