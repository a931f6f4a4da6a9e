/**
 * Index tables: which input sites a layer reads and how a grid is cut into boxes, in any dimension. Engines that
 * gather by index take them as they are.
 */
import type { Layer } from './layer.js';

/**
 * Grid points ordered box by box: entry `site * boxSize + k` is the row-major grid index of point k of that box.
 * This is the blockwise Reshape of Algorithm 2 (Figure 6); its inverse is Flatten. In 1D it is the identity.
 *
 * @param points - Grid points per axis. @param boxes - Boxes per axis, a divisor of `points`.
 */
export function blockOrder(dimension: number, points: number, boxes: number): Uint32Array {
  const side = points / boxes;
  const boxSize = side ** dimension;
  const order = new Uint32Array(points ** dimension);
  for (let position = 0; position < order.length; position++) {
    let site = Math.floor(position / boxSize);
    let place = position % boxSize;
    let index = 0;
    let axisStride = 1;
    for (let axis = dimension - 1; axis >= 0; axis--) {
      index += ((site % boxes) * side + (place % side)) * axisStride;
      site = Math.floor(site / boxes);
      place = Math.floor(place / side);
      axisStride *= points;
    }
    order[position] = index;
  }
  return order;
}

/**
 * Sites read by a kernel layer: entry `site * window^d + j` is the input site at place j of the window centred on
 * `site`, wrapped periodically.
 */
export function kernelWindows({
  dimension,
  sites,
  window,
}: Pick<Layer, 'dimension' | 'sites' | 'window'>): Uint32Array {
  const reach = (window - 1) / 2;
  const places = window ** dimension;
  const table = new Uint32Array(sites ** dimension * places);
  for (let entry = 0; entry < table.length; entry++) {
    let site = Math.floor(entry / places);
    let place = entry % places;
    let index = 0;
    let axisStride = 1;
    for (let axis = dimension - 1; axis >= 0; axis--) {
      const shifted = (site % sites) + (place % window) - reach;
      index += (((shifted % sites) + sites) % sites) * axisStride;
      site = Math.floor(site / sites);
      place = Math.floor(place / window);
      axisStride *= sites;
    }
    table[entry] = index;
  }
  return table;
}
