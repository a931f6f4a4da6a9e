/**
 * Seeded random Gaussian wells on periodic domains: the potentials of the paper's data sets, eqs (4.4) and (4.8), as
 * its text and as its authors' program have them.
 *
 * @packageDocumentation
 */
export { type Interval, type PotentialOptions, type PotentialRecipe, potentialRecipe } from './recipe.js';
export { evaluatePotential, type Sample, samplePotential, type Well } from './sample.js';
