/** Errors and times of a cell: the network beside the solver that it stands in for, on one core. */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { wasmEngine } from '@dyadic/engine-wasm';
import { kohnShamSolver, revisionFor, selfConsistentField, selfConsistentFieldSolver } from '@dyadic/kohn-sham';
import { networkFromDocument } from '@dyadic/mnn';
import { CHECKPOINT_FILE, findCheckpoint, sampleSource } from '@dyadic/pipeline';
import { integrate, periodicGrid } from '@dyadic/spectral';
import { encodeCheckpoint, initialState, loadModelSync, relativeErrors, summarizeErrors } from '@dyadic/training';
import { timed } from '../timing.mjs';
import { recipeOf } from './cells.mjs';

/** Test samples that the solver is timed on. */
const TIMED = 4;
/** Repetitions of a measurement, of which the shortest counts: at least so many, and for so many seconds. */
const REPETITIONS = 2;
const SECONDS = 1;
/** Samples of a batch. */
const BATCH = 100;

/** Residuals that the solver is asked for until its ρ is as good as the network's. */
const TOLERANCES = [1, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 1e-6, 1e-8, 1e-10];

/** What is known of a trained cell, as plain data. */
export async function measureCell(cell, open) {
  const { experiment } = open;
  const checkpoint = await findCheckpoint(experiment.runFolder);
  const errors = { train: await errorsOf(open, checkpoint, 'train'), test: await errorsOf(open, checkpoint, 'test') };
  const { grid, settings, potentials } = await problemOf(cell);
  const model = loadModelSync(readFileSync(`${experiment.runFolder}/${CHECKPOINT_FILE}`));
  const predicted = potentials.map((potential) => Float64Array.from(model.predict(potential)));
  const exact = potentials.map(solverOf(cell, settings, grid));
  const { mean, median, worst } = errors.test;
  return {
    name: cell.name,
    kind: cell.kind,
    dimension: cell.dimension,
    electrons: cell.electrons,
    points: grid.size,
    samples: cell.samples,
    structure: cell.structure,
    parameters: experiment.network.parameterCount,
    epochs: checkpoint.state.epoch,
    dataRevision: revisionFor(cell.electrons),
    error: { mean, median, worst, train: errors.train.mean },
    seconds: {
      ...(await timesOf(cell, model, mean)),
      training: JSON.parse(readFileSync(`${experiment.runFolder}/timing.json`, 'utf8')).trainingSeconds,
    },
    revision: revisionFor(cell.electrons),
    cores: cpus().length,
    energy: energyErrors(cell, settings, grid, potentials, exact, predicted),
    iterations: exact.reduce((sum, { iterations }) => sum + iterations, 0) / exact.length,
  };
}

/** The result of a cell with its times measured again, by today's solver and a network whose weights do not matter. */
export async function measureTimes(cell, result) {
  const network = networkFromDocument(cell.network);
  const normalizer = { shift: 0, scale: 1 };
  const checkpoint = {
    network,
    plan: cell.plan,
    normalizers: { input: normalizer, output: normalizer },
    origin: null,
    engine: 'wasm',
    state: initialState(network, cell.plan),
  };
  const times = await timesOf(cell, loadModelSync(encodeCheckpoint(checkpoint)), result.error.mean);
  const seconds = { ...result.seconds, ...times };
  return { ...result, seconds, revision: revisionFor(cell.electrons), cores: cpus().length };
}

/** What the data of a cell would take, on one core: a few of its samples once. */
export async function costOf(cell) {
  const { recipe, problem, settings, first } = await problemOf(cell);
  const draw = problem.inputs.draw(settings);
  const solve = problem.solve(settings);
  let seconds = 0;
  for (let s = 0; s < TIMED; s++) seconds += timed(() => solve(draw(recipe.seed, first + s))).seconds;
  const { name, samples } = cell;
  return { name, samples, seconds: (samples * seconds) / TIMED };
}

/** The problem of a cell and inputs of its test split. */
async function problemOf(cell) {
  const { recipe, problem } = await recipeOf(cell);
  const settings = recipe.problem;
  const test = Math.round(cell.samples / 10);
  const first = cell.samples - test;
  const draw = problem.inputs.draw(settings);
  const inputs = Array.from({ length: Math.min(TIMED, test) }, (_, s) => draw(recipe.seed, first + s));
  const potentials = inputs.map(({ potential }) => potential);
  return { recipe, problem, settings, grid: periodicGrid(settings.grid), first, potentials };
}

/** Seconds of the solver, of the data and of the network. */
async function timesOf(cell, model, error) {
  const { recipe, problem, settings, grid, first, potentials } = await problemOf(cell);
  const exact = potentials.map(solverOf(cell, settings, grid));
  const batch = Array.from({ length: BATCH }, (_, s) => potentials[s % potentials.length]);
  const times = {
    solver: bestMean(potentials, solverOf(cell, settings, grid)).seconds,
    solverAsGood: solverAsGood(cell, settings, grid, potentials, exact, error),
    ...networkSeconds(model, batch),
    dataPerSample: dataSeconds(problem, settings, recipe.seed, first),
  };
  model.close();
  return times;
}

/** Errors of the samples of a split. */
export async function errorsOf({ experiment, splits }, { state, normalizers }, split) {
  const { network } = experiment;
  const session = await (await wasmEngine({ threads: 1 })).open(network);
  const errors = await relativeErrors(
    network,
    session,
    state.best,
    sampleSource(experiment, splits[split], normalizers),
  );
  session.close();
  return summarizeErrors(errors);
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

/** The mean over the inputs of the shortest time of a solve, and the results. */
function bestMean(inputs, solve) {
  const best = inputs.map(() => Number.POSITIVE_INFINITY);
  let results;
  const begin = performance.now();
  for (let repetition = 0; repetition < REPETITIONS || performance.now() - begin < 1000 * SECONDS; repetition++) {
    results = inputs.map((input, s) => {
      const { result, seconds } = timed(() => solve(input));
      best[s] = Math.min(best[s], seconds);
      return result;
    });
  }
  return { seconds: best.reduce((sum, time) => sum + time, 0) / best.length, results };
}

/** Seconds of the solver where it is asked for no more than the network gives: the loosest tolerance that does. */
function solverAsGood(cell, settings, grid, potentials, exact, error) {
  for (const tolerance of TOLERANCES) {
    const solve = solverOf(cell, settings, grid, tolerance);
    const errors = potentials.map((potential, s) => relativeError(solve(potential).density, exact[s].density));
    const mean = errors.reduce((sum, e) => sum + e, 0) / errors.length;
    if (mean <= error) return { seconds: bestMean(potentials, solve).seconds, tolerance };
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
function networkSeconds(model, potentials) {
  const seconds = (samples) => {
    const inputs = Float64Array.from(potentials.slice(0, samples).flatMap((potential) => [...potential]));
    return bestMean([inputs], model.predict).seconds / samples;
  };
  return { single: seconds(1), batch: seconds(potentials.length) };
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
