import { type Branch, BranchBuilder } from './branch.js';
import { adjacentWindow, coarsestLevel, levelWindow } from './extensions.js';
import { type Layer, ParameterLayout } from './layer.js';
import type { OutputStage } from './output-stage.js';
import { completeSpec, type MnnOptions, type MnnSpec } from './spec.js';
import type { FourierSpec } from './structures/fourier.js';
import { h2Branch } from './structures/h2.js';

/** A network as data: what engines compile and checkpoints describe. */
export interface Network {
  /** d, of the grid that inputs and outputs live on. */
  readonly dimension: 1 | 2 | 3;
  /** N, grid points per axis. */
  readonly points: number;
  /** What happens to the sum of the branches. */
  readonly output: OutputStage;
  /** The options that describe it, of {@link mnn} or {@link fourierNetwork}; absent where it was given as layers. */
  readonly spec?: MnnSpec | FourierSpec;
  /** Length of one input sample, N^d. */
  readonly inputSize: number;
  /** Length of one output sample, N^d. */
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
 * takes the m^d points of each finest box as channels through K kernel layers with windows of 3, the last one linear.
 * The option `output` puts a stage without parameters after the sum; what {@link Extensions} change is said there.
 *
 * @example mnn({ points: 320, levels: 6, channels: 6, kernelLayers: 5 }).parameterCount // 8535, as in the paper
 * @param mostParameters - Refuses a network of more parameters before its further layers are built; default 2³¹.
 * @throws ArgumentError naming the option that is wrong; unknown options are refused.
 */
export function mnn(options: MnnOptions, mostParameters?: number): MnnNetwork {
  const spec = completeSpec(options);
  const layout = new ParameterLayout(mostParameters);
  const branches: Branch[] = [];
  if (spec.structure === 'h2') branches.push(h2Branch(spec, layout));
  else
    for (let level = coarsestLevel(spec); level <= spec.levels; level++)
      branches.push(levelBranch(spec, level, layout));
  branches.push(adjacentBranch(spec, layout));
  return { ...assemble({ ...spec, branches }, layout), spec };
}

/** Boxes per axis of the branch with the most; those of the others divide them. Engines order grid points by these boxes. */
export function finestBoxes({ branches }: Pick<Network, 'branches'>): number {
  return Math.max(...branches.map(({ boxes }) => boxes));
}

/** A network of branches whose layers have their places in a layout. */
export function assemble(
  { dimension, points, output, branches }: Pick<Network, 'dimension' | 'points' | 'output' | 'branches'>,
  layout: ParameterLayout,
): Network {
  const size = points ** dimension;
  return {
    dimension,
    points,
    output,
    inputSize: size,
    outputSize: size,
    branches,
    layers: branches.flatMap(({ layers }) => layers),
    parameterCount: layout.size,
  };
}

/** CR, K × CK, CI of one level. */
function levelBranch(spec: MnnSpec, level: number, layout: ParameterLayout): Branch {
  const branch = new BranchBuilder(spec, `level-${level}`, level, layout);
  branch.restriction();
  branch.kernels(levelWindow(spec, level));
  branch.interpolation();
  return branch.build();
}

/** K × CK on the points of the finest boxes as channels. */
function adjacentBranch(spec: MnnSpec, layout: ParameterLayout): Branch {
  const branch = new BranchBuilder(spec, 'adjacent', spec.levels, layout);
  branch.adjacentKernels(adjacentWindow(spec));
  return branch.build();
}
