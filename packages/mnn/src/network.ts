import { type Branch, BranchBuilder, type Frame } from './branch.js';
import { adjacentWindow, coarsestLevel, levelWindow } from './extensions.js';
import type { Output } from './fields.js';
import { type PaddedGrid, paddedShape, requireShape } from './grid.js';
import { type Layer, type Padding, ParameterLayout } from './layer.js';
import { completeSpec, type MnnOptions, type MnnSpec } from './spec.js';
import type { FourierSpec } from './structures/fourier.js';
import { h2Branch } from './structures/h2.js';
import type { MultiscaleOperatorSpec } from './structures/multiscale-operator.js';
import type { WaveletSpec } from './structures/wavelet.js';
import { product } from './windows.js';

/** A network as data: what engines compile and checkpoints describe. */
export interface Network extends PaddedGrid, Frame {
  /** d, of the grid that inputs and outputs live on. */
  readonly dimension: 1 | 2 | 3;
  /** N_i, grid points along each axis: the shape of a field. */
  readonly shape: readonly number[];
  /** Points along each axis of the grid that the boxes tile; larger than `shape` where `fit` says how the input is padded. */
  readonly paddedShape: readonly number[];
  /** What the input is padded with; absent where `paddedShape` is `shape`. See {@link inputSources}, {@link outputSources}. */
  readonly fit?: Padding;
  /** α_in and α_out, fields of the input and of the output. A sample is its fields one after the other, each row-major. */
  readonly inputs: number;
  readonly outputs: number;
  /** What happens to the sum of the branches, cropped to `shape`; see {@link outputGroups}. */
  readonly output: Output;
  /**
   * The options that describe it, of {@link mnn}, {@link fourierNetwork}, {@link multiscaleOperatorNetwork} or {@link waveletNetwork};
   * absent where it was given as layers.
   */
  readonly spec?: MnnSpec | FourierSpec | MultiscaleOperatorSpec | WaveletSpec;
  /** Length of one input sample, α_in Π N_i. */
  readonly inputSize: number;
  /** Length of one output sample, α_out Π N_i. */
  readonly outputSize: number;
  readonly branches: readonly Branch[];
  /** All layers, in parameter order. */
  readonly layers: readonly Layer[];
  /** Length of the flat parameter vector, weights and biases. */
  readonly parameterCount: number;
}

/** A network of Algorithm 3 and its extensions, made by {@link mnn}. */
export interface MnnNetwork extends Network {
  readonly spec: MnnSpec;
}

/**
 * The multiscale neural network of Algorithm 3: u = Σ_{ℓ=2..L} CI(CK^K(CR(v))) + adjacent(v).
 *
 * Level ℓ restricts the input to r numbers per box of 2^ℓ boxes per axis, applies K kernel layers with windows of 5
 * (ℓ = 2) or 7 (ℓ ≥ 3) boxes per axis, that is 2 n_b + 1 of Property 1, and interpolates back. The adjacent part
 * takes the m^d points of each finest box as channels through K kernel layers with windows of 3, the last one linear. With
 * several fields a restriction reads m^d α_in numbers of a box, an interpolation gives m^d α_out, and the adjacent part likewise.
 * The option `output` puts a stage without parameters after the sum; what {@link Extensions} change is said there.
 *
 * @example mnn({ points: 320, levels: 6, channels: 6, kernelLayers: 5 }).parameterCount // 8535, as in the paper
 * @param mostParameters - Refuses a network of more parameters before its further layers are built; default 2³¹.
 * @throws ArgumentError naming the option that is wrong; unknown options are refused.
 */
export function mnn(options: MnnOptions, mostParameters?: number): MnnNetwork {
  const spec = completeSpec(options);
  const layout = new ParameterLayout(mostParameters);
  const { dimension, points, levels, padding = 'periodic', inputs = 1, outputs = 1, output } = spec;
  const grid = padGrid(requireShape(dimension, points, 1), 2 ** levels, padding);
  const frame = { ...grid, inputs, outputs };
  const branches: Branch[] = [];
  if (spec.structure === 'h2') branches.push(h2Branch(spec, frame, layout));
  else
    for (let level = coarsestLevel(spec); level <= levels; level++)
      branches.push(levelBranch(spec, frame, level, layout));
  branches.push(adjacentBranch(spec, frame, layout));
  return { ...assemble({ dimension, ...frame, output, branches }, layout), spec };
}

/** Boxes per axis of the branch with the most; those of the others divide them. Engines order grid points by these boxes. */
export function finestBoxes({ branches }: Pick<Network, 'branches'>): number {
  return Math.max(...branches.map(({ boxes }) => boxes));
}

/** A grid of this shape, padded with `fit` to what so many boxes per axis tile. @throws ArgumentError */
export function padGrid(shape: readonly number[], boxes: number, fit: Padding): PaddedGrid {
  const padded = paddedShape(shape, boxes);
  return { shape, paddedShape: padded, ...(product(padded) > product(shape) && { fit }) };
}

/** A network of branches whose layers have their places in a layout. */
export function assemble(
  network: PaddedGrid & Frame & Pick<Network, 'dimension' | 'output' | 'branches'>,
  layout: ParameterLayout,
): Network {
  const { shape, inputs, outputs, branches } = network;
  return {
    ...network,
    inputSize: inputs * product(shape),
    outputSize: outputs * product(shape),
    layers: branches.flatMap(({ layers }) => layers),
    parameterCount: layout.size,
  };
}

/** CR, K × CK, CI of one level. */
function levelBranch(spec: MnnSpec, frame: Frame, level: number, layout: ParameterLayout): Branch {
  const branch = new BranchBuilder(spec, frame, `level-${level}`, level, layout);
  branch.restriction();
  branch.kernels(levelWindow(spec, level));
  branch.interpolation();
  return branch.build();
}

/** K × CK on the points of the finest boxes as channels. */
function adjacentBranch(spec: MnnSpec, frame: Frame, layout: ParameterLayout): Branch {
  const branch = new BranchBuilder(spec, frame, 'adjacent', spec.levels, layout);
  branch.adjacentKernels(adjacentWindow(spec));
  return branch.build();
}
