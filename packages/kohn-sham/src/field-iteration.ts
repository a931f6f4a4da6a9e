import { requireLength } from '@dyadic/errors';
import type { AndersonMixing } from './anderson.js';
import type { EnergyFunctional, EnergyTerms } from './energy.js';
import type { KohnShamState } from './kohn-sham-state.js';

/** The least that a stand-in for the Kohn-Sham map gives. */
export interface MapResult {
  /** ρ on the grid, ∫ ρ = n_e. */
  readonly density: Float64Array;
  /** Whether to trust it; an absent status counts as converged. */
  readonly status?: KohnShamState['status'];
  /** D(μ), from which Kerker's preconditioner is chosen where nothing else is said. */
  readonly densityOfStates?: number;
}

/** How far an iteration of the field has come. */
export interface FieldStep {
  /** Counted from 0. */
  readonly iteration: number;
  /** V, and ρ = F_KS[V]. */
  readonly potential: Float64Array;
  readonly density: Float64Array;
  /** As {@link SelfConsistentField.residual}. */
  readonly residual: number;
}

export interface SelfConsistentField<Result extends MapResult = KohnShamState> {
  /** ρ = F_KS[V] for the V below. */
  readonly density: Float64Array;
  /** V, which equals V_ext + v_H[ρ] to within the residual. */
  readonly potential: Float64Array;
  /** Root mean square of V_ext + v_H[F_KS[V]] − V, relative to max(1, rms of V − mean V); of the last iteration. */
  readonly residual: number;
  /** The residual of every iteration. */
  readonly residuals: readonly number[];
  /** Evaluations of the map. */
  readonly iterations: number;
  /**
   * `converged`: the residual is within the tolerance. `degenerate`: it is, but the map reports a degenerate frontier.
   * `max-iterations`: it is not yet, or the map's own iteration is not. `diverged`: numbers left the finite range.
   */
  readonly status: KohnShamState['status'];
  /** The last result of the map: with eigenvalues and gap if it is the eigensolver. */
  readonly state: Result;
  /** Of ρ and the state; absent where the map gives no eigenvalues. */
  readonly energy?: EnergyTerms;
}

/** A request of the iteration: F_KS[V], with the eigensolver's residual at most the tolerance. */
export interface MapRequest {
  readonly potential: Float64Array;
  readonly tolerance: number;
}

export interface FieldIteration {
  readonly functional: EnergyFunctional;
  readonly mixing: AndersonMixing;
  /** k₀ of Kerker's preconditioner, where it is given. */
  readonly kerker: number | undefined;
  /** Density to start from. */
  readonly initial: Float64Array;
  readonly tolerance: number;
  readonly maxIterations: number;
  /** The map is a stand-in, which knows no tolerance. */
  readonly standIn: boolean;
  /** V does not depend on ρ. */
  readonly independent: boolean;
  readonly onStep: ((step: FieldStep) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The eigensolver's tolerance: at the end, at most, and relative to the residual of the field before. */
const FINEST = 1e-10;
const COARSEST = 1e-4;
const FOLLOWING = 1e-2;
/** Residuals of the field within this factor of the tolerance deserve the finest. */
const NEARLY = 100;

/** The iteration of the field. It requests images of the map, which the caller supplies at once or later. */
export function* fieldIteration<Result extends MapResult>(
  iteration: FieldIteration,
): Generator<MapRequest, SelfConsistentField<Result>, Result> {
  const { functional, mixing, kerker, initial, tolerance, maxIterations, standIn, independent } = iteration;
  let potential = functional.potentialOf(initial);
  const residuals: number[] = [];
  for (;;) {
    iteration.signal?.throwIfAborted();
    const before = residuals.at(-1) ?? (independent ? 0 : Number.POSITIVE_INFINITY);
    const finest = before <= NEARLY * tolerance;
    const following = Math.max(FINEST, Math.min(COARSEST, FOLLOWING * before));
    const state = yield { potential, tolerance: finest ? FINEST : following };
    requireLength('density of options.map', state.density, potential.length);
    const { density } = state;
    const change = functional.potentialOf(density).map((v, x) => v - potential[x]!);
    const residual = rootMeanSquare(change) / Math.max(1, fluctuation(potential));
    iteration.onStep?.({ iteration: residuals.length, potential, density, residual });
    residuals.push(residual);
    const status = statusOf(state, residual <= tolerance && (finest || standIn), residual);
    const result = () => {
      const energy = functional.energyOf(state, potential);
      const iterations = residuals.length;
      return { density, potential, residual, residuals, iterations, state, ...(energy && { energy }) };
    };
    if (status !== null || residuals.length === maxIterations)
      return { ...result(), status: status ?? 'max-iterations' };
    const next = mixing.next(potential, functional.screened(change, state, kerker));
    if (!next.every(Number.isFinite)) return { ...result(), status: 'diverged' };
    potential = next;
  }
}

/** null: go on. */
function statusOf(state: MapResult, settled: boolean, residual: number): KohnShamState['status'] | null {
  if (state.status === 'diverged' || !Number.isFinite(residual)) return 'diverged';
  return settled ? (state.status ?? 'converged') : null;
}

function rootMeanSquare(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
}

/** Root mean square of V − mean V. */
function fluctuation(values: Float64Array): number {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return rootMeanSquare(values.map((v) => v - mean));
}
