import { ArgumentError } from '@dyadic/errors';
import { adjacentWindow, coarsestLevel, connectivityByLayer, type EndLayers, levelWindow } from './extensions.js';
import { type Layer, type LayerShape, ParameterLayout } from './layer.js';
import { completeSpec, type MnnOptions, type MnnSpec } from './spec.js';

/** 8 GiB of float32: beyond this a parameter vector is a slip of the pen. */
const MOST_PARAMETERS = 2 ** 31;

/**
 * One summand of the network: the layers are applied in order to the input, and the branches' outputs, those of their
 * last layers, are added. The
 * sum then goes through the output stage that `spec.output` names.
 */
export interface Branch {
  /** `level-2` (weak admissibility: `level-1`) … `level-L`, or `adjacent`. */
  readonly name: string;
  /** Boxes per axis, 2^ℓ. */
  readonly boxes: number;
  /** Grid points per axis of one box, N / 2^ℓ. */
  readonly boxPoints: number;
  readonly layers: readonly Layer[];
}

/** A multiscale neural network as data: what engines compile and checkpoints describe. */
export interface Network {
  readonly spec: MnnSpec;
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
 * @throws ArgumentError naming the option that is wrong; unknown options are refused.
 */
export function mnn(options: MnnOptions): Network {
  const spec = completeSpec(options);
  const layout = new ParameterLayout();
  const branches: Branch[] = [];
  for (let level = coarsestLevel(spec); level <= spec.levels; level++) branches.push(levelBranch(spec, level, layout));
  branches.push(adjacentBranch(spec, layout));
  if (layout.size > MOST_PARAMETERS) {
    throw new ArgumentError('network', spec, `at most ${MOST_PARAMETERS} parameters; it has ${layout.size}`);
  }
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
  const { channels, kernelLayers, activation, restriction = ONE_LINEAR, interpolation = ONE_LINEAR } = spec;
  const connectivity = connectivityByLayer(spec.connectivity);
  const { branch, add } = branchOf(spec, `level-${level}`, level, layout);
  const boxSize = branch.boxPoints ** spec.dimension;
  const within = { kind: 'kernel', inputChannels: channels, outputChannels: channels } as const;

  const first = { kind: 'restriction', window: branch.boxPoints, inputChannels: 1, outputChannels: channels } as const;
  add('restriction', { ...first, activation: restriction.activation, connectivity: connectivity.restriction });
  for (let k = 2; k <= restriction.layers; k++) {
    const { activation } = restriction;
    add(`restriction-${k}`, { ...within, window: 1, activation, connectivity: connectivity.restriction });
  }
  const kernel = { ...within, window: levelWindow(spec, level), activation, connectivity: connectivity.kernel };
  addKernels(spec, branch, new Array<LayerChoices>(kernelLayers).fill(kernel), add);
  for (let k = 1; k < interpolation.layers; k++) {
    const { activation } = interpolation;
    add(`interpolation-${k}`, { ...within, window: 1, activation, connectivity: connectivity.interpolation });
  }
  const last = { kind: 'interpolation', window: 1, inputChannels: channels, outputChannels: boxSize } as const;
  add('interpolation', { ...last, activation: 'linear', connectivity: connectivity.interpolation });
  return branch;
}

/** K × CK on the points of the finest boxes as channels; the last layer is linear. */
function adjacentBranch(spec: MnnSpec, layout: ParameterLayout): Branch {
  const connectivity = connectivityByLayer(spec.connectivity).adjacent;
  const { branch, add } = branchOf(spec, 'adjacent', spec.levels, layout);
  const channels = branch.boxPoints ** spec.dimension;
  const window = adjacentWindow(spec);
  const kernel = { kind: 'kernel', window, inputChannels: channels, outputChannels: channels, connectivity } as const;
  const inner = new Array<LayerChoices>(spec.kernelLayers - 1).fill({ ...kernel, activation: spec.activation });
  addKernels(spec, branch, inner, add, { ...kernel, activation: 'linear' });
  return branch;
}

/** Adds kernel layers and the branch's last layer, if that is one, connected as {@link KernelNetwork} says. */
function addKernels(spec: MnnSpec, branch: Branch, kernels: LayerChoices[], add: AddLayer, last?: LayerChoices): void {
  const { kernel = 'plain' } = spec;
  const input = branch.layers.length - 1;
  kernels.forEach((choices, k) => {
    add(`kernel-${k + 1}`, { ...choices, ...(kernel === 'residual' && { adds: input + k }) });
  });
  if (last) add(`kernel-${kernels.length + 1}`, last);
  if (kernel !== 'two-branch') return;
  const sum = { adds: branch.layers.length - 1 };
  const row = last ? [...kernels, last] : kernels;
  row.forEach((choices, k) => {
    const links = { ...(k === 0 && { reads: input }), ...(k === row.length - 1 && sum) };
    add(`parallel-${k + 1}`, { ...choices, ...links });
  });
}

const ONE_LINEAR: Required<EndLayers> = { layers: 1, activation: 'linear' };

type LayerChoices = Omit<LayerShape, 'name' | 'dimension' | 'sites' | 'stride' | 'padding'>;
type AddLayer = (name: string, choices: LayerChoices) => void;

/** A branch without layers, and a function that adds one. */
function branchOf(spec: MnnSpec, name: string, level: number, layout: ParameterLayout) {
  const layers: Layer[] = [];
  const boxes = 2 ** level;
  const branch: Branch = { name, boxes, boxPoints: spec.points / boxes, layers };
  const add: AddLayer = (layerName, choices) => {
    const stride = choices.kind === 'restriction' ? choices.window : 1;
    const { dimension, padding = 'periodic' } = spec;
    layers.push(layout.place({ name: `${name}/${layerName}`, dimension, sites: boxes, stride, padding, ...choices }));
  };
  return { branch, add };
}
