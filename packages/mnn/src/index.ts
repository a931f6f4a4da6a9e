/**
 * The multiscale neural network of Fan, Lin, Ying and Zepeda-Núñez (2018) as data: which layers, of what sizes, and
 * where each weight lies in one flat parameter vector. No arithmetic happens here; engines do that.
 *
 * @packageDocumentation
 */
export { ACTIVATION_FUNCTIONS, ACTIVATIONS, type Activation, type ActivationFunction } from './activations.js';
export { type Arithmetic, FLOAT64, type Formula } from './arithmetic.js';
export { type Branch, sitesOf } from './branch.js';
export { requireFiniteSamples, requireIndices, requireInputs, requirePlainGrid, requireSamples } from './checks.js';
export {
  describeLayers,
  describeNetwork,
  type LayerDocument,
  type LayersDocument,
  networkFromDocument,
  networkFromLayers,
} from './document.js';
export {
  type Descent,
  type Engine,
  LOSS_POWERS,
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
  Structure,
} from './extensions.js';
export {
  completeFields,
  completeOutput,
  type FieldOptions,
  type Output,
  type OutputGroup,
  outputGroups,
  type PlacedGroup,
} from './fields.js';
export { type Fit, inputSources, outputSources, type PaddedGrid } from './grid.js';
export { completeInitial, INITIAL_OPTIONS, type InitialOptions, initialParameters } from './initial.js';
export {
  type Connectivity,
  fourierPeriod,
  type Layer,
  type LayerKind,
  type LayerShape,
  type Padding,
  ParameterLayout,
  type ParameterSlice,
} from './layer.js';
export { moveSources, moveWord, requireMoves } from './moves.js';
export { finestBoxes, type MnnNetwork, mnn, type Network } from './network.js';
export { OUTPUT_FORMULAS, OUTPUT_STAGES, type OutputFormula, type OutputStage } from './output-stage.js';
export { MNN_OPTIONS, type MnnOptions, type MnnSpec } from './spec.js';
export { daubechies, type WaveletFilters } from './structures/daubechies.js';
export {
  FOURIER_OPTIONS,
  type FourierNetwork,
  type FourierOptions,
  type FourierSpec,
  fourierNetwork,
} from './structures/fourier.js';
export {
  MULTISCALE_OPERATOR_OPTIONS,
  type MultiscaleOperatorNetwork,
  type MultiscaleOperatorOptions,
  type MultiscaleOperatorSpec,
  multiscaleOperatorNetwork,
} from './structures/multiscale-operator.js';
export {
  filterWindow,
  WAVELET_OPTIONS,
  type WaveletNetwork,
  type WaveletOptions,
  type WaveletSpec,
  waveletNetwork,
} from './structures/wavelet.js';
export { type ChannelMixing, writeFilters } from './structures/wavelet-filters.js';
export {
  blockOrder,
  kernelWindows,
  paddedSite,
  siteRuns,
  type TransposedWindows,
  transposedWindows,
} from './windows.js';
