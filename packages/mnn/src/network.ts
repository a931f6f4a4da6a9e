import { type Branch, BranchBuilder } from './branch.js';
import { adjacentWindow, coarsestLevel, levelWindow } from './extensions.js';
import { type Layer, ParameterLayout } from './layer.js';
import type { LayeredSpec } from './layered-spec.js';
import { completeSpec, type MnnOptions, type MnnSpec } from './spec.js';

/** A multiscale neural network as data: what engines compile and checkpoints describe. */
export interface Network<Spec extends MnnSpec | LayeredSpec = MnnSpec | LayeredSpec> {
  /** Plain data that the network follows from. */
  readonly spec: Spec;
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
export function mnn(options: MnnOptions, mostParameters?: number): Network<MnnSpec> {
  const spec = completeSpec(options);
  const layout = new ParameterLayout(mostParameters);
  const branches: Branch[] = [];
  for (let level = coarsestLevel(spec); level <= spec.levels; level++) branches.push(levelBranch(spec, level, layout));
  branches.push(adjacentBranch(spec, layout));
  const size = spec.points ** spec.dimension;
  return {
    spec,
    inputSize: size,
    outputSize: size,
    branches,
    layers: branches.flatMap((branch) => branch.layers),
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
