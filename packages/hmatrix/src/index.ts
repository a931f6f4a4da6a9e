/**
 * Uniform hierarchical matrices on periodic grids in one to three dimensions, and their embedding as the weights of a
 * multiscale neural network (§2 of Fan, Lin, Ying and Zepeda-Núñez 2018).
 *
 * @packageDocumentation
 */

export { daubechies, type WaveletFilters } from '@dyadic/mnn';
export { type Embedding, embed } from './embed.js';
export { convolutionMatrix, denseMatrix, type GridMatrix, kernelMatrix } from './grid-matrix.js';
export { h2Matrix } from './h2/from-entries.js';
export { type H2KernelOptions, h2KernelMatrix, type KernelFunction } from './h2/from-kernel.js';
export type { H2Matrix, H2Options } from './h2/h2-matrix.js';
export type { NestedBasis } from './h2/nested-basis.js';
export {
  type HierarchicalMatrix,
  type HierarchicalMatrixOptions,
  hierarchicalMatrix,
  type LevelFactors,
} from './hierarchical-matrix.js';
export { type LinearFit, type LinearFitOptions, linearFit } from './linear-fit.js';
export {
  type ErrorOptions,
  multiply,
  operations,
  relativeError,
  type Storage,
  type StructuredMatrix,
  storage,
} from './multiply.js';
export {
  type Assignment,
  type Interactions,
  interactionList,
  type Level,
  neighborList,
  type Partition,
  type PartitionOptions,
  partition,
} from './partition.js';
export { type WarmStartOptions, warmStart } from './warm-start.js';
export {
  type NonstandardForm,
  type NonstandardLevel,
  type NonstandardOptions,
  nonstandardForm,
} from './wavelet/nonstandard-form.js';
