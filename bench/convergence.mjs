/**
 * Spectral convergence of the solvers: `npm run bench:convergence`.
 *
 *   node bench/convergence.mjs [--out bench/convergence.html]
 *
 * Solves the first sample of each recipe on finer and finer grids and compares the solution with that on the finest,
 * at the points that both have. Prints the errors and writes a page with them drawn against N: straight lines on a
 * logarithmic axis, down to rounding.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { resolveRecipe } from '@dyadic/pipeline';
import { lineFigure, page, table, tableText } from '@dyadic/report';
import { periodicGrid } from '@dyadic/spectral';

const { values: options } = parseArgs({
  options: { out: { type: 'string', default: fileURLToPath(new URL('./convergence.html', import.meta.url)) } },
});

/** Far below what the recipes ask for, so that the grid alone decides the error. */
const TOLERANCE = 1e-12;

/** Every number of points divides the finest. */
const CASES = [
  {
    name: 'nlse-1d',
    title: 'NLSE 1D',
    symbol: 'u',
    finest: 960,
    points: [16, 24, 32, 40, 48, 60, 80, 96, 120, 160, 240, 320, 480],
  },
  { name: 'nlse-2d', title: 'NLSE 2D', symbol: 'u', finest: 240, points: [12, 16, 20, 24, 30, 40, 48, 60, 80, 120] },
  {
    name: 'kohn-sham-1d',
    title: 'Kohn-Sham 1D',
    symbol: 'ρ',
    finest: 960,
    points: [16, 24, 32, 40, 48, 60, 80, 96, 120, 160, 240, 320, 480],
  },
  { name: 'kohn-sham-2d', title: 'Kohn-Sham 2D', symbol: 'ρ', finest: 192, points: [8, 12, 16, 24, 32, 48, 64, 96] },
];

/** The first sample of a recipe on a grid of so many points per axis. */
async function solve(name, points) {
  const folder = fileURLToPath(new URL(`../datasets/${name}`, import.meta.url));
  const overrides = { 'grid.points': points, 'solver.tolerance': TOLERANCE };
  const { recipe, problem } = await resolveRecipe(folder, 'quick', overrides);
  const settings = recipe.problem;
  const grid = periodicGrid(settings.grid);
  const state = problem.solve(settings)(problem.inputs.draw(settings)(recipe.seed, 0));
  const { u, density, chemicalPotential, eigenvalues, residual } = state;
  return { grid, solution: u ?? density, values: eigenvalues ?? [chemicalPotential], residual };
}

/** ‖coarse − fine‖₂/‖fine‖₂ over the points of the coarse grid. */
function relativeDistance(coarse, fine) {
  const stride = fine.grid.points / coarse.grid.points;
  const { dimension, points, size } = coarse.grid;
  let [error, norm] = [0, 0];
  for (let index = 0; index < size; index++) {
    let [at, rest, place] = [0, index, 1];
    for (let axis = 0; axis < dimension; axis++) {
      at += stride * (rest % points) * place;
      rest = Math.floor(rest / points);
      place *= fine.grid.points;
    }
    error += (coarse.solution[index] - fine.solution[at]) ** 2;
    norm += fine.solution[at] ** 2;
  }
  return Math.sqrt(error / norm);
}

const sections = [];
for (const { name, title, symbol, finest, points } of CASES) {
  const reference = await solve(name, finest);
  const rows = [];
  for (const count of points) {
    const state = await solve(name, count);
    const valueError = Math.max(...state.values.map((value, i) => Math.abs(value - reference.values[i])));
    rows.push([count, relativeDistance(state, reference), valueError, state.residual]);
  }
  const valueName = symbol === 'u' ? 'E' : 'ε';
  const errors = table({
    caption: `${title}: error against N = ${finest}, which has a residual of ${reference.residual.toExponential(1)}`,
    columns: [
      { title: 'N', format: 'integer' },
      { title: `${symbol}, relative`, format: 'error', digits: 2 },
      { title: valueName, format: 'error', digits: 2 },
      { title: 'residual on the grid', format: 'error', digits: 2 },
    ],
    rows,
  });
  console.log(`${tableText(errors)}\n`);
  // an error of exactly zero has no place on a logarithmic axis
  const column = (index) => rows.map((row) => (row[index] > 0 ? row[index] : null));
  const svg = await lineFigure({
    series: [
      { name: `${symbol}, ‖${symbol} − ${symbol}_ref‖₂/‖${symbol}_ref‖₂`, x: points, y: column(1) },
      { name: `${valueName}, largest difference`, x: points, y: column(2), stroke: 'dashed' },
    ],
    x: { title: 'N, points per axis' },
    y: { title: 'error', scale: 'log' },
  });
  sections.push({ heading: title, figures: [{ svg, caption: `The first sample of ${name}, against N = ${finest}.` }] });
}
writeFileSync(options.out, page({ title: 'Spectral convergence of the solvers', sections }));
console.log(`page: ${resolve(options.out)}`);
