import type { Layer } from '@dyadic/mnn';

/**
 * How a gradient arrives where others may arrive too: the first is stored, and others are added; `slope` and `addSlope` are the
 * same of the last one, which takes the slope of φ there.
 */
type Arrival = 'store' | 'add' | 'slope' | 'addSlope';

/** How the gradient with respect to a layer's output propagates from there in the backward pass. */
export interface BackwardNode {
  /** The layer whose output this one reads; −1 for the branch's input. */
  readonly source: number;
  /** How the product leaves the gradient with respect to what the layer reads. */
  readonly product: Arrival;
  /** How it arrives, unchanged, at the layer whose output this one adds to its own; absent where there is none. */
  readonly sum?: 'store' | 'add';
  /** Whether the layer must take the slope of its φ itself. */
  readonly ownSlope: boolean;
  /** How the gradient with respect to z arrives at the layer that is added within φ; absent where it is {@link isMerged}. */
  readonly within?: 'store' | 'add';
}

const sourceOf = (layers: readonly Layer[], index: number) => layers[index]!.reads ?? index - 1;

/**
 * Whether what a layer adds within φ is the output of a linear layer on the same sites that nobody else uses, so that both write to
 * one place, and the gradient with respect to z is that of both.
 */
export function isMerged(layers: readonly Layer[], index: number): boolean {
  const { addsWithin: of, sites } = layers[index]!;
  if (of === undefined || of < 0 || index === layers.length - 1) return false;
  const { activation, adds, sites: from } = layers[of]!;
  return activation === 'linear' && adds === undefined && from === sites && uses(layers, of) === 1;
}

/** How often the output of a layer is read or added. */
function uses(layers: readonly Layer[], of: number): number {
  return layers.reduce(
    (sum, { adds, addsWithin }, index) =>
      sum + Number(sourceOf(layers, index) === of) + Number(adds === of) + Number(addsWithin === of),
    0,
  );
}

/** The flow of gradients through a branch, from the last layer to the first. */
export function backwardGraph(layers: readonly Layer[]): BackwardNode[] {
  const arrived = new Map<number, number>();
  const sloped = new Set<number>();
  const arrive = (at: number) => {
    const before = arrived.get(at) ?? 0;
    arrived.set(at, before + 1);
    return before === 0 ? 'store' : 'add';
  };
  const arriveByProduct = (at: number): Arrival => {
    const way = arrive(at);
    // Where another output is added, the sum does not tell the slope.
    if (at < 0 || layers[at]!.adds !== undefined || arrived.get(at)! < uses(layers, at)) return way;
    sloped.add(at);
    return way === 'store' ? 'slope' : 'addSlope';
  };
  const nodes: BackwardNode[] = [];
  for (let index = layers.length - 1; index >= 0; index--) {
    const { adds, addsWithin, activation } = layers[index]!;
    const ownSlope = activation !== 'linear' && !sloped.has(index);
    const sum = adds !== undefined && adds >= 0 ? arrive(adds) : undefined;
    const passes = addsWithin !== undefined && addsWithin >= 0 && !isMerged(layers, index);
    const within = passes ? arrive(addsWithin) : undefined;
    const source = sourceOf(layers, index);
    const product = arriveByProduct(source);
    nodes.unshift({ source, product, ...(sum && { sum }), ownSlope, ...(within && { within }) });
  }
  return nodes;
}
