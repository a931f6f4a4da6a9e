/**
 * Conversion of the flat parameter vector to the matrices of TensorFlow.js, and of gradients back. All on the host: parameters
 * are few, and one pass in TypeScript costs less than dispatching a device transpose per layer.
 */
import { type Layer, type Padding, transposedWindows } from '@dyadic/mnn';

/** A layer in the form of this engine: a kernel layer with `places` = window^d. */
export interface DenseLayer {
  readonly layer: Layer;
  readonly dimension: number;
  /** Sites per axis. */
  readonly sites: number;
  /** Number of all sites, sites^d. */
  readonly siteCount: number;
  /** Window per axis. */
  readonly window: number;
  /** Number of places of a window, window^d. */
  readonly places: number;
  /** Distance in sites between the places of a window; absent for 1. */
  readonly dilation?: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly local: boolean;
  readonly padding: Padding;
}

export function denseLayer(layer: Layer): DenseLayer {
  const { dimension, sites, window } = layer;
  return {
    layer,
    dimension,
    sites,
    siteCount: sites ** dimension,
    window,
    places: window ** dimension,
    inputs: layer.inputChannels,
    outputs: layer.outputChannels,
    local: layer.connectivity === 'local',
    padding: layer.padding,
    ...(layer.dilation !== undefined && { dilation: layer.dilation }),
  };
}

/** W as right factor, Y = X W: [(site,) place, in, out] from the layout's [(site,) out, place, in]. */
export function forwardMatrix(dense: DenseLayer, parameters: Float32Array): Float32Array {
  const { places, inputs, outputs } = dense;
  const { offset, size } = dense.layer.weight;
  const matrix = new Float32Array(size);
  const fanIn = places * inputs;
  for (let site = 0; site < size; site += fanIn * outputs) {
    for (let o = 0; o < outputs; o++) {
      const from = offset + site + o * fanIn;
      for (let k = 0; k < fanIn; k++) matrix[site + k * outputs + o] = parameters[from + k]!;
    }
  }
  return matrix;
}

/**
 * The transposed layer, again as right factor: [(site,) place, out, in]. Site k is at place j of site i's window if and only if i
 * is at the mirrored place, places − 1 − j, of k's window (`transposedWindows`).
 */
export function adjointMatrix(dense: DenseLayer, parameters: Float32Array): Float32Array {
  const { places, inputs, outputs, local } = dense;
  const { offset } = dense.layer.weight;
  const siteSize = places * inputs * outputs;
  const neighbours = local ? transposedWindows(dense).windows : undefined;
  const rows = neighbours?.length ?? places;
  const matrix = new Float32Array(rows * inputs * outputs);
  let entry = 0;
  for (let row = 0; row < rows; row++) {
    const place = row % places;
    // Beyond the ends ∂loss/∂z is zero, whatever the weight.
    const site = Math.max(0, neighbours?.[row] ?? 0);
    const block = offset + site * siteSize + (places - 1 - place) * inputs;
    for (let o = 0; o < outputs; o++) {
      for (let c = 0; c < inputs; c++) matrix[entry++] = parameters[block + o * places * inputs + c]!;
    }
  }
  return matrix;
}

/**
 * The order in which a backend returns ∂loss/∂W: `layout` is that of the parameter vector, [(site,) out, place, in];
 * `filter` [place, in, out]; `swapped` [slab, in, place of slab, out], where a slab has `places / slabs` places.
 */
export type GradientOrder = 'layout' | 'filter' | 'swapped';

/** Writes ∂loss/∂W, read from `source` at `from`, to its position in the flat gradient. */
export function writeWeightGradient(
  dense: DenseLayer,
  order: GradientOrder,
  slabs: number,
  source: Float32Array,
  from: number,
  gradient: Float32Array,
): void {
  const { offset, size } = dense.layer.weight;
  if (order === 'layout') {
    gradient.set(source.subarray(from, from + size), offset);
    return;
  }
  const { places, inputs, outputs } = dense;
  const slabPlaces = places / slabs;
  let entry = from;
  for (let slab = 0; slab < slabs; slab++) {
    const outer = order === 'filter' ? slabPlaces : inputs;
    const inner = order === 'filter' ? inputs : slabPlaces;
    for (let a = 0; a < outer; a++) {
      for (let b = 0; b < inner; b++) {
        const place = slab * slabPlaces + (order === 'filter' ? a : b);
        const to = offset + place * inputs + (order === 'filter' ? b : a);
        for (let o = 0; o < outputs; o++) gradient[to + o * places * inputs] = source[entry++]!;
      }
    }
  }
}
