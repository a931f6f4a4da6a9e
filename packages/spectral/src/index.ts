/**
 * Periodic grids, FFT plans for any size 2^a 3^b 5^c, and a real Fourier basis that diagonalises differential operators, in
 * one to three dimensions.
 *
 * @packageDocumentation
 */
export { FourierBasis, fourierBasis } from './basis.js';
export { type ComplexFft, complexFft, complexFftND, type RealFft, realFft, realFftND } from './fft/index.js';
export {
  coarserGrid,
  type GridAxis,
  type GridOptions,
  integrate,
  PeriodicGrid,
  periodicGrid,
  sampleOnGrid,
} from './grid.js';
export { interpolate } from './interpolate.js';
export { NestedBasis } from './nested.js';
export { axpy, dot } from './vector.js';
