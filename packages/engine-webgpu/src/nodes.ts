/**
 * The layers of a network as nodes: lists of numbers with their places among a sample's activations and the links between them.
 * A layer is one node; a Fourier layer is a row of them, one for each transform.
 */
import { ArgumentError } from '@dyadic/errors';
import { type Activation, type Branch, finestBoxes, type Layer, type Network, sitesOf } from '@dyadic/mnn';
import { type Combination, fourierOperators, type Multiplier, type Wave } from './fourier.js';
import { NONE } from './tables.js';

/** How z comes about: as a layer of eq (2.10), or as a part of a Fourier layer. */
export type Operator = { readonly kind: 'layer' } | Wave | Combination | Multiplier;

/** A list of numbers that do not depend on each other. Offsets are floats from the beginning of a sample's activations. */
export interface Node {
  readonly layer: Layer;
  readonly branch: Branch;
  readonly operator: Operator;
  readonly activation: Activation;
  readonly numbers: number;
  /** One more than that of the nodes it reads and adds. */
  readonly depth: number;
  /** Where its input lies; `source` is the node that gives it, if any. */
  readonly input: number;
  readonly source: Node | undefined;
  /** Where what it adds lies, and the node that gives it, if any: to its output, and to the argument of its activation. */
  readonly adds: Addend;
  readonly addsWithin: Addend;
  /** φ(z), and on the way back ∂loss/∂z. */
  readonly activated: number;
  /** What others read: the same place unless the node adds something; on the way back ∂loss/∂(output). */
  readonly output: number;
  /** Whether it is an interpolation whose output goes to the grid and nowhere else. */
  readonly merged: boolean;
  /** Whether it gives the output of its branch. */
  readonly last: boolean;
}

/** What a node adds: NONE, the input, or the output of a node. */
export interface Addend {
  readonly at: number;
  readonly node?: Node | undefined;
}

const NOTHING: Addend = { at: NONE };

/** Gives every node its place from `start` on, in parameter order. @param input - Where the input of the network lies. */
export function placeNodes(network: Network, input: number, start: number): { nodes: Node[]; end: number } {
  const nodes: Node[] = [];
  let end = start;
  const take = (floats: number) => {
    end += floats;
    return end - floats;
  };
  const place = (given: Omit<Node, 'depth' | 'input' | 'activated' | 'output'>): Node => {
    const { source, adds, addsWithin, numbers, merged } = given;
    const depth = 1 + Math.max(...[source, adds.node, addsWithin.node].map((node) => node?.depth ?? 0));
    const activated = merged ? NONE : take(numbers);
    const output = adds === NOTHING ? activated : take(numbers);
    const node = { ...given, depth, input: source?.output ?? input, activated, output };
    nodes.push(node);
    return node;
  };
  for (const branch of network.branches) {
    const row: Node[] = [];
    const addend = (of: number | undefined): Addend =>
      of === undefined ? NOTHING : { at: row[of]?.output ?? input, node: row[of] };
    for (const [index, layer] of branch.layers.entries()) {
      const last = index === branch.layers.length - 1;
      let source = row[layer.reads ?? index - 1];
      requireKind(network, branch, layer, source, last);
      requireOwnSites(branch, layer, index);
      const parts = operatorsOf(layer);
      const plain = { layer, branch, activation: 'linear', adds: NOTHING, addsWithin: NOTHING } as const;
      for (const [operator, numbers] of parts.slice(0, -1)) {
        source = place({ ...plain, operator, numbers, source, merged: false, last: false });
      }
      const [operator, numbers] = parts.at(-1)!;
      const [adds, addsWithin] = [addend(layer.adds), addend(layer.addsWithin)];
      const merged = layer.kind === 'interpolation';
      const { activation } = layer;
      row.push(place({ ...plain, activation, adds, addsWithin, operator, numbers, source, merged, last }));
    }
  }
  return { nodes, end };
}

/** What a layer does one after the other, and how many numbers each gives. */
function operatorsOf(layer: Layer): [Operator, number][] {
  if (layer.kind === 'fourier') return fourierOperators(layer);
  return [[{ kind: 'layer' }, layer.sites ** layer.dimension * layer.outputChannels]];
}

/** Refuses what `mnn` does not make and the shaders do not do. @throws ArgumentError naming the layer */
function requireKind(network: Network, branch: Branch, layer: Layer, source: Node | undefined, last: boolean): void {
  const refuse = (expected: string) => {
    throw new ArgumentError(`layer ${layer.name}`, layer.kind, expected);
  };
  if (layer.kind === 'restriction' && source) refuse('a restriction of the input');
  const plain = layer.activation === 'linear' && layer.adds === undefined && layer.addsWithin === undefined;
  if (layer.kind === 'interpolation' && !(last && plain)) {
    refuse('an interpolation that is linear and the last of its branch');
  }
  const finest = branch.boxes === finestBoxes(network);
  const between = layer.kind === 'kernel' || layer.kind === 'fourier';
  if (between && !finest && (last || !source)) refuse('boxes of the finest level beside the grid');
}

/**
 * In one dimension numbers on other sites lie as those of a layer's own; in two and three they do not, and the shaders move none.
 * @throws ArgumentError naming the layer
 */
function requireOwnSites(branch: Branch, layer: Layer, index: number): void {
  const links = [layer.reads ?? index - 1, layer.adds, layer.addsWithin];
  if (layer.dimension === 1 || links.every((link) => link === undefined || sitesOf(branch, link) === layer.sites))
    return;
  const expected = `in ${layer.dimension}D layers that read and add what is on their own sites: use engine-wasm for H² and wavelet networks`;
  throw new ArgumentError(`layer ${layer.name}`, layer.kind, expected);
}
