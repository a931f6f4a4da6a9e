import type { Layer } from '@dyadic/mnn';

/** How the gradient with respect to a layer's output goes on from there, in the backward pass. */
export interface BackwardNode {
  /** The layer whose output this one reads; −1 for the branch's input. */
  readonly source: number;
  /**
   * How the product leaves the gradient with respect to what the layer reads: times the slope of the source's φ where
   * nothing else uses the source; otherwise the first gradient to arrive is stored and others are added.
   */
  readonly product: 'slope' | 'store' | 'add';
  /** How it arrives, unchanged, at the layer whose output this one adds to its own; absent where there is none. */
  readonly sum?: 'store' | 'add';
  /** Whether the layer must take the slope of its φ itself. */
  readonly ownSlope: boolean;
}

/** The flow of gradients through a branch, from the last layer to the first. */
export function backwardGraph(layers: readonly Layer[]): BackwardNode[] {
  const source = (index: number) => layers[index]!.reads ?? index - 1;
  const readers = (of: number) => layers.filter((_, index) => source(index) === of).length;
  const summed = (index: number) => layers.some(({ adds }) => adds === index) || layers[index]?.adds !== undefined;
  const alone = (index: number) => readers(index) === 1 && !summed(index);
  const arrived = new Set<number>();
  const arrive = (at: number) => {
    const first = !arrived.has(at);
    arrived.add(at);
    return first ? 'store' : 'add';
  };
  const nodes: BackwardNode[] = [];
  for (let index = layers.length - 1; index >= 0; index--) {
    const { adds, activation } = layers[index]!;
    const sum = adds !== undefined && adds >= 0 ? arrive(adds) : undefined;
    const from = source(index);
    const product = alone(from) ? 'slope' : arrive(from);
    const ownSlope = activation !== 'linear' && !alone(index);
    nodes.unshift({ source: from, product, ...(sum && { sum }), ownSlope });
  }
  return nodes;
}
