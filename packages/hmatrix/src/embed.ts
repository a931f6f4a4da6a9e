import { ArgumentError } from '@dyadic/errors';
import { type Layer, type MnnNetwork, type MnnOptions, mnn, type WaveletNetwork } from '@dyadic/mnn';
import type { H2Matrix } from './h2/h2-matrix.js';
import { childrenOf, familyOf, type NestedBasis } from './h2/nested-basis.js';
import type { HierarchicalMatrix } from './hierarchical-matrix.js';
import type { Interactions, Partition } from './partition.js';
import { transposed } from './products.js';
import { embedNonstandard } from './wavelet/embed.js';
import type { NonstandardForm } from './wavelet/nonstandard-form.js';

/** A hierarchical matrix, an H²-matrix or a nonstandard form as a network. */
export interface Embedding<Of extends MnnNetwork | WaveletNetwork = MnnNetwork> {
  readonly network: Of;
  /** The network's flat parameter vector. */
  readonly parameters: Float32Array;
  /** The same before rounding to float32. */
  readonly exactParameters: Float64Array;
}

/**
 * Writes a hierarchical matrix as the linear network of Algorithm 1 (in 2D, Algorithm 2; in 3D the same), which has one
 * kernel layer and no activation: V into LCR, M into LCK, U into LCI, A^(ad) into the kernel layer of the adjacent part;
 * all biases are zero. An H²-matrix becomes the linear network of the structure `h2`, which has F in its
 * restrictions and E in its interpolations, and as many channels as the greatest rank. A nonstandard form becomes the linear network of the structure
 * `wavelet`, with one channel, and windows as wide as its farthest entry. The network's output is
 * `multiply(hmatrix, v)` up to rounding.
 *
 * The network is local if the matrix is not translation-invariant. It is convolutional (CR, CK, CI) if the matrix is and
 * so is its partition (assignment `finest`). With the paper's interaction lists, a translation-invariant matrix gives CR,
 * CI and CK in the adjacent part, but LCK in the levels: which blocks of M^(ℓ), ℓ ≥ 3, a box has at the ends of its
 * window depends on which child of its parent it is.
 *
 * @throws ArgumentError for a hierarchical matrix of an open domain, whose level 2 has partners three boxes apart, where the
 * network's window is 5
 */
export function embed(matrix: HierarchicalMatrix | H2Matrix): Embedding;
export function embed(matrix: NonstandardForm): Embedding<WaveletNetwork>;
export function embed(matrix: HierarchicalMatrix | H2Matrix | NonstandardForm): Embedding<MnnNetwork | WaveletNetwork> {
  if (matrix.structure === 'wavelet') {
    const { network, exactParameters } = embedNonstandard(matrix);
    return { network, parameters: Float32Array.from(exactParameters), exactParameters };
  }
  return matrix.structure === 'h2' ? embedH2(matrix) : embedH(matrix);
}

function embedH(hmatrix: HierarchicalMatrix): Embedding {
  const { partition, rank, shared, levels, adjacent } = hmatrix;
  const { padding } = partition;
  if (padding !== 'periodic') throw new ArgumentError('hmatrix.padding', padding, "'periodic'");
  const network = mnn(linearOptions(partition, shared, rank));
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

/** One kernel layer and no activation, convolutional as far as the matrix is. */
function linearOptions(partition: Partition, shared: boolean, channels: number): MnnOptions {
  const { dimension, points, levels, admissibility, translationInvariant } = partition;
  const connectivity = !shared ? 'local' : translationInvariant ? 'convolutional' : ({ kernel: 'local' } as const);
  return { dimension, points, levels, channels, kernelLayers: 1, activation: 'linear', admissibility, connectivity };
}

function embedH2({ partition, shared, rows, columns, couplings, adjacent }: H2Matrix): Embedding {
  const r = Math.max(...rows.ranks, ...columns.ranks);
  const network = mnn({ ...linearOptions(partition, shared, r), structure: 'h2', padding: partition.padding });
  const parameters = new Float64Array(network.parameterCount);
  const layerOf = (name: string) => network.layers.find((layer) => layer.name === name)!;
  const [v, u] = [paddedBasis(columns, r), paddedBasis(rows, r)];
  const finest = partition.tree.length - 1;
  const children = 2 ** partition.dimension;
  // Of the children of a box: [F_cᵀ] has their channels in a row, [E_c] in a column.
  const byParent = (t: number, transfers: Float64Array) =>
    shared ? transfers : reordered(transfers, childrenOf(familyOf(partition.tree[t + 1]!), children), r ** 2);
  partition.tree.forEach((level, t) => {
    const [down, up] = t === finest ? [v.leaf, u.leaf] : [byParent(t, v.transfers[t]!), byParent(t, u.transfers[t]!)];
    const height = t === finest ? level.boxSize : children * r;
    addBoxes(parameters, layerOf(`level-${level.level}/restriction`), transposedBlocks(down, height, r));
    const m = paddedBlocks(couplings[t]!, rows.ranks[t]!, columns.ranks[t]!, r, r);
    addWindows(parameters, layerOf(`level-${level.level}/kernel-1`), level.interactions, m, shared);
    addBoxes(parameters, layerOf(`level-${level.level}/interpolation`), up);
  });
  addWindows(parameters, layerOf('adjacent/kernel-1'), partition.adjacent.interactions, adjacent, shared);
  return { network, parameters: Float32Array.from(parameters), exactParameters: parameters };
}

/** The same basis with r columns on every level, zero beyond its ranks. */
function paddedBasis({ ranks, leaf, transfers }: NestedBasis, r: number): NestedBasis {
  return {
    ranks: ranks.map(() => r),
    leaf: paddedBlocks(leaf, 1, ranks.at(-1)!, 1, r),
    transfers: transfers.map((blocks, t) => paddedBlocks(blocks, ranks[t + 1]!, ranks[t]!, r, r)),
  };
}

/** Blocks rows × columns as ones of more rows and columns, zero there. */
function paddedBlocks(blocks: Float64Array, rows: number, columns: number, toRows: number, toColumns: number) {
  const count = blocks.length / (rows * columns);
  const padded = new Float64Array(count * toRows * toColumns);
  for (let row = 0; row < count * rows; row++) {
    const to = (Math.floor(row / rows) * toRows + (row % rows)) * toColumns;
    padded.set(blocks.subarray(row * columns, (row + 1) * columns), to);
  }
  return padded;
}

/** Blocks of so many numbers in another order. */
function reordered(blocks: Float64Array, order: Uint32Array, size: number): Float64Array {
  const result = new Float64Array(blocks.length);
  order.forEach((from, to) => {
    result.set(blocks.subarray(from * size, (from + 1) * size), to * size);
  });
  return result;
}

function transposedBlocks(blocks: Float64Array, rows: number, columns: number): Float64Array {
  const size = rows * columns;
  const result = new Float64Array(blocks.length);
  for (let start = 0; start < blocks.length; start += size) {
    result.set(transposed(blocks.subarray(start, start + size), rows, columns), start);
  }
  return result;
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
  // Of boxes that share their blocks not every one has all partners, at the ends of an open domain.
  const done = new Set<number>();
  for (let box = 0, entry = 0; box < starts.length - 1; box++) {
    for (; entry < starts[box + 1]!; entry++) {
      const place = places[entry]!;
      const copy = connectivity === 'local' ? box : 0;
      if (connectivity !== 'local' && done.has(place)) continue;
      done.add(place);
      const block = (shared ? place : entry) * outputChannels * inputChannels;
      for (let out = 0; out < outputChannels; out++) {
        const row = weight.offset + (copy * outputChannels + out) * rowLength + place * inputChannels;
        for (let c = 0; c < inputChannels; c++) parameters[row + c]! += blocks[block + out * inputChannels + c]!;
      }
    }
  }
}
