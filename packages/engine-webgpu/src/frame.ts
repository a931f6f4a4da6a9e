/**
 * How a sample lies on the device. Inputs, and y, the sum of the branches, are in the order of the finest boxes of the padded
 * grid, [box, point of the box, field], so that the numbers of a finest box follow one after the other. Outputs and targets are
 * those points that the field itself has, in the same order, but field by field, [field, point], as output stages take them.
 */
import { blockOrder, finestBoxes, inputSources, type Network, outputSources } from '@dyadic/mnn';

export interface Frame {
  /** For each number of the input on the device its number in the sample, or −1 for a zero. */
  readonly input: Int32Array;
  /** For each number of the output on the device its number in the sample. */
  readonly output: Uint32Array;
  /** How places of the input, and of a field of the target, stand to points of the grid, row-major. */
  readonly inputs: Places;
  readonly targets: Places;
  /** Numbers of y: points of the padded grid times output fields. */
  readonly sums: number;
  /** Where the points of the field lie among those of the padded grid, and the others; absent where there are no others. */
  readonly crop?: { readonly points: Uint32Array; readonly others: Uint32Array };
}

export interface Places {
  /** For each place its point, or −1 for a zero. */
  readonly points: Int32Array;
  /** For each point a place that has it. */
  readonly places: Int32Array;
}

export function frameOf(network: Network): Frame {
  const { inputs, outputs, outputSize, fit } = network;
  const order = finestOrder(network);
  const sources = inputSources(network);
  const input = Int32Array.from({ length: order.length * inputs }, (_, i) => {
    return sources[order[Math.floor(i / inputs)]! * inputs + (i % inputs)]!;
  });
  const points = outputSize / outputs;
  const pointAt = new Int32Array(order.length).fill(-1);
  for (const [point, source] of outputSources(network).subarray(0, points).entries()) pointAt[source / outputs] = point;
  const inOrder = [...order.keys()];
  const own = Uint32Array.from(inOrder.filter((p) => pointAt[order[p]!]! >= 0));
  const others = Uint32Array.from(inOrder.filter((p) => pointAt[order[p]!]! < 0));
  const output = Uint32Array.from({ length: outputSize }, (_, i) => {
    const field = Math.floor(i / points);
    return field * points + pointAt[order[own[i % points]!]!]!;
  });
  const grid = (point: (place: number) => number, places: number) => {
    const list = Int32Array.from({ length: places }, (_, place) => point(place));
    const placeAt = new Int32Array(points);
    for (const [place, point] of list.entries()) if (point >= 0) placeAt[point] = place;
    return { points: list, places: placeAt };
  };
  return {
    input,
    output,
    inputs: grid((place) => sources[order[place]! * inputs]!, order.length),
    targets: grid((place) => output[place]!, points),
    sums: order.length * outputs,
    ...(fit !== undefined && { crop: { points: own, others } }),
  };
}

/** Points of the padded grid in the order of the finest boxes: entry p is the row-major index of the point at p. */
export function finestOrder(network: Network): Uint32Array {
  return blockOrder(network.dimension, network.paddedShape, finestBoxes(network));
}
