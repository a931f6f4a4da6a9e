/**
 * The Kohn-Sham map and its self-consistent field on periodic domains.
 *
 * @packageDocumentation
 */
import { MANY } from './kohn-sham-solver.js';
import { REVISION } from './revisions.js';

export { kohnShamMapDense } from './dense.js';
export type { EnergyTerms } from './energy.js';
export type { FieldStep, MapResult, SelfConsistentField } from './field-iteration.js';
export type { Interaction } from './interaction.js';
export { type KohnShamSolve, kohnShamMap, kohnShamSolver } from './kohn-sham-map.js';
export type { KohnShamState } from './kohn-sham-state.js';
export type { Occupations } from './occupations.js';
export type { KohnShamAttempt, KohnShamOptions, KohnShamStep } from './options.js';
export { REVISION, REVISIONS } from './revisions.js';
export {
  type AsyncFieldOptions,
  type FieldOptions,
  type FieldStart,
  type Mixing,
  type SelfConsistentFieldOptions,
  selfConsistentField,
  selfConsistentFieldAsync,
  selfConsistentFieldSolver,
} from './self-consistent-field.js';

/** The revision of the numbers for so many electrons: from 16 on another method computes them, with one of its own. */
export function revisionFor(electrons: number): number {
  return electrons < MANY ? REVISION : 6;
}

/** Raised likewise whenever a number of the self-consistent field may change. */
export const FIELD_REVISION = 1;
