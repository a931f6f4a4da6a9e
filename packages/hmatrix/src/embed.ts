import { type Layer, mnn, type Network } from '@dyadic/mnn';
import type { HierarchicalMatrix } from './hierarchical-matrix.js';
import type { Interactions } from './partition.js';

/** A hierarchical matrix as a network. */
export interface Embedding {
  readonly network: Network;
  /** The network's flat parameter vector. */
  readonly parameters: Float32Array;
  /** The same before rounding to float32. */
  readonly exactParameters: Float64Array;
}

/**
 * Writes a hierarchical matrix as the linear network of Algorithm 1 (in 2D, Algorithm 2; in 3D the same), which has one
 * kernel layer and no activation: V into LCR, M into LCK, U into LCI, A^(ad) into the kernel layer of the adjacent part;
 * all biases are zero. The network's output is then `multiply(hmatrix, v)` up to rounding.
 *
 * The network is convolutional (CR, CK, CI) if the matrix is translation-invariant and so is its partition (assignment
 * `finest`). Otherwise it is local: with the paper's interaction lists the blocks of M^(ℓ), ℓ ≥ 3, that a box has at
 * the ends of its window depend on which child of its parent it is, also where the kernel is a convolution.
 */
export function embed(hmatrix: HierarchicalMatrix): Embedding {
  const { partition, rank, shared, levels, adjacent } = hmatrix;
  const { dimension, points, translationInvariant } = partition;
  const network = mnn({
    dimension,
    points,
    levels: partition.levels,
    channels: rank,
    kernelLayers: 1,
    activation: 'linear',
    connectivity: shared && translationInvariant ? 'convolutional' : 'local',
  });
  const parameters = new Float64Array(network.parameterCount);
  for (const [index, { layers }] of network.branches.entries()) {
    if (index < levels.length) {
      const { level, u, v, m } = levels[index]!;
      const [restriction, kernel, interpolation] = layers as [Layer, Layer, Layer];
      fillBoxes(parameters, restriction, v);
      fillWindows(parameters, kernel, level.interactions, m, shared);
      fillBoxes(parameters, interpolation, u);
    } else {
      fillWindows(parameters, layers[0]!, partition.adjacent.interactions, adjacent, shared);
    }
  }
  return { network, parameters: Float32Array.from(parameters), exactParameters: parameters };
}

/** Bases of the boxes, or the one that all share: [c, r, n] and [c, n, r] are the layouts of LCR and LCI. */
export function fillBoxes(parameters: Float64Array, { weight }: Layer, bases: Float64Array): void {
  for (let start = 0; start < weight.size; start += bases.length) parameters.set(bases, weight.offset + start);
}

/** Blocks of the partners at their places in the windows; the other places stay zero. */
export function fillWindows(
  parameters: Float64Array,
  { connectivity, dimension, window, outputChannels, inputChannels, weight }: Layer,
  { count, partners, places }: Interactions,
  blocks: Float64Array,
  shared: boolean,
): void {
  const rowLength = window ** dimension * inputChannels;
  for (let entry = 0; entry < partners.length; entry++) {
    const copy = connectivity === 'local' ? Math.floor(entry / count) : 0;
    const place = places[entry]!;
    const block = (shared ? place : entry) * outputChannels * inputChannels;
    for (let out = 0; out < outputChannels; out++) {
      const row = blocks.subarray(block + out * inputChannels, block + (out + 1) * inputChannels);
      parameters.set(row, weight.offset + (copy * outputChannels + out) * rowLength + place * inputChannels);
    }
  }
}
