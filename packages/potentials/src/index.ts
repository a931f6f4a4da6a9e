/**
 * Families of random potentials on periodic domains. Each sample is a function of (family, seed, index) alone. A family
 * knows no equation; the problems of `@dyadic/pipeline` define those of the paper, eqs (4.4) and (4.8).
 *
 * @packageDocumentation
 */
export { type GaussianWells, type GaussianWellsOptions, gaussianWells, type Interval } from './gaussian-wells.js';
export { evaluatePotential, type Sample, samplePotential, type Well } from './sample.js';
