/**
 * Index tables: which input sites a layer reads and how a grid is cut into boxes, in any dimension. Engines that
 * gather by index take them as they are.
 */
import type { Layer, Padding } from './layer.js';

/**
 * Grid points ordered box by box: entry `site * boxSize + k` is the row-major grid index of point k of that box.
 * This is the blockwise Reshape of Algorithm 2 (Figure 6); its inverse is Flatten. In 1D it is the identity.
 *
 * @param points - Grid points, one number for all axes or one per axis. @param boxes - Boxes per axis, a divisor of each.
 */
export function blockOrder(dimension: number, points: number | readonly number[], boxes: number): Uint32Array {
  const shape = typeof points === 'number' ? new Array<number>(dimension).fill(points) : points;
  const sides = shape.map((along) => along / boxes);
  const boxSize = product(sides);
  const order = new Uint32Array(product(shape));
  for (let position = 0; position < order.length; position++) {
    let site = Math.floor(position / boxSize);
    let place = position % boxSize;
    let index = 0;
    let axisStride = 1;
    for (let axis = dimension - 1; axis >= 0; axis--) {
      const side = sides[axis]!;
      index += ((site % boxes) * side + (place % side)) * axisStride;
      site = Math.floor(site / boxes);
      place = Math.floor(place / side);
      axisStride *= shape[axis]!;
    }
    order[position] = index;
  }
  return order;
}

/**
 * Where the numbers lie that a layer takes from an output on another number of sites, see `Layer`: entry `site * parts + part`
 * is the position, in runs, of that part of a site's channels, in the output. A run is as many channels as lie together in both: of
 * sites that are finer, those of one line of the last axis; of coarser ones, a site's of the layer.
 *
 * @param sites - Sites per axis of the layer. @param from - Those of the output; one number divides the other.
 */
export function siteRuns(dimension: number, sites: number, from: number): { parts: number; positions: Uint32Array } {
  if (from >= sites) {
    const side = from / sites;
    const parts = side ** (dimension - 1);
    const children = blockOrder(dimension, from, sites);
    return {
      parts,
      positions: Uint32Array.from({ length: sites ** dimension * parts }, (_, run) => children[run * side]! / side),
    };
  }
  const positions = new Uint32Array(sites ** dimension);
  for (const [position, site] of blockOrder(dimension, sites, from).entries()) positions[site] = position;
  return { parts: 1, positions };
}

/** Π_i n_i */
export function product(extents: readonly number[]): number {
  return extents.reduce((all, extent) => all * extent, 1);
}

/**
 * The site that place `index` along an axis of `sites` sites stands for, for windows that reach beyond the ends by no
 * more than `sites`: −1 where padding puts a zero.
 */
export function paddedSite(index: number, sites: number, padding: Padding): number {
  if (index >= 0 && index < sites) return index;
  if (padding === 'zero') return -1;
  if (padding === 'reflect') return index < 0 ? -1 - index : 2 * sites - 1 - index;
  return ((index % sites) + sites) % sites;
}

type Windows = Pick<Layer, 'dimension' | 'sites' | 'window' | 'dilation'> & Partial<Pick<Layer, 'padding'>>;

/**
 * Sites read by a kernel layer: entry `site * window^d + j` is the input site at place j of the window centred on
 * `site`, or −1 where zero padding lies. Periodic unless the layer says otherwise.
 */
export function kernelWindows({ dimension, sites, window, dilation = 1, padding = 'periodic' }: Windows): Int32Array {
  const reach = (window - 1) / 2;
  return productTable(dimension, sites, sites, window, (site, place) =>
    paddedSite(site + (place - reach) * dilation, sites, padding),
  );
}

/** How the transpose of a kernel layer reads, see {@link transposedWindows}. */
export interface TransposedWindows {
  /** Sites per axis of the extended grid. */
  readonly sites: number;
  /** Entry `e * window^d + j`: the site whose window holds extended site e at the place opposite to j, or −1. */
  readonly windows: Int32Array;
  /** Entry `site * 3^d + k`: an extended site that reads `site`, or −1; absent where the extended grid is the grid. */
  readonly images?: Int32Array;
}

/**
 * The transpose of a kernel layer ζ = W ξ as tables, ∂ξ = Wᵀ ∂ζ:
 *
 *   ∂ξ[s, c] = Σ_{e reads s} Σ_j Σ_c' W[windows[e, j]; c', −j, c] ∂ζ[windows[e, j], c'],
 *
 * with −j the place opposite to j. The extended sites e are the sites themselves, to which reflection adds those beyond
 * the ends, as far as windows reach.
 */
export function transposedWindows(layer: Windows): TransposedWindows {
  const { dimension, sites, window, dilation = 1, padding } = layer;
  if (padding !== 'reflect') return { sites, windows: kernelWindows(layer) };
  const reach = ((window - 1) / 2) * dilation;
  const extended = sites + 2 * reach;
  const within = (index: number, extent: number) => (index >= 0 && index < extent ? index : -1);
  const windows = productTable(dimension, extended, sites, window, (e, place) =>
    within(e + place * dilation - 2 * reach, sites),
  );
  const images = productTable(dimension, sites, extended, 3, (site, k) =>
    within([site, -1 - site, 2 * sites - 1 - site][k]! + reach, extended),
  );
  return { sites: extended, windows, images };
}

/**
 * A table [row][place] of sites that is the product of one along each axis: `along` gives the index of the site, on an
 * axis of `sites` sites, from those of row and place. −1 along one axis is −1.
 */
function productTable(
  dimension: number,
  rows: number,
  sites: number,
  places: number,
  along: (row: number, place: number) => number,
): Int32Array {
  const all = places ** dimension;
  const table = new Int32Array(rows ** dimension * all);
  for (let entry = 0; entry < table.length; entry++) {
    let row = Math.floor(entry / all);
    let place = entry % all;
    let index = 0;
    let axisStride = 1;
    for (let axis = dimension - 1; axis >= 0 && index >= 0; axis--) {
      const onAxis = along(row % rows, place % places);
      index = onAxis < 0 ? -1 : index + onAxis * axisStride;
      row = Math.floor(row / rows);
      place = Math.floor(place / places);
      axisStride *= sites;
    }
    table[entry] = index;
  }
  return table;
}
