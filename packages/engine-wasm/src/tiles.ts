/** Plane kernel layers by minimal filtering, F(2 × 2, 3 × 3): see `assembly/minimal.ts` for the mathematics. */
import type { Layer } from '@dyadic/mnn';
import type { Kernels } from './kernels.js';
import { VECTOR } from './lanes.js';
import type { LayerPlan, ProductPlan } from './plan.js';

/** Numbers of a transformed patch: 4 × 4 frequencies. */
export const FREQUENCIES = 16;
/** Tiles transformed at a time, so that their frequencies stay in the second-level cache. */
const GROUP = 16;
/** Fewest channels with which the transforms cost less than they save. */
const FEWEST_CHANNELS = 8;

/** Where the tables and the transformed weights of a layer's tiles lie: addresses, but for `gradient`. */
export interface TilesPlan {
  readonly count: number;
  /** Tiles of a group. */
  readonly group: number;
  /** Byte offsets of the 16 sites of each patch, in inputs and in outputs of the layer. */
  readonly inputPatches: number;
  readonly outputPatches: number;
  /** Byte offsets of the four sites of each tile, in inputs and in outputs. */
  readonly inputTiles: number;
  readonly outputTiles: number;
  /** Tables of a group's own channels: runs and offsets of the inputs, and of the outputs. */
  readonly inputRuns: number;
  readonly outputRuns: number;
  readonly inputOwn: number;
  readonly outputOwn: number;
  /** Offsets of the own inputs of all tiles. */
  readonly columns: number;
  /** Address of the transformed weights, forward and backward. */
  readonly forward: number;
  readonly backward: number;
  /** Offset in a slot of the gradient of the transformed weights. */
  readonly gradient: number;
}

/** Whether a layer is done in tiles. */
export function takesTiles(layer: Layer): boolean {
  const { kind, dimension, sites, window, connectivity, padding } = layer;
  const channels = Math.min(layer.inputChannels, layer.outputChannels);
  const plane = kind === 'kernel' && dimension === 2 && window === 3 && connectivity === 'convolutional';
  // Tiles come in fours as well, and the transpose of a reflecting layer is not a layer of the same kind.
  return plane && channels >= FEWEST_CHANNELS && sites >= 4 && padding !== 'reflect';
}

/** Tiles of a layer, and how many are transformed at a time. */
export function tileCounts({ sites }: Layer): { count: number; group: number } {
  const count = (sites / 2) ** 2;
  return { count, group: Math.min(count, GROUP) };
}

/** The layer's product (or, `backward`, the gradient with respect to its input), group of tiles by group of tiles. */
export function tiledProduct(
  kernels: Kernels,
  tiles: TilesPlan,
  { from, to, bias, finish }: ProductPlan,
  backward: boolean,
  [x, y, activated, v, m]: readonly [x: number, y: number, activated: number, v: number, m: number],
  zeros: number,
): void {
  const { count, group } = tiles;
  const [channels, outputs] = [from.channels, to.channels];
  const patches = backward ? tiles.outputPatches : tiles.inputPatches;
  const corners = backward ? tiles.inputTiles : tiles.outputTiles;
  const runs = backward ? tiles.outputRuns : tiles.inputRuns;
  const own = backward ? tiles.inputOwn : tiles.outputOwn;
  const weights = backward ? tiles.backward : tiles.forward;
  const inStride = group * channels * VECTOR;
  const outStride = group * outputs * VECTOR;
  for (let first = 0; first < count; first += group) {
    kernels.patchTransform(x, patches + 64 * first, group, channels, v, inStride);
    for (let f = 0; f < FREQUENCIES; f++) {
      const u = weights + 4 * f * channels * outputs;
      kernels.sharedProduct(v + f * inStride, runs, m + f * outStride, own, 1, outputs, u, zeros, group, 0, 0);
    }
    kernels.tileTransform(m, outStride, corners + 16 * first, group, outputs, y, bias, finish, activated);
  }
}

/** The gradient of the transformed weights, of all tiles at once. */
export function tiledWeightGradient(
  kernels: Kernels,
  tiles: TilesPlan,
  { from, to }: ProductPlan,
  [x, delta, v, m]: readonly [x: number, delta: number, v: number, m: number],
  gradient: number,
  add: number,
): void {
  const { count, inputPatches, outputTiles, columns } = tiles;
  const [channels, outputs] = [from.channels, to.channels];
  const inStride = count * channels * VECTOR;
  const outStride = count * outputs * VECTOR;
  kernels.patchTransform(x, inputPatches, count, channels, v, inStride);
  kernels.tileSpread(delta, outputTiles, count, outputs, m, outStride);
  for (let f = 0; f < FREQUENCIES; f++) {
    kernels.sharedWeightGradient(
      m + f * outStride,
      outputs,
      v + f * inStride,
      columns,
      0,
      1,
      channels,
      count,
      gradient + 4 * f * channels * outputs,
      add,
    );
  }
}

/** Transforms the packed weights of the layers that want it, forward or backward. */
export function transformFilters(kernels: Kernels, layers: readonly LayerPlan[], backward: boolean): void {
  for (const { tiles, forward, backward: back } of layers) {
    const product = backward ? back : forward;
    if (tiles === undefined || product === undefined) continue;
    const to = backward ? tiles.backward : tiles.forward;
    kernels.filterTransform(product.weights, product.to.channels, product.from.channels, to);
  }
}
