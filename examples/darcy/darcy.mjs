/**
 * Darcy flow in a rough medium, a problem of somebody else's: this module, `dataset.json` and `experiment.json`.
 *
 *   −∇·(a ∇u) = f on (0, 1)²,  u = 0 on the boundary
 *
 * with f = 1, or with a random f of mean 1 (`"source": "random"`, a column of its own: `../darcy-source`).
 *
 * Units: lengths of the square's side, permeabilities a of 3 or 12 in any unit. Finite volumes on n × n cells: fluxes
 * through faces with the harmonic mean of the permeabilities, which keeps them continuous where a jumps; second order
 * where a is smooth. The symmetric system is solved by conjugate gradients, preconditioned by an incomplete Cholesky
 * factorization; about 40 iterations for 64 × 64 cells. It fails only where `maxIterations` is too low.
 */
import { defineProblem, z } from '@dyadic/pipeline';
import { randomStream } from '@dyadic/random';

/** Modes per axis of the Gaussian random field that decides where the medium is permeable. */
const MODES = 16;

/**
 * ψ = Σ ξ_jk √λ_jk cos(πjx) cos(πky), λ = (π²(j² + k²) + 9)⁻², ξ normal, j + k > 0: a field of covariance (−Δ + 9)⁻² with Neumann
 * conditions, at the centers of the cells.
 */
function gaussianField(points, stream) {
  const cosines = Array.from({ length: MODES }, (_, j) =>
    Float64Array.from({ length: points }, (_, i) => Math.cos((Math.PI * j * (i + 0.5)) / points)),
  );
  const field = new Float64Array(points * points);
  for (let j = 0; j < MODES; j++) {
    const along = new Float64Array(points);
    for (let k = 0; k < MODES; k++) {
      const amplitude = j + k > 0 ? stream.normal() / (Math.PI ** 2 * (j * j + k * k) + 9) : 0;
      for (let i = 0; i < points; i++) along[i] += amplitude * cosines[k][i];
    }
    for (let i = 0; i < field.length; i++) field[i] += cosines[j][Math.floor(i / points)] * along[i % points];
  }
  return field;
}

/** a is 12 where ψ ≥ 0 and 3 elsewhere. */
function permeability(points, stream) {
  return gaussianField(points, stream).map((psi) => (psi >= 0 ? 12 : 3));
}

/** f = 1 + 10 ψ with another ψ, which differs from 1 by about a half. */
function source(points, stream) {
  return gaussianField(points, stream).map((psi) => 1 + 10 * psi);
}

/** Solves for one medium. `right` is f at the centers of the cells, row-major; default 1. */
export function solveDarcy(a, points, { tolerance, maxIterations, right = new Float64Array(a.length).fill(1) }) {
  const { diagonal, east, north } = matrix(a, points);
  const apply = (x) => product(diagonal, east, north, points, x);
  const precondition = incompleteCholesky(diagonal, east, north, points);
  const u = new Float64Array(a.length);
  const r = right.slice();
  const scale = Math.sqrt(dot(r, r));
  let z = precondition(r);
  const p = z.slice();
  let rz = dot(r, z);
  let iterations = 0;
  let residual = 1;
  for (; iterations < maxIterations && residual > tolerance; iterations++) {
    const q = apply(p);
    const step = rz / dot(p, q);
    for (let i = 0; i < u.length; i++) {
      u[i] += step * p[i];
      r[i] -= step * q[i];
    }
    residual = Math.sqrt(dot(r, r)) / scale;
    z = precondition(r);
    const next = dot(r, z);
    for (let i = 0; i < p.length; i++) p[i] = z[i] + (next / rz) * p[i];
    rz = next;
  }
  return { u, residual, iterations, status: residual <= tolerance ? 'converged' : 'max-iterations' };
}

/** The five-point matrix times h⁻²: its diagonal, and its entries towards the next cell along each axis. */
function matrix(a, points) {
  const h2 = points ** 2; // 1/h²
  const [diagonal, east, north] = [0, 1, 2].map(() => new Float64Array(a.length));
  const face = (i, j) => (2 * a[i] * a[j]) / (a[i] + a[j]);
  for (let i = 0; i < a.length; i++) {
    const [row, column] = [Math.floor(i / points), i % points];
    if (column + 1 < points) east[i] = -h2 * face(i, i + 1);
    if (row + 1 < points) north[i] = -h2 * face(i, i + points);
    const boundary =
      Number(column === 0) + Number(column === points - 1) + Number(row === 0) + Number(row === points - 1);
    const west = column > 0 ? east[i - 1] : 0;
    const south = row > 0 ? north[i - points] : 0;
    // The boundary is half a cell away, where u = 0.
    diagonal[i] = 2 * boundary * h2 * a[i] - east[i] - north[i] - west - south;
  }
  return { diagonal, east, north };
}

function product(diagonal, east, north, points, x) {
  const y = diagonal.map((d, i) => d * x[i]);
  for (let i = 0; i < x.length; i++) {
    if (east[i] !== 0) {
      y[i] += east[i] * x[i + 1];
      y[i + 1] += east[i] * x[i];
    }
    if (north[i] !== 0) {
      y[i] += north[i] * x[i + points];
      y[i + points] += north[i] * x[i];
    }
  }
  return y;
}

/** LDLᵀ with the pattern of the matrix, D⁻¹ the pivots; solves for a right-hand side. */
function incompleteCholesky(diagonal, east, north, points) {
  const pivots = new Float64Array(diagonal.length);
  for (let i = 0; i < pivots.length; i++) {
    let d = diagonal[i];
    if (i >= 1) d -= east[i - 1] ** 2 * pivots[i - 1];
    if (i >= points) d -= north[i - points] ** 2 * pivots[i - points];
    pivots[i] = 1 / d;
  }
  return (r) => {
    const z = r.slice();
    for (let i = 0; i < z.length; i++) {
      if (i >= 1) z[i] -= east[i - 1] * pivots[i - 1] * z[i - 1];
      if (i >= points) z[i] -= north[i - points] * pivots[i - points] * z[i - points];
    }
    for (let i = z.length - 1; i >= 0; i--) {
      let rest = 0;
      if (i + 1 < z.length) rest += east[i] * z[i + 1];
      if (i + points < z.length) rest += north[i] * z[i + points];
      z[i] = pivots[i] * (z[i] - rest);
    }
    return z;
  };
}

function dot(x, y) {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
  return sum;
}

export default defineProblem({
  name: 'darcy',
  revision: 1,
  entries: z.strictObject({
    grid: z.strictObject({ points: z.int().min(4).describe('cells per axis') }),
    source: z.literal('random').optional().describe('a random f; default f = 1'),
    solver: z.strictObject({
      tolerance: z.number().positive().default(1e-10).describe('of the residual, relative to f'),
      maxIterations: z.int().min(1).default(1000),
    }),
  }),
  inputs: {
    draw:
      ({ grid: { points }, source: kind }) =>
      (seed, index) => ({
        a: permeability(points, randomStream(seed, 'darcy', index)),
        ...(kind && { right: source(points, randomStream(seed, 'darcy/source', index)) }),
      }),
    columns: ({ source: kind }, onGrid) => {
      const field = (name, description) => ({ name, ...onGrid, description });
      return [
        { field: field('permeability', 'a at the centers of the cells'), value: ({ a }) => a },
        ...(kind ? [{ field: field('source', 'f at the centers of the cells'), value: ({ right }) => right }] : []),
      ];
    },
  },
  solve:
    ({ grid: { points }, solver }) =>
    ({ a, ...right }) =>
      solveDarcy(a, points, { ...solver, ...right }),
  columns: (_, onGrid) => [
    { field: { name: 'pressure', ...onGrid, description: 'u at the centers of the cells' }, value: ({ u }) => u },
    {
      field: { name: 'residual', type: 'float64', shape: [], description: '‖f + ∇·(a∇u)‖ / ‖f‖' },
      value: ({ residual }) => residual,
    },
  ],
  domain: ({ grid: { points } }) => {
    const axis = { points, first: 0.5 / points, spacing: 1 / points };
    return { periodic: false, axes: [axis, axis] };
  },
  symbols: { permeability: 'a', source: 'f', pressure: 'u' },
  card: 'Darcy flow through a rough medium, −∇·(a∇u) = f on the unit square, u = 0 on its boundary; a is 3 or 12, f is 1 unless it is a column.',
});
