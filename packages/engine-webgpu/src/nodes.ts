/**
 * The layers of a network as nodes: lists of numbers with their places among a sample's activations and the links between them.
 * A layer is one node; a Fourier layer is a row of them, one for each transform.
 */
import { ArgumentError } from '@dyadic/errors';
import { type Branch, finestBoxes, type Layer, type Network } from '@dyadic/mnn';
import { NONE } from './tables.js';

/** A list of numbers that do not depend on each other. Offsets are floats from the beginning of a sample's activations. */
export interface Node {
  readonly layer: Layer;
  readonly branch: Branch;
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
  let end = start;
  const take = (floats: number) => {
    end += floats;
    return end - floats;
  };
  const nodes = network.branches.flatMap((branch) => {
    const row: Node[] = [];
    const addend = (of: number | undefined): Addend =>
      of === undefined ? NOTHING : { at: row[of]?.output ?? input, node: row[of] };
    branch.layers.forEach((layer, index) => {
      const source = row[layer.reads ?? index - 1];
      const last = index === branch.layers.length - 1;
      requireKind(network, branch, layer, source, last);
      const [adds, addsWithin] = [addend(layer.adds), addend(layer.addsWithin)];
      const numbers = layer.sites ** layer.dimension * layer.outputChannels;
      const merged = layer.kind === 'interpolation';
      const activated = merged ? NONE : take(numbers);
      row.push({
        layer,
        branch,
        numbers,
        depth: 1 + Math.max(...[source, adds.node, addsWithin.node].map((node) => node?.depth ?? 0)),
        input: source?.output ?? input,
        source,
        adds,
        addsWithin,
        activated,
        output: adds === NOTHING ? activated : take(numbers),
        merged,
        last,
      });
    });
    return row;
  });
  return { nodes, end };
}

/** Refuses what `mnn` does not make and the shaders do not do. @throws ArgumentError naming the layer */
function requireKind(network: Network, branch: Branch, layer: Layer, source: Node | undefined, last: boolean): void {
  const refuse = (expected: string) => {
    throw new ArgumentError(`layer ${layer.name}`, layer.kind, expected);
  };
  if (layer.kind === 'fourier') refuse('no Fourier layer: use engine-wasm, which has them');
  if (layer.kind === 'restriction' && source) refuse('a restriction of the input');
  const plain = layer.activation === 'linear' && layer.adds === undefined && layer.addsWithin === undefined;
  if (layer.kind === 'interpolation' && !(last && plain)) {
    refuse('an interpolation that is linear and the last of its branch');
  }
  const finest = branch.boxes === finestBoxes(network);
  if (layer.kind === 'kernel' && !finest && (last || !source)) refuse('boxes of the finest level beside the grid');
}
