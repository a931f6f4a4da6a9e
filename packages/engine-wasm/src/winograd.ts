/** Two-dimensional kernel layers by Winograd's F(2 × 2, 3 × 3); `assembly/winograd.ts` has the mathematics. */
import type { Layer } from '@dyadic/mnn';
import type { Kernels } from './kernels.js';
import { VECTOR } from './lanes.js';
import type { LayerPlan, ProductPlan, WinogradPlan } from './plan.js';

/** Numbers of a transformed patch: 4 × 4 frequencies. */
export const FREQUENCIES = 16;
/** Tiles transformed at a time, so that their frequencies stay in the second-level cache. */
const GROUP = 16;
/** Fewest channels with which the transforms cost less than they save. */
const FEWEST_CHANNELS = 8;

/** Whether a layer is computed by Winograd's algorithm. */
export function usesWinograd(layer: Layer): boolean {
  const { kind, dimension, sites, window, dilation, connectivity, padding } = layer;
  const channels = Math.min(layer.inputChannels, layer.outputChannels);
  const plane =
    kind === 'kernel' && dimension === 2 && window === 3 && dilation === undefined && connectivity === 'convolutional';
  // Whole groups of 2 × 2 sites; and the transpose of a reflecting layer is not a layer of the same kind.
  const { count, group } = tileCounts(layer);
  const whole = sites >= 4 && sites % 2 === 0 && count % group === 0;
  return plane && channels >= FEWEST_CHANNELS && whole && padding !== 'reflect';
}

/** Tiles of a layer, and how many are transformed at a time. */
export function tileCounts({ sites }: Layer): { count: number; group: number } {
  const count = (sites / 2) ** 2;
  return { count, group: Math.min(count, GROUP) };
}

/** The layer's product (or, `backward`, the gradient with respect to its input), group of tiles by group of tiles. */
export function winogradProduct(
  kernels: Kernels,
  winograd: WinogradPlan,
  { from, to, bias, epilogue }: ProductPlan,
  backward: boolean,
  [x, y, activated, v, m]: readonly [x: number, y: number, activated: number, v: number, m: number],
  zeros: number,
): void {
  const { count, group } = winograd;
  const [channels, outputs] = [from.channels, to.channels];
  const patches = backward ? winograd.outputPatches : winograd.inputPatches;
  const corners = backward ? winograd.inputTiles : winograd.outputTiles;
  const runs = backward ? winograd.outputRuns : winograd.inputRuns;
  const own = backward ? winograd.inputOwn : winograd.outputOwn;
  const weights = backward ? winograd.backward : winograd.forward;
  const inStride = group * channels * VECTOR;
  const outStride = group * outputs * VECTOR;
  for (let first = 0; first < count; first += group) {
    kernels.inputTransform(x, patches + 64 * first, group, channels, v, inStride);
    for (let f = 0; f < FREQUENCIES; f++) {
      const u = weights + 4 * f * channels * outputs;
      kernels.sharedProduct(v + f * inStride, runs, m + f * outStride, own, 1, outputs, u, zeros, group, 0, 0);
    }
    kernels.outputTransform(m, outStride, corners + 16 * first, group, outputs, y, bias, epilogue, activated);
  }
}

/** The gradient of the transformed weights, of all tiles at once. */
export function winogradWeightGradient(
  kernels: Kernels,
  winograd: WinogradPlan,
  { from, to }: ProductPlan,
  [x, delta, v, m]: readonly [x: number, delta: number, v: number, m: number],
  gradient: number,
  add: number,
): void {
  const { count, inputPatches, outputTiles, columns } = winograd;
  const [channels, outputs] = [from.channels, to.channels];
  const inStride = count * channels * VECTOR;
  const outStride = count * outputs * VECTOR;
  kernels.inputTransform(x, inputPatches, count, channels, v, inStride);
  kernels.outputTransformAdjoint(delta, outputTiles, count, outputs, m, outStride);
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

/** Transforms the packed weights of the layers that use Winograd's algorithm, for the forward or the backward pass. */
export function transformFilters(kernels: Kernels, layers: readonly LayerPlan[], backward: boolean): void {
  for (const { winograd, forward, backward: back } of layers) {
    const product = backward ? back : forward;
    if (winograd === undefined || product === undefined) continue;
    const to = backward ? winograd.backward : winograd.forward;
    kernels.filterTransform(product.weights, product.to.channels, product.from.channels, to);
  }
}
