/** What is known of the Helmholtz equation's map without training a network: ranks, and the errors of simpler maps. */
import { convolutionMatrix, h2Matrix, hierarchicalMatrix, multiply, relativeError } from '@dyadic/hmatrix';
import problem, { helmholtzSolver } from '../../examples/helmholtz/helmholtz.mjs';
import { ABSORPTION, MAPS } from './helmholtz-maps.mjs';

export const TOLERANCE = 1e-3;
/** Samples that an error is a mean of. */
const SAMPLES = 40;
const SEED = 1;

/** The field of a point source, interleaved, by a solve on a grid `finer` times as fine, read at every `finer`-th point. */
function pointResponse({ dimension, points, finer }, wavelengths) {
  const n = finer * points;
  const { green } = helmholtzSolver({ dimension, points: n, wavelengths, absorption: ABSORPTION });
  const source = new Float64Array(2 * n ** dimension);
  source[0] = finer ** dimension;
  const u = green(source);
  return Float64Array.from({ length: 2 * points ** dimension }, (_, entry) => {
    const i = entry >> 1;
    const at = dimension === 1 ? finer * i : finer * (Math.floor(i / points) * n + (i % points));
    return u[2 * at + (entry & 1)];
  });
}

/** Re G (part 0) or Im G (part 1) as a matrix. */
function greenMatrix(grid, wavelengths, part) {
  const { dimension, points } = grid;
  const field = pointResponse(grid, wavelengths);
  const size = points ** dimension;
  const response = Float64Array.from({ length: size }, (_, i) => field[2 * i + part]);
  return convolutionMatrix({ dimension, points, size }, response);
}

/** Ranks of the levels of an H²-matrix of Re G, on a grid so fine that the solve's own cut-off does not show. */
export function ranks(grid, wavelengths) {
  const matrix = greenMatrix(grid, wavelengths, 0);
  // Each pair of boxes on the coarsest level where it is admissible: blocks lack no piece, and their ranks are the kernel's own.
  const h2 = h2Matrix(matrix, { levels: grid.levels, tolerance: TOLERANCE, assignment: 'coarsest' });
  return { ranks: [...h2.rows.ranks], error: relativeError(h2, matrix) };
}

/** Mean of ‖u − v‖ / ‖u‖ over samples of a map; `pair` gives u and v of a sample. */
function meanError(settings, pair) {
  const draw = problem.inputs.draw(settings);
  let sum = 0;
  for (let i = 0; i < SAMPLES; i++) {
    const [u, v] = pair(draw(SEED, i));
    sum += Math.sqrt(u.reduce((all, w, j) => all + (w - v[j]) ** 2, 0) / u.reduce((all, w) => all + w * w, 0));
  }
  return sum / SAMPLES;
}

/** The mean error of u = G f by hierarchical matrices of Re G and Im G of one rank on all levels, alike for all boxes of a level. */
export function fixedRankError({ dimension, points, levels, rank }, wavelengths) {
  const grid = { dimension, points, finer: 1 };
  const structured = [0, 1].map((part) => hierarchicalMatrix(greenMatrix(grid, wavelengths, part), { levels, rank }));
  const { solve } = helmholtzSolver({ ...grid, wavelengths, absorption: ABSORPTION });
  return meanError({ grid, wavelengths, contrast: 0 }, (sample) => {
    const [real, imaginary] = structured.map((matrix) => multiply(matrix, sample.source));
    const { u } = solve(sample);
    return [u, u.map((_, entry) => (entry & 1 ? imaginary : real)[entry >> 1])];
  });
}

/** ‖u_c − u_0‖ / ‖u_c‖: what is left if the contrast is not looked at. */
export function ignoredMedium({ dimension, points }, wavelengths) {
  const settings = {
    ...{ grid: { dimension, points }, wavelengths, absorption: ABSORPTION, contrast: MAPS.contrast.contrast },
    solver: { tolerance: 1e-8, maxIterations: 300 },
  };
  const solve = problem.solve(settings);
  const empty = new Float64Array(points ** dimension);
  return meanError(settings, (sample) => [solve(sample).u, solve({ ...sample, contrast: empty }).u]);
}
