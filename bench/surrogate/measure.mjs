/** Errors and times of a cell: the network beside the solver that it stands in for, on one core. */
import { readFileSync } from 'node:fs';
import { wasmEngine } from '@dyadic/engine-wasm';
import { kohnShamSolver, selfConsistentField, selfConsistentFieldSolver } from '@dyadic/kohn-sham';
import { CHECKPOINT_FILE, findCheckpoint, measure } from '@dyadic/pipeline';
import { integrate, periodicGrid } from '@dyadic/spectral';
import { loadModelSync } from '@dyadic/training';
import { bestTime } from '../timing.mjs';
import { recipeOf } from './cells.mjs';

/** Test samples that the solver is timed on. */
const TIMED = 8;
/** Repetitions of a measurement, of which the shortest counts: at least so many, and for so many seconds. */
const REPETITIONS = 3;
const SECONDS = 1;
/** Samples of a batch. */
const BATCH = 100;

/** Residuals that the solver is asked for until its ρ is as good as the network's. */
const TOLERANCES = [1, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 1e-6, 1e-8, 1e-10];

/** What is known of a trained cell, as plain data. */
export async function measureCell(cell, open) {
  const { experiment, dataset, splits } = open;
  const { recipe, problem } = await recipeOf(cell);
  const settings = recipe.problem;
  const grid = periodicGrid(settings.grid);
  const checkpoint = await findCheckpoint(experiment.runFolder);
  const engine = await wasmEngine({ threads: 1 });
  const session = await engine.open(experiment.network);
  const { summaries, times } = await measure(open, session, checkpoint);
  session.close();

  const first = dataset.samples - splits.test.count;
  const draw = problem.inputs.draw(settings);
  const inputs = Array.from({ length: Math.min(TIMED, splits.test.count) }, (_, s) => draw(recipe.seed, first + s));
  const potentials = inputs.map(({ potential }) => potential);
  const exact = potentials.map(solverOf(cell, settings, grid));
  const solver = bestMean(potentials, solverOf(cell, settings, grid));
  const model = loadModelSync(readFileSync(`${experiment.runFolder}/${CHECKPOINT_FILE}`));
  const predicted = potentials.map((potential) => Float64Array.from(model.predict(potential)));
  const network = await networkSeconds(model, await splits.test.read(0, Math.min(splits.test.count, BATCH)));
  model.close();

  const { mean, median, worst } = summaries.test;
  return {
    name: cell.name,
    kind: cell.kind,
    dimension: cell.dimension,
    electrons: cell.electrons,
    points: grid.size,
    samples: cell.samples,
    parameters: experiment.network.parameterCount,
    epochs: checkpoint.state.epoch,
    error: { mean, median, worst, train: summaries.train.mean },
    seconds: {
      solver: solver.seconds,
      solverAsGood: solverAsGood(cell, settings, grid, potentials, exact, mean),
      ...network,
      training: times.training,
      dataPerSample: dataSeconds(problem, settings, recipe.seed, first),
    },
    energy: energyErrors(cell, settings, grid, potentials, exact, predicted),
    iterations: exact.reduce((sum, { iterations }) => sum + iterations, 0) / exact.length,
  };
}

/** V ↦ state by the solver of a cell's problem, to a tolerance or to its own. */
function solverOf({ kind }, { solver, interaction, exchangeCorrelation }, grid, tolerance = solver.tolerance) {
  const { electrons, maxIterations } = solver;
  const options = { electrons, tolerance, maxIterations };
  const solve =
    kind === 'field'
      ? selfConsistentFieldSolver(grid, { ...options, interaction, exchangeCorrelation })
      : kohnShamSolver(grid, options);
  return (potential) => solve(potential);
}

/** The mean over the potentials of the shortest time of a solve, and the results. */
function bestMean(potentials, solve) {
  const best = potentials.map(() => Number.POSITIVE_INFINITY);
  let results;
  const begin = performance.now();
  for (let repetition = 0; repetition < REPETITIONS || performance.now() - begin < 1000 * SECONDS; repetition++) {
    results = potentials.map((potential, s) => {
      const start = performance.now();
      const result = solve(potential);
      best[s] = Math.min(best[s], (performance.now() - start) / 1000);
      return result;
    });
  }
  return { seconds: best.reduce((sum, time) => sum + time, 0) / best.length, results };
}

/** Seconds of the solver where it is asked for no more than the network gives: the loosest tolerance that does. */
function solverAsGood(cell, settings, grid, potentials, exact, error) {
  for (const tolerance of TOLERANCES) {
    const { seconds, results } = bestMean(potentials, solverOf(cell, settings, grid, tolerance));
    const errors = results.map(({ density }, s) => relativeError(density, exact[s].density));
    if (errors.reduce((sum, e) => sum + e, 0) / errors.length <= error) return { seconds, tolerance };
  }
  return null;
}

/** Seconds to draw and solve a sample of the data. */
function dataSeconds(problem, settings, seed, first) {
  const draw = problem.inputs.draw(settings);
  const solve = problem.solve(settings);
  const indices = Array.from({ length: TIMED }, (_, s) => first + s);
  return bestMean(indices, (index) => solve(draw(seed, index))).seconds;
}

/** Seconds of the network for a sample alone, and for one of a batch, from potential to density in their own units. */
async function networkSeconds(model, { count, inputs }) {
  const size = inputs.length / count;
  const seconds = async (samples) => {
    const batch = inputs.subarray(0, samples * size);
    return (await bestTime(() => model.predict(batch), SECONDS)) / samples;
  };
  return { single: await seconds(1), batch: await seconds(count) };
}

/** ‖a − b‖ / ‖b‖ */
export function relativeError(a, b) {
  let [difference, norm] = [0, 0];
  for (let x = 0; x < b.length; x++) {
    difference += (a[x] - b[x]) ** 2;
    norm += b[x] ** 2;
  }
  return Math.sqrt(difference / norm);
}

/**
 * Mean relative errors of energies that follow from the network's ρ: ∫ρV at once, and of a field the total energy of the
 * orbitals in the potential of ρ, by one solve; the error of this one is of second order in that of ρ.
 */
function energyErrors({ kind }, { solver, interaction, exchangeCorrelation }, grid, potentials, exact, predicted) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const inside = (density, potential) =>
    integrate(
      grid,
      density.map((n, x) => n * potential[x]),
    );
  const potential = mean(
    predicted.map((density, s) =>
      Math.abs(inside(density, potentials[s]) / inside(exact[s].density, potentials[s]) - 1),
    ),
  );
  if (kind !== 'field') return { potential, total: null };
  const { electrons } = solver;
  const total = mean(
    predicted.map((initial, s) => {
      const options = { grid, electrons, interaction, exchangeCorrelation, initial, maxIterations: 1 };
      const { energy } = selfConsistentField({ ...options, external: potentials[s] });
      return Math.abs(energy.total / exact[s].energy.total - 1);
    }),
  );
  return { potential, total };
}
