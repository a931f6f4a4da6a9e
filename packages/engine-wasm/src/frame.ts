/**
 * Between samples and what the boxes of the network read and give: which number of a sample lies where among the numbers
 * [finest box][point][field] that layers work on. Of one field on a grid that needs no padding a permutation of the grid.
 */
import { blockOrder, finestBoxes, inputSources, type Network, outputSources } from '@dyadic/mnn';

/** Whether the numbers of a sample are those of the boxes in another order. */
export function isPermuted({ fit }: Network): boolean {
  return fit === undefined;
}

/** Whether the output of the boxes is that of the network in another order, and all in one group of fields. */
export function isOneField(network: Network): boolean {
  return isPermuted(network) && network.outputs === 1;
}

/** Numbers of all boxes, of so many fields. */
export function boxNumbers({ paddedShape }: Network, fields: number): number {
  return paddedShape.reduce((all, points) => all * points, fields);
}

/** For each number of the boxes, [finest box][point][field], the number of the input sample that it is; −1 is a zero. */
export function boxInputs(network: Network): Int32Array {
  const sources = inputSources(network);
  return Int32Array.from(boxPlaces(network, network.inputs), (place) => sources[place]!);
}

/** For each number of an output sample its place among the numbers of the boxes. */
export function boxOutputs(network: Network): Int32Array {
  const position = new Int32Array(boxNumbers(network, network.outputs));
  boxPlaces(network, network.outputs).forEach((place, p) => {
    position[place] = p;
  });
  return outputSources(network).map((place) => position[place]!);
}

/** Row-major [point, field] of the numbers of the boxes. */
function boxPlaces(network: Network, fields: number): Uint32Array {
  const points = blockOrder(network.dimension, network.paddedShape, finestBoxes(network));
  return Uint32Array.from({ length: points.length * fields }, (_, i) => {
    return points[Math.floor(i / fields)]! * fields + (i % fields);
  });
}

/** The inverse of a table of places among so many; −1 where no entry has the place. */
export function inverse(table: Int32Array, places: number): Int32Array {
  const result = new Int32Array(places).fill(-1);
  table.forEach((place, entry) => {
    result[place] = entry;
  });
  return result;
}
