/**
 * Growth of the Kohn-Sham map's cost with the number of electrons at a fixed density, beside SciPy's: what
 * `bench/solvers.mjs` prints last, or alone with `--many`.
 */
import { kohnShamSolver } from '@dyadic/kohn-sham';
import { randomStream } from '@dyadic/random';
import { table, tableText } from '@dyadic/report';
import { periodicGrid, sampleOnGrid } from '@dyadic/spectral';

/** A well of depth about 100 an electron: σ = 0.05 and four a unit of length in 1D, σ = 0.2 and one a unit in 2D. */
const CASES = [
  ...[8, 16, 32, 64, 128].map((electrons) => ({ dimension: 1, side: electrons, points: 40 * electrons, cell: 0.25 })),
  ...[3, 4, 6].map((side) => ({ dimension: 2, side, points: 32 * side, cell: 1 })),
];
/** SciPy's dense solver is asked for up to so many points. */
const MOST_DENSE = 2560;
const TOLERANCE = 1e-10;

function problemOf({ dimension, side, points, cell }) {
  const grid = periodicGrid({ dimension, points, length: side * cell });
  const random = randomStream(1, 'bench/many-electrons', side);
  const sites = Array.from({ length: side ** dimension }, (_, i) => ({
    depth: 100 * random.uniform(0.8, 1.2),
    center: Array.from(
      { length: dimension },
      (_, axis) => cell * ((Math.floor(i / side ** axis) % side) + random.uniform(0.4, 0.6)),
    ),
  }));
  const width = 0.2 * (dimension === 1 ? 0.25 : 1);
  const distance = (x, y) => x - y - grid.length * Math.round((x - y) / grid.length);
  const potential = sampleOnGrid(grid, (...x) => {
    const well = ({ depth, center }) => {
      const square = x.reduce((sum, y, axis) => sum + distance(y, center[axis]) ** 2, 0);
      return square < 64 * width ** 2 ? depth * Math.exp(-square / (2 * width ** 2)) : 0;
    };
    return -sites.reduce((sum, site) => sum + well(site), 0);
  });
  return { grid, potential, electrons: sites.length };
}

/** Prints the table, and gives back its rows and notes. @param peer - `(grid, electrons, potentials, methods) => { version, methods } | { skipped }` */
export function printManyElectrons(seconds, peer) {
  const rows = [];
  const skipped = new Set();
  const before = { 1: null, 2: null };
  for (const one of CASES) {
    const { grid, potential, electrons } = problemOf(one);
    const solve = kohnShamSolver(grid, { electrons, tolerance: TOLERANCE });
    const state = solve(potential);
    let own = Number.POSITIVE_INFINITY;
    const begin = performance.now();
    do {
      const start = performance.now();
      solve(potential);
      own = Math.min(own, (performance.now() - start) / 1000);
    } while (performance.now() - begin < 1000 * seconds);
    const last = before[one.dimension];
    const growth = last ? Math.log(own / last.own) / Math.log(electrons / last.electrons) : null;
    before[one.dimension] = { own, electrons };
    const label = `${one.dimension}D, n_e = ${electrons}, ${grid.size} points`;
    rows.push([label, 'dyadic', own, null, growth?.toFixed(2) ?? '', state.residual, null]);
    const methods = grid.size <= MOST_DENSE ? ['lobpcg', 'eigh'] : ['lobpcg'];
    const answer = peer(grid, electrons, [potential], methods);
    if (answer.skipped) skipped.add(answer.skipped);
    for (const { name, seconds: theirs, residual, values } of answer.methods ?? []) {
      const difference = Math.max(
        ...values[0].map((value, i) => Math.abs(value - state.eigenvalues[i]) / Math.max(1, Math.abs(value))),
      );
      rows.push([label, `SciPy ${answer.version}, ${name}`, theirs, theirs / own, '', residual, difference]);
    }
  }
  const notes = [
    `Residual: root mean square relative to max(1, |ε|), of the occupied orbitals; dyadic is asked for ${TOLERANCE}, LOBPCG for what comes near.`,
    'Growth: from the row above of the same solver and dimension. Shortest times.',
    ...[...skipped].map((reason) => `SciPy skipped: ${reason}`),
  ];
  console.log(
    tableText(
      table({
        caption: 'The Kohn-Sham map at a fixed density, one thread',
        columns: [
          { title: 'problem' },
          { title: 'solver' },
          { title: 'a solve', format: 'seconds' },
          { title: 'dyadic is', format: 'ratio' },
          { title: 'grows like n_e^', align: 'right' },
          { title: 'residual', format: 'error', digits: 1 },
          { title: 'differs by', format: 'error', digits: 1 },
        ],
        rows,
        notes,
      }),
    ),
  );
  return { rows, notes };
}
