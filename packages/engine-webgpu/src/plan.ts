/**
 * A network as stages. A stage is a list of items that do not depend on each other: numbers of the nodes of one depth,
 * of all branches together. A workgroup does a stage's items and waits, or a dispatch does them; the functions are the same.
 */
import { type Network, OUTPUT_FORMULAS, type OutputStage, outputGroups } from '@dyadic/mnn';
import { type Frame, frameOf } from './frame.js';
import { type Node, placeNodes } from './nodes.js';
import { itemWords, TILE_WORDS } from './products.js';
import { multiplyAdds, Records } from './records.js';
import { NONE, Tables } from './tables.js';

/** What a stage does; the numbers are those of the shader. */
export const STAGE = { forward: 0, merge: 1, loss: 2, weights: 3, delta: 4 } as const;

/** Words of a chunk of items: the record of its node, and the first. */
const ITEM_WORDS = 2;

export interface Stage {
  readonly kind: (typeof STAGE)[keyof typeof STAGE];
  /** Offset in the tables of the first of its chunks, and how many there are; of `merge` and `loss` none. */
  readonly chunks: number;
  readonly count: number;
}

/** A network compiled for the shaders. Offsets of activations are floats from the beginning of a sample's. */
export interface Plan {
  readonly tables: Uint32Array;
  readonly frame: Frame;
  /** Floats of a sample's activations: input, y, norms of the output groups, and what every node gives. */
  readonly activations: number;
  readonly input: number;
  /** y, the sum of the branches; on the way back ∂loss/∂y. */
  readonly sums: number;
  /** Four numbers for each group of output fields, see `lossStage`. */
  readonly norms: number;
  readonly forward: readonly Stage[];
  readonly backward: readonly Stage[];
  /** All stages of weights in one, for where gradients do not take the place of activations. */
  readonly weights: Stage;
  /** Offset in the tables of the list of branches that are added, see `mergeItem`. */
  readonly merge: number;
  /** Offset in the tables of the stages, three words each, forward and backward. */
  readonly stages: number;
  /** Offset in the tables of the output groups, three words each, and how many there are. */
  readonly groups: number;
  readonly groupCount: number;
  /** Offset in the tables of the points that cropping takes, and of the others and how many these are; or NONE. */
  readonly crop: number;
  readonly others: number;
  readonly otherCount: number;
  /** Offset in the tables of what moves need, see `gridTable`. */
  readonly grid: number;
  readonly parameters: number;
  /** Multiply-adds of one sample's loss and gradient. */
  readonly multiplyAdds: number;
}

/** @param chunk - Items of a chunk, all of one node. @param tiled - Whether tiles of products do what they can, see `products.ts`. */
export function compile(network: Network, chunk: number, tiled = false): Plan {
  const tables = new Tables();
  const frame = frameOf(network);
  const groups = outputGroups(network);
  const [input, sums] = [0, frame.input.length];
  const norms = sums + frame.sums;
  const { nodes, end } = placeNodes(network, input, norms + 4 * groups.length);
  const records = new Records(network, tables, nodes, sums);

  const itemsOf = (node: Node, items: number) => {
    const firsts = Array.from({ length: Math.ceil(items / chunk) }, (_, k) => k * chunk);
    return firsts.flatMap((first) => (tiled ? itemWords(records.of(node), first) : [records.of(node), first]));
  };
  const stage = (kind: Stage['kind'], some: readonly Node[], words: (node: Node) => number[]): Stage => {
    const all = some.flatMap(words);
    return { kind, chunks: tables.append(all), count: all.length / (tiled ? TILE_WORDS : ITEM_WORDS) };
  };
  const either = (tiles: number[], items: () => number[]) => (tiled && tiles.length > 0 ? tiles : items());
  const deepest = Math.max(...nodes.map(({ depth }) => depth));
  const depths = Array.from({ length: deepest }, (_, d) => nodes.filter(({ depth }) => depth === d + 1));
  const stored = (some: readonly Node[]) => some.filter(({ merged }) => !merged);
  const forwardWords = (node: Node) =>
    either(records.forwardTiles(node), () => itemsOf(node, records.forwardItems(node)));
  const deltaWords = (node: Node) => either(records.deltaTiles(node), () => itemsOf(node, records.deltaItems(node)));
  const weightsWords = (node: Node) =>
    either(records.weightsTiles(node), () => itemsOf(node, records.weightsItems(node)));
  const some = (stages: Stage[]) => stages.filter(({ count }) => count > 0);
  const forward = [
    ...some(depths.map((atDepth) => stage(STAGE.forward, stored(atDepth), forwardWords))),
    { kind: STAGE.merge, chunks: 0, count: 0 },
  ];
  // All stages of weights first, so that their chunks lie one after the other and can be one dispatch.
  const upwards = depths.toReversed();
  const weights = upwards.map((atDepth) => stage(STAGE.weights, atDepth, weightsWords));
  const deltas = upwards.map((atDepth) => stage(STAGE.delta, stored(atDepth), deltaWords));
  const backward = [
    { kind: STAGE.loss, chunks: 0, count: 0 },
    ...some(upwards.flatMap((_, k) => [deltas[k]!, weights[k]!])),
  ];
  const points = network.outputSize / network.outputs;
  const groupWords = groups.flatMap(({ stage, first, fields }) => [
    outputNumber(stage),
    first * points,
    (first + fields) * points,
  ]);
  return {
    frame,
    activations: end,
    input,
    sums,
    norms,
    forward,
    backward,
    weights: { kind: STAGE.weights, chunks: weights[0]!.chunks, count: total(weights.map(({ count }) => count)) },
    merge: tables.append(records.mergeList()),
    stages: tables.append([...forward, ...backward].flatMap(({ kind, chunks, count }) => [kind, chunks, count])),
    groups: tables.append(groupWords),
    groupCount: groups.length,
    crop: frame.crop ? tables.append(frame.crop.points) : NONE,
    others: frame.crop ? tables.append(frame.crop.others) : NONE,
    otherCount: frame.crop?.others.length ?? 0,
    grid: gridTable(tables, network, frame),
    parameters: network.parameterCount,
    multiplyAdds: multiplyAdds(nodes),
    tables: tables.words,
  };
}

/**
 * What moves need of the grid: how many axes, for each of three axes its points and the distance of two that follow each other,
 * fields of the input, and the offsets of {@link Frame.inputs} and {@link Frame.targets}, points and places.
 */
function gridTable(tables: Tables, { shape, inputs }: Network, frame: Frame): number {
  const axes = [0, 1, 2].flatMap((axis) => [
    shape[axis] ?? 1,
    shape.slice(axis + 1).reduce((all, points) => all * points, 1),
  ]);
  const lists = [frame.inputs, frame.targets].flatMap(({ points, places }) => [
    tables.append(points),
    tables.append(places),
  ]);
  return tables.append([shape.length, ...axes, inputs, ...lists]);
}

/** The shader's number of an output stage: p of `normalized`, 0 of `identity`, 3 of `mean`. */
function outputNumber(output: OutputStage): number {
  const formula = OUTPUT_FORMULAS[output];
  switch (formula.kind) {
    case 'identity':
      return 0;
    case 'normalized':
      return formula.power;
    case 'mean':
      return 3;
    default:
      return formula satisfies never;
  }
}

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
