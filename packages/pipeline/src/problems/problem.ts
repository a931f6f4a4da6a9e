import type { Field } from '@dyadic/dataset';
import type { PotentialRecipe, Sample } from '@dyadic/potentials';
import type { GridOptions } from '@dyadic/spectral';
import type { z } from 'zod';

/** The `problem` entry of a dataset's recipe: all that a sample follows from but the seed and its number. */
export interface Problem<Settings extends object = object> {
  readonly equation: PotentialRecipe['equation'];
  readonly grid: Required<GridOptions>;
  readonly potential: PotentialRecipe;
  readonly solver: Settings;
}

/** What every solver says of its result. */
export interface SolverState {
  readonly status: string;
  readonly residual: number;
  readonly iterations: number;
}

/** A potential that was drawn, and what the solver made of it. */
export interface Draw<State extends SolverState = SolverState> {
  readonly sample: Sample;
  /** V at the grid points. */
  readonly potential: Float64Array;
  readonly state: State;
  /** Draws given up for this sample before. */
  readonly attempt: number;
}

/** A column of a dataset, and the entry of a draw in it. */
export interface Column<State extends SolverState = SolverState> {
  readonly field: Field;
  value(draw: Draw<State>): number | string | ArrayLike<number>;
}

/** One equation as the command knows it: a module of this folder, entered in `generators.ts`. */
export interface Generator<Settings extends object = object, State extends SolverState = SolverState> {
  /** The package that solves the equation, and the revision of its arithmetic: both part of a dataset's identity. */
  readonly solver: string;
  readonly revision: number;
  /** What the recipe's entry `solver` may hold, with defaults that may depend on the potential. */
  settings(potential: PotentialRecipe): z.ZodType<Settings>;
  /**
   * Plans the solver for many potentials. A draw whose status is `converged` is kept, any other has failed.
   *
   * @throws ArgumentError for settings that make no sense
   */
  plan(problem: Problem<Settings>): (potential: Float64Array) => State;
  /** Columns of the equation's own, the solution first; `onGrid` is type and shape of a field on the grid. */
  columns(problem: Problem<Settings>, onGrid: Pick<Field, 'type' | 'shape'>): Column<State>[];
  /** The paper's letter for the solution, and its words for the parameters of a potential. */
  readonly letters: Readonly<Record<'solution' | 'variance' | 'strengths' | 'centers', string>>;
}
