/**
 * A network in place of F_KS inside the iteration of the field, eq (4.7): whether it converges, how far from the true field
 * and in what time; and how many iterations of the true field its density saves as a start.
 */
import { readFileSync } from 'node:fs';
import { selfConsistentField, selfConsistentFieldSolver } from '@dyadic/kohn-sham';
import { CHECKPOINT_FILE } from '@dyadic/pipeline';
import { periodicGrid } from '@dyadic/spectral';
import { loadModelSync } from '@dyadic/training';
import { timed } from '../timing.mjs';
import { cellOf, recipeOf } from './cells.mjs';
import { relativeError } from './measure.mjs';

/** External potentials that fields are solved for, and on so many points half as many. */
const FIELDS = 20;
const LARGE = 1000;
/** Repetitions of each, of which the shortest time counts: at least so many, and for so many seconds. */
const REPETITIONS = 2;
const SECONDS = 0.2;
/** Residual that a field with a network is asked for: float32 gives no less. */
const TOLERANCE = 1e-6;
const MOST_ITERATIONS = 60;

/**
 * @param cell - Of the map, trained; its experiment
 * @param error - Test error of the network
 * @returns means over the fields, as plain data
 */
export async function measureInside(cell, experiment, error) {
  const { recipe, problem } = await recipeOf(
    cellOf('field', cell.dimension, cell.electrons, { structure: cell.structure }),
  );
  const settings = recipe.problem;
  const { interaction, exchangeCorrelation, solver } = settings;
  const grid = periodicGrid(settings.grid);
  const { electrons } = solver;
  const shared = { grid, electrons, interaction, exchangeCorrelation };
  const solve = selfConsistentFieldSolver(grid, { electrons, interaction, exchangeCorrelation });
  const model = loadModelSync(readFileSync(`${experiment.runFolder}/${CHECKPOINT_FILE}`));
  const densityOf = (potential) => ({ density: Float64Array.from(model.predict(potential)) });
  // A network that has seen external potentials alone is given the benefit of their mean: a constant changes no density.
  const mapFor = (external) =>
    cell.bare ? (potential) => densityOf(shifted(potential, meanOf(external) - meanOf(potential))) : densityOf;
  const draw = problem.inputs.draw(settings);
  // The family of the field has random streams of its own: none of these potentials was trained on.
  const fields = grid.size < LARGE ? FIELDS : FIELDS / 2;
  const rows = Array.from({ length: fields }, (_, s) => {
    const { potential: external } = draw(recipe.seed, recipe.samples - 1 - s);
    const truth = shortest(() => solve(external));
    const options = {
      ...shared,
      external,
      map: mapFor(external),
      tolerance: TOLERANCE,
      maxIterations: MOST_ITERATIONS,
    };
    const inside = shortest(() => selfConsistentField(options));
    const { density } = inside.result;
    const started = shortest(() => solve(external, { initial: density }));
    return {
      converged: inside.result.status === 'converged' ? 1 : 0,
      iterations: inside.result.iterations,
      residual: Math.min(...inside.result.residuals),
      distance: relativeError(density, truth.result.density),
      seconds: inside.seconds,
      trueIterations: truth.result.iterations,
      trueSeconds: truth.seconds,
      startedIterations: started.result.iterations,
      startedSeconds: started.seconds,
    };
  });
  model.close();
  const mean = (key) => rows.reduce((sum, row) => sum + row[key], 0) / rows.length;
  const means = Object.fromEntries(Object.keys(rows[0]).map((key) => [key, mean(key)]));
  const worst = Math.max(...rows.map(({ distance }) => distance));
  return {
    name: cell.name,
    dimension: cell.dimension,
    electrons,
    structure: cell.structure,
    epochs: cell.plan.epochs,
    inputs: cell.bare ? 'V_ext' : 'iterates',
    fields,
    error,
    ...means,
    worst,
  };
}

const shifted = (values, by) => values.map((value) => value + by);
const meanOf = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The shortest time of a call, and its result. */
function shortest(call) {
  let best = timed(call);
  const begin = performance.now();
  for (let repetition = 1; repetition < REPETITIONS || performance.now() - begin < 1000 * SECONDS; repetition++) {
    const next = timed(call);
    if (next.seconds < best.seconds) best = next;
  }
  return best;
}
