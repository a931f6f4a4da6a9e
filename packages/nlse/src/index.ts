/**
 * Ground states of the nonlinear Schrödinger equation −Δu + V u + β u³ = E u, ∫ u² = 1, on periodic domains.
 *
 * @packageDocumentation
 */
export { type GroundState, groundState, groundStateSolver } from './ground-state.js';
export type { Discretization, FlowStep, GroundStateOptions, MethodChoice } from './options.js';

export { REVISION, REVISIONS } from './revisions.js';
