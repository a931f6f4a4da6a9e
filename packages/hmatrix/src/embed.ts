import { ArgumentError } from '@dyadic/errors';
import { type Layer, type MnnSpec, mnn, type Network } from '@dyadic/mnn';
import type { HierarchicalMatrix } from './hierarchical-matrix.js';
import type { Interactions } from './partition.js';

/** A hierarchical matrix as a network. */
export interface Embedding {
  readonly network: Network<MnnSpec>;
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
 * The network is local if the matrix is not translation-invariant. It is convolutional (CR, CK, CI) if the matrix is and
 * so is its partition (assignment `finest`). With the paper's interaction lists, a translation-invariant matrix gives CR,
 * CI and CK in the adjacent part, but LCK in the levels: which blocks of M^(ℓ), ℓ ≥ 3, a box has at the ends of its
 * window depends on which child of its parent it is.
 *
 * @throws ArgumentError for an open domain: its level 2 has partners three boxes apart, where the network's window is 5
 */
export function embed(hmatrix: HierarchicalMatrix): Embedding {
  const { partition, rank, shared, levels, adjacent } = hmatrix;
  const { dimension, points, translationInvariant, padding } = partition;
  if (padding !== 'periodic') throw new ArgumentError('hmatrix.padding', padding, "'periodic'");
  const network = mnn({
    dimension,
    points,
    levels: partition.levels,
    channels: rank,
    kernelLayers: 1,
    activation: 'linear',
    admissibility: partition.admissibility,
    connectivity: !shared ? 'local' : translationInvariant ? 'convolutional' : { kernel: 'local' },
  });
  const parameters = new Float64Array(network.parameterCount);
  for (const [index, { layers }] of network.branches.entries()) {
    if (index < levels.length) {
      const { level, u, v, m } = levels[index]!;
      const [restriction, kernel, interpolation] = layers as [Layer, Layer, Layer];
      addBoxes(parameters, restriction, v);
      addWindows(parameters, kernel, level.interactions, m, shared);
      addBoxes(parameters, interpolation, u);
    } else {
      addWindows(parameters, layers[0]!, partition.adjacent.interactions, adjacent, shared);
    }
  }
  return { network, parameters: Float32Array.from(parameters), exactParameters: parameters };
}

/** Adds bases of the boxes, or the one that all share: [c, r, n] and [c, n, r] are the layouts of LCR and LCI. */
export function addBoxes(parameters: Float64Array, { weight }: Layer, bases: Float64Array): void {
  for (let i = 0; i < weight.size; i++) parameters[weight.offset + i]! += bases[i % bases.length]!;
}

/** Adds the blocks of the partners at their places in the windows; the other places stay as they are. */
export function addWindows(
  parameters: Float64Array,
  { connectivity, dimension, window, outputChannels, inputChannels, weight }: Layer,
  { starts, places }: Interactions,
  blocks: Float64Array,
  shared: boolean,
): void {
  const rowLength = window ** dimension * inputChannels;
  const copies = connectivity === 'local' ? starts.length - 1 : 1;
  for (let box = 0, entry = 0; box < copies; box++) {
    for (; entry < starts[box + 1]!; entry++) {
      const place = places[entry]!;
      const block = (shared ? place : entry) * outputChannels * inputChannels;
      for (let out = 0; out < outputChannels; out++) {
        const row = weight.offset + (box * outputChannels + out) * rowLength + place * inputChannels;
        for (let c = 0; c < inputChannels; c++) parameters[row + c]! += blocks[block + out * inputChannels + c]!;
      }
    }
  }
}
