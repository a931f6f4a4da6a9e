export { type ComplexFft, complexFft } from './complex.js';
export { complexFftND, realFftND } from './multidimensional.js';
export { type RealFft, realFft } from './real.js';
