/**
 * Uniform hierarchical matrices on periodic grids in one to three dimensions, and their embedding as the weights of a
 * multiscale neural network (§2 of Fan, Lin, Ying and Zepeda-Núñez 2018).
 *
 * @packageDocumentation
 */
export { type Embedding, embed } from './embed.js';
export { convolutionMatrix, denseMatrix, type GridMatrix, kernelMatrix } from './grid-matrix.js';
export {
  type HierarchicalMatrix,
  type HierarchicalMatrixOptions,
  hierarchicalMatrix,
  type LevelFactors,
} from './hierarchical-matrix.js';
export { type LinearFit, type LinearFitOptions, linearFit } from './linear-fit.js';
export { type ErrorOptions, multiply, relativeError, type Storage, storage } from './multiply.js';
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
