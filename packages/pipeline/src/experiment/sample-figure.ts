import type { Recipe } from '@dyadic/dataset';
import { type FieldQuantities, fieldFigure, mapFigure } from '@dyadic/report';
import { type PeriodicGrid, periodicGrid } from '@dyadic/spectral';
import { GENERATORS, problemOf } from '../problems/index.js';
import type { Experiment } from './experiment.js';

/** Where the fields of a dataset lie, and what figures call them. */
export interface FigureFrame {
  /** 1D or 2D. */
  readonly grid: PeriodicGrid;
  readonly quantities: FieldQuantities;
}

/** A sample and its prediction, on the grid of the frame. */
export interface SampleFields {
  readonly input: ArrayLike<number>;
  readonly solution: ArrayLike<number>;
  readonly prediction: ArrayLike<number>;
}

/** The frame of an experiment's figures; null in 3D and for data of an unknown problem, which have no figures. */
export function figureFrame(
  recipe: Pick<Recipe, 'generator' | 'problem'>,
  { input, output }: Pick<Experiment, 'input' | 'output'>,
): FigureFrame | null {
  const problem = problemOf(recipe);
  if (!problem || problem.grid.dimension === 3) return null;
  const { letters } = GENERATORS[problem.equation];
  const quantity = (name: string) => ({ name, symbol: name === 'potential' ? 'V' : letters.solution });
  return { grid: periodicGrid(problem.grid), quantities: { input: quantity(input), output: quantity(output) } };
}

/** Draws a sample with its prediction: lines as in Figures 8 and 10 of the paper, maps as in Figures 9 and 11. */
export function sampleFigure({ grid, quantities }: FigureFrame, fields: SampleFields): Promise<string> {
  return grid.dimension === 1
    ? fieldFigure({ ...fields, quantities, x: grid.axis })
    : mapFigure({ ...fields, quantities, axes: [grid.axis, grid.axis] });
}
