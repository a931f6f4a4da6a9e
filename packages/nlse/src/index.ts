/**
 * Ground states of the nonlinear Schrödinger equation on periodic domains.
 *
 * @packageDocumentation
 */
export { type GroundState, groundState, groundStateSolver } from './ground-state.js';
export type { Discretization, FlowStep, GroundStateOptions, MethodChoice } from './options.js';

/**
 * Raised whenever a change of this package or of the potentials may alter a computed number, be it in the last bit.
 * Datasets carry it as part of their identity.
 */
export const REVISION = 4;
