/**
 * The multiscale neural network of Fan, Lin, Ying and Zepeda-Núñez (2018) as data: which layers, of what sizes, and
 * where each weight lies in one flat parameter vector. No arithmetic happens here; engines do that.
 *
 * @packageDocumentation
 */
export type { Branch } from './branch.js';
export { requireFiniteSamples, requireIndices, requireInputs, requireSamples } from './checks.js';
export {
  type Descent,
  type Engine,
  LOSSES,
  type LoadedSamples,
  type Loss,
  type RotatedMatrix,
  type Samples,
  type Session,
  type UpdateFactors,
  type UpdateRule,
} from './engine.js';
export type {
  Admissibility,
  EndLayers,
  ExtensionSpec,
  Extensions,
  KernelNetwork,
  MixedConnectivity,
} from './extensions.js';
export { completeInitial, type InitialOptions, initialParameters } from './initial.js';
export {
  type Activation,
  type Connectivity,
  type Layer,
  type LayerShape,
  type Padding,
  ParameterLayout,
  type ParameterSlice,
} from './layer.js';
export { layeredNetwork, networkOf } from './layered.js';
export type { BranchOptions, LayeredSpec, LayerOptions } from './layered-spec.js';
export { mnn, type Network } from './network.js';
export type { MnnOptions, MnnSpec, OutputStage } from './spec.js';
export { blockOrder, kernelWindows, paddedSite, type TransposedWindows, transposedWindows } from './windows.js';
