import { ArgumentError } from '@dyadic/errors';
import { type Layer, type LayerShape, ParameterLayout } from './layer.js';
import { completeSpec, type MnnOptions, type MnnSpec } from './spec.js';

/** 8 GiB of float32: beyond this a parameter vector is a slip of the pen. */
const MOST_PARAMETERS = 2 ** 31;

/**
 * One summand of the network: the layers are applied in order to the input, and the branches' outputs are added. The
 * sum then goes through the output stage that `spec.output` names.
 */
export interface Branch {
  /** `level-2` … `level-L`, or `adjacent`. */
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
 * The option `output` puts a stage without parameters after the sum.
 *
 * @example mnn({ points: 320, levels: 6, channels: 6, kernelLayers: 5 }).parameterCount // 8535, as in the paper
 * @throws ArgumentError naming the option that is wrong; unknown options are refused.
 */
export function mnn(options: MnnOptions): Network {
  const spec = completeSpec(options);
  const layout = new ParameterLayout();
  const branches: Branch[] = [];
  for (let level = 2; level <= spec.levels; level++) branches.push(levelBranch(spec, level, layout));
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
  const { channels, kernelLayers, activation } = spec;
  const { name, boxes, boxPoints, place } = branchOf(spec, `level-${level}`, level, layout);
  const boxSize = boxPoints ** spec.dimension;
  const layers: Layer[] = [];
  layers.push(place('restriction', { window: boxPoints, inputChannels: 1, outputChannels: channels }));
  for (let k = 1; k <= kernelLayers; k++) {
    const window = level === 2 ? 5 : 7;
    layers.push(place('kernel', { window, inputChannels: channels, outputChannels: channels, activation }, k));
  }
  layers.push(place('interpolation', { window: 1, inputChannels: channels, outputChannels: boxSize }));
  return { name, boxes, boxPoints, layers };
}

/** K × CK on the points of the finest boxes as channels; the last layer is linear. */
function adjacentBranch(spec: MnnSpec, layout: ParameterLayout): Branch {
  const { name, boxes, boxPoints, place } = branchOf(spec, 'adjacent', spec.levels, layout);
  const channels = boxPoints ** spec.dimension;
  const layers: Layer[] = [];
  for (let k = 1; k <= spec.kernelLayers; k++) {
    const activation = k < spec.kernelLayers ? spec.activation : 'linear';
    layers.push(place('kernel', { window: 3, inputChannels: channels, outputChannels: channels, activation }, k));
  }
  return { name, boxes, boxPoints, layers };
}

type LayerChoices = Pick<Layer, 'window' | 'inputChannels' | 'outputChannels'> & Partial<Pick<Layer, 'activation'>>;

/** What the layers of one branch share, and a function that places a layer in it. */
function branchOf(spec: MnnSpec, name: string, level: number, layout: ParameterLayout) {
  const boxes = 2 ** level;
  const boxPoints = spec.points / boxes;
  const place = (kind: Layer['kind'], choices: LayerChoices, index?: number): Layer => {
    const shape: LayerShape = {
      name: `${name}/${kind}${index === undefined ? '' : `-${index}`}`,
      kind,
      connectivity: spec.connectivity,
      dimension: spec.dimension,
      sites: boxes,
      stride: kind === 'restriction' ? choices.window : 1,
      activation: 'linear',
      ...choices,
    };
    return layout.place(shape);
  };
  return { name, boxes, boxPoints, place };
}
