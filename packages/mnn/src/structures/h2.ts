import type { Activation } from '../activations.js';
import type { Branch, Frame } from '../branch.js';
import { coarsestLevel, connectivityByLayer, levelWindow, type MixedConnectivity } from '../extensions.js';
import type { Layer, LayerShape, ParameterLayout } from '../layer.js';
import type { MnnSpec } from '../spec.js';
import { product } from '../windows.js';

/**
 * The network of an H²-matrix, whose restrictions and interpolations go level by level, a V:
 *
 *   x_L = R_L v,   x_ℓ = R_ℓ x_(ℓ+1)        up the tree, from the points of a box, or its 2^d children, to r channels
 *   z_ℓ = K_ℓ(x_ℓ)                          across every level, K kernel layers
 *   y_2 = z_2,   y_ℓ = z_ℓ + I_ℓ y_(ℓ−1)    down the tree, from a box to its children
 *   u = I_L y_L                             and to the points of the finest boxes.
 *
 * All layers are kernel layers, restrictions and interpolations with windows of 1. A restriction reads the outputs of the level
 * below, 2^d boxes of r channels, as one box of 2^d r, and an interpolation gives one box of 2^d r channels that the level below
 * takes for 2^d boxes of r (see `Layer`).
 *
 * With K = 1, no activation and local connectivity it is an H²-matrix of rank r (`embed` of `@dyadic/hmatrix`).
 *
 * Weights and biases, convolutional, m the points of a box: m r + r and r m + m at the ends (m α_in and m α_out with fields);
 * (L − a) (2^(d+1) r² + (2^d + 1) r) between the levels, a the coarsest; K (Σ_ℓ w_ℓ^d r² + (L − a + 1) r) across them. Local: each
 * times the number of its boxes, together O(N^d).
 */
export function h2Branch(spec: MnnSpec, { paddedShape, inputs, outputs }: Frame, layout: ParameterLayout): Branch {
  const { dimension, levels, channels, kernelLayers, activation } = spec;
  const coarsest = coarsestLevel(spec);
  const boxPoints = paddedShape.map((points) => points / 2 ** levels);
  const leafPoints = product(boxPoints);
  const childNumbers = 2 ** dimension * channels;
  const layers: Layer[] = [];
  const add = (level: number, name: string, role: keyof MixedConnectivity, choices: Choices): number => {
    const { connectivity, padding = 'periodic' } = spec;
    const shape: LayerShape = {
      name: `level-${level}/${name}`,
      kind: 'kernel',
      connectivity: connectivityByLayer(connectivity)[role],
      dimension,
      sites: 2 ** level,
      padding,
      ...choices,
    };
    layers.push(layout.place(shape));
    return layers.length - 1;
  };
  const transfer = (inputChannels: number, outputChannels: number, reads: number): Choices => {
    return { window: 1, inputChannels, outputChannels, activation: 'linear', reads };
  };

  const restricted = new Map<number, number>();
  for (let level = levels; level >= coarsest; level--) {
    const input = level === levels ? leafPoints * inputs : childNumbers;
    const reads = restricted.get(level + 1) ?? -1;
    restricted.set(level, add(level, 'restriction', 'restriction', transfer(input, channels, reads)));
  }
  let interpolated: number | undefined;
  for (let level = coarsest; level <= levels; level++) {
    const kernel = { window: levelWindow(spec, level), inputChannels: channels, outputChannels: channels, activation };
    let last = restricted.get(level)!;
    for (let k = 1; k <= kernelLayers; k++) {
      const adds = k === kernelLayers && interpolated !== undefined && { adds: interpolated };
      last = add(level, `kernel-${k}`, 'kernel', { ...kernel, reads: last, ...adds });
    }
    const output = level === levels ? leafPoints * outputs : childNumbers;
    interpolated = add(level, 'interpolation', 'interpolation', transfer(channels, output, last));
  }
  return { name: 'levels', boxes: 2 ** levels, boxPoints, layers };
}

interface Choices {
  readonly window: number;
  readonly inputChannels: number;
  readonly outputChannels: number;
  readonly activation: Activation;
  readonly reads: number;
  readonly adds?: number;
}
