/**
 * A network as stages. A stage is a list of items that do not depend on each other: numbers of the layers of one depth,
 * of all branches together. A workgroup does a stage's items and waits, or a dispatch does them; the functions are the same.
 */
import { ArgumentError } from '@dyadic/errors';
import { type Branch, finestBoxes, type Layer, type Network, OUTPUT_FORMULAS, type Output } from '@dyadic/mnn';
import { activationNumber } from './shaders/activations.js';
import { BoxTables, finestOrder, NONE, Tables, transposedOffsets, windowOffsets } from './tables.js';

/** What a stage does; the numbers are those of the shader. */
export const STAGE = { forward: 0, merge: 1, loss: 2, weights: 3, delta: 4 } as const;

export interface Stage {
  readonly kind: (typeof STAGE)[keyof typeof STAGE];
  /** Offset in the tables of the first of its chunks, and how many there are; of `merge` and `loss` none. */
  readonly chunks: number;
  readonly count: number;
}

/** A network compiled for the shaders. Offsets of activations are floats from the beginning of a sample's. */
export interface Plan {
  readonly tables: Uint32Array;
  /** Floats of a sample's activations: input, output, and what every layer gives. */
  readonly activations: number;
  readonly input: number;
  /** y, the sum of the branches; on the way back ∂loss/∂y. */
  readonly output: number;
  readonly forward: readonly Stage[];
  readonly backward: readonly Stage[];
  /** All stages of weights in one, for where gradients do not take the place of activations. */
  readonly weights: Stage;
  /** Offset in the tables of the list of branches that are added, see `mergeItem`. */
  readonly merge: number;
  /** Offset in the tables of the stages, three words each, forward and backward. */
  readonly stages: number;
  readonly parameters: number;
  /** p of a positive output stage, 0 of a linear one. */
  readonly power: number;
  /** Row-major index of the grid point at each position. */
  readonly order: Uint32Array;
  /** Multiply-adds of one sample's loss and gradient. */
  readonly multiplyAdds: number;
}

/** The shader's number of an output stage: p of `normalized`, 0 of `identity`. @throws ArgumentError for others */
function powerOf(output: Output): number {
  const formula = typeof output === 'string' ? OUTPUT_FORMULAS[output] : undefined;
  switch (formula?.kind) {
    case 'identity':
      return 0;
    case 'normalized':
      return formula.power;
    case 'mean':
    case undefined:
      throw new ArgumentError('network.output', output, 'linear, density or wavefunction');
    default:
      return formula satisfies never;
  }
}

/** How δ of a layer comes about: from whom reads it, from an interpolation, from whom adds it, from the output. */
const CONSUMER = { kernel: 0, interpolation: 1, sum: 2, output: 3 } as const;

/** A layer with its place in a sample's activations. */
interface Placed {
  readonly layer: Layer;
  readonly branch: Branch;
  readonly depth: number;
  /** Where its input and what it adds lie; `source` is the layer that gives the input, if any. */
  readonly input: number;
  readonly source: Placed | undefined;
  readonly adds: number;
  readonly added: Placed | undefined;
  /** φ(z), and on the way back ∂loss/∂z. */
  readonly activated: number;
  /** What others read: the same place unless the layer adds something; on the way back ∂loss/∂(output). */
  readonly output: number;
  /** Whether it is an interpolation whose output goes to the grid and nowhere else. */
  readonly merged: boolean;
  readonly last: boolean;
}

/** @param chunk - Items of a chunk, all of one layer. */
export function compile(network: Network, chunk: number): Plan {
  const tables = new Tables();
  const size = network.inputSize;
  const [input, output] = [0, size];
  const { placed, end } = place(network, input, 2 * size);
  const boxes = new BoxTables(network, tables);
  const records = new Map<Placed, number>();
  for (const it of placed) records.set(it, tables.append(record(tables, boxes, it, placed, output)));

  const stage = (kind: Stage['kind'], some: readonly Placed[], items: (it: Placed) => number): Stage => {
    const words: number[] = [];
    for (const it of some) {
      for (let first = 0; first < items(it); first += chunk) words.push(records.get(it)!, first);
    }
    return { kind, chunks: tables.append(words), count: words.length / 2 };
  };
  const atDepth = (depth: number, keep: (it: Placed) => boolean) =>
    placed.filter((it) => it.depth === depth && keep(it));
  const numbers = ({ layer }: Placed) => layer.sites ** layer.dimension * layer.outputChannels;
  const parameters = ({ layer }: Placed) => layer.weight.size + layer.bias.size;
  const deepest = Math.max(...placed.map(({ depth }) => depth));
  const depths = Array.from({ length: deepest }, (_, d) => d + 1);
  const stored = (it: Placed) => !it.merged;
  const some = (stages: Stage[]) => stages.filter(({ count }) => count > 0);
  const forward = [
    ...some(depths.map((d) => stage(STAGE.forward, atDepth(d, stored), numbers))),
    { kind: STAGE.merge, chunks: 0, count: 0 },
  ];
  // All stages of weights first, so that their chunks lie one after the other and can be one dispatch.
  const upwards = depths.toReversed();
  const weights = upwards.map((d) =>
    stage(
      STAGE.weights,
      atDepth(d, () => true),
      parameters,
    ),
  );
  const deltas = upwards.map((d) => stage(STAGE.delta, atDepth(d, stored), numbers));
  const backward = [
    { kind: STAGE.loss, chunks: 0, count: 0 },
    ...some(upwards.flatMap((_, k) => [deltas[k]!, weights[k]!])),
  ];
  const merge = tables.append(mergeList(boxes, placed));
  const stages = tables.append([...forward, ...backward].flatMap(({ kind, chunks, count }) => [kind, chunks, count]));
  return {
    tables: tables.words,
    activations: end,
    input,
    output,
    forward,
    backward,
    weights: { kind: STAGE.weights, chunks: weights[0]!.chunks, count: sum(weights.map(({ count }) => count)) },
    merge,
    stages,
    parameters: network.parameterCount,
    power: powerOf(network.output),
    order: finestOrder(network),
    multiplyAdds: multiplyAdds(network),
  };
}

/** Gives every layer its place behind the input and the output, in parameter order. */
function place(network: Network, input: number, start: number): { placed: Placed[]; end: number } {
  let end = start;
  const take = (floats: number) => {
    end += floats;
    return end - floats;
  };
  const placed = network.branches.flatMap((branch) => {
    const row: Placed[] = [];
    branch.layers.forEach((layer, index) => {
      const source = row[layer.reads ?? index - 1];
      const added = layer.adds === undefined ? undefined : row[layer.adds];
      const numbers = layer.sites ** layer.dimension * layer.outputChannels;
      const last = index === branch.layers.length - 1;
      requireKind(network, branch, layer, source, last);
      const merged = layer.kind === 'interpolation';
      const activated = merged ? NONE : take(numbers);
      row.push({
        layer,
        branch,
        depth: 1 + Math.max(source?.depth ?? 0, added?.depth ?? 0),
        input: source?.output ?? input,
        source,
        adds: layer.adds === undefined ? NONE : (added?.output ?? input),
        added,
        activated,
        output: layer.adds === undefined ? activated : take(numbers),
        merged,
        last,
      });
    });
    return row;
  });
  return { placed, end };
}

/** Refuses what `mnn` does not make and the shaders do not do. @throws ArgumentError naming the layer */
function requireKind(network: Network, branch: Branch, layer: Layer, source: Placed | undefined, last: boolean): void {
  const refuse = (expected: string) => {
    throw new ArgumentError(`layer ${layer.name}`, layer.kind, expected);
  };
  if (layer.kind === 'fourier') refuse('no Fourier layer: use engine-wasm, which has them');
  if (layer.dilation !== undefined) refuse('windows without dilation: use engine-wasm');
  if (layer.addsWithin !== undefined) refuse('nothing added within an activation: use engine-wasm');
  if (layer.kind === 'restriction' && source) refuse('a restriction of the input');
  if (layer.kind === 'interpolation' && !(last && layer.activation === 'linear' && layer.adds === undefined)) {
    refuse('an interpolation that is linear and the last of its branch');
  }
  const finest = branch.boxes === finestBoxes(network);
  if (layer.kind === 'kernel' && !finest && (last || !source)) refuse('boxes of the finest level beside the grid');
}

/** What the shader's `layerAt` reads, in its order. */
function record(tables: Tables, boxes: BoxTables, it: Placed, placed: readonly Placed[], grid: number): number[] {
  const { layer, branch } = it;
  const { kind, dimension, sites, outputChannels, inputChannels, weight, bias } = layer;
  const local = layer.connectivity === 'local';
  const fanIn = layer.window ** dimension * inputChannels;
  const runs = boxes.of(branch.boxes);
  const windows = () => tables.once(`windows-${shapeKey(layer)}-${inputChannels}`, () => windowOffsets(layer));
  const [places, run, table] =
    kind === 'restriction'
      ? [runs.places, runs.run, runs.starts]
      : kind === 'interpolation' || layer.window === 1
        ? [1, inputChannels, NONE]
        : [layer.window ** dimension, inputChannels, windows()];
  const [outputPlaces, outputRun, outputTable] = it.merged
    ? [runs.places, runs.run, runs.starts]
    : [1, outputChannels, NONE];
  const consumers = consumersOf(tables, boxes, it, placed, grid);
  return [
    sites ** dimension,
    outputChannels,
    places,
    run,
    fanIn,
    weight.offset,
    bias.offset,
    local ? outputChannels * fanIn : 0,
    local ? outputChannels : 0,
    activationNumber(layer.activation),
    it.input,
    table,
    it.activated,
    it.output,
    it.adds,
    it.merged ? grid : it.activated,
    outputPlaces,
    outputRun,
    outputTable,
    weight.size,
    consumers.length,
    consumers.length === 0 ? 0 : tables.append(consumers.flat()),
  ];
}

const shapeKey = ({ dimension, sites, window, padding }: Layer) => `${dimension}-${sites}-${window}-${padding}`;

/** Who makes δ of a layer, eight words each, see `deltaItem`. */
function consumersOf(
  tables: Tables,
  boxes: BoxTables,
  it: Placed,
  placed: readonly Placed[],
  grid: number,
): number[][] {
  const readers = placed
    .filter(({ source }) => source === it)
    .map(({ layer, branch, activated, merged }) => {
      const fanIn = layer.window ** layer.dimension * layer.inputChannels;
      const perSite = layer.connectivity === 'local' ? layer.outputChannels * fanIn : 0;
      if (merged) {
        const { places, run, starts } = boxes.of(branch.boxes);
        return [CONSUMER.interpolation, layer.weight.offset, perSite, fanIn, grid, starts, places, run];
      }
      const key = `transposed-${shapeKey(layer)}-${layer.inputChannels}-${layer.outputChannels}-${perSite}`;
      const table = tables.once(key, () => transposedOffsets(layer));
      return [CONSUMER.kernel, layer.weight.offset, perSite, fanIn, activated, table, layer.outputChannels, 0];
    });
  const adders = placed
    .filter(({ added }) => added === it)
    .map(({ output }) => [CONSUMER.sum, 0, 0, 0, output, 0, 0, 0]);
  const output = it.last && !it.merged ? [[CONSUMER.output, 0, 0, 0, grid, 0, 0, 0]] : [];
  return [...readers, ...adders, ...output];
}

/** The number of branches, then eight words for each: of a stored output its place, of an interpolation all it needs. */
function mergeList(boxes: BoxTables, placed: readonly Placed[]): number[] {
  const ends = placed.filter(({ last }) => last);
  const words = ends.map(({ layer, branch, merged, output, input }) => {
    if (!merged) return [0, output, 0, 0, 0, 0, 0, 0];
    const { inverse } = boxes.of(branch.boxes);
    const local = layer.connectivity === 'local' ? 1 : 0;
    const { inputChannels, outputChannels, weight, bias } = layer;
    return [1, input, inverse, outputChannels, inputChannels, weight.offset, bias.offset, local];
  });
  return [ends.length, ...words.flat()];
}

/** Forward, and the same again for the gradients of inputs and of weights, but for inputs of the network. */
function multiplyAdds({ layers }: Network): number {
  return layers.reduce((sum, { sites, dimension, outputChannels, window, inputChannels, kind }) => {
    const products = sites ** dimension * outputChannels * window ** dimension * inputChannels;
    return sum + products * (kind === 'restriction' ? 2 : 3);
  }, 0);
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
