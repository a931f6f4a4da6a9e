/**
 * Growth of the Kohn-Sham map's cost with the number of electrons at a fixed density, beside SciPy's: what
 * `bench/solvers.mjs` prints last, or alone with `--many`.
 */
import { kohnShamSolver, revisionFor } from '@dyadic/kohn-sham';
import { randomStream } from '@dyadic/random';
import { table, tableText } from '@dyadic/report';
import { periodicGrid, sampleOnGrid } from '@dyadic/spectral';
import { timed } from './timing.mjs';

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

/** What a case takes: `{ name, case, electrons, revision, own, residual, methods }`. */
function measure(one, seconds, peer) {
  const { grid, potential, electrons } = problemOf(one);
  const solve = kohnShamSolver(grid, { electrons, tolerance: TOLERANCE });
  const { eigenvalues, residual } = solve(potential);
  let own = Number.POSITIVE_INFINITY;
  const begin = performance.now();
  do own = Math.min(own, timed(() => solve(potential)).seconds);
  while (performance.now() - begin < 1000 * seconds);
  const asked = grid.size <= MOST_DENSE ? ['lobpcg', 'eigh'] : ['lobpcg'];
  const { version, skipped, methods = [] } = peer(grid, electrons, [potential], asked);
  const peers = methods.map(({ name, values, ...rest }) => {
    const differences = values[0].map((value, i) => Math.abs(value - eigenvalues[i]) / Math.max(1, Math.abs(value)));
    return { name: `SciPy ${version}, ${name}`, ...rest, difference: Math.max(...differences) };
  });
  const label = `${one.dimension}D, n_e = ${electrons}, ${grid.size} points`;
  const revision = revisionFor(electrons);
  return { label, dimension: one.dimension, electrons, revision, seconds: own, residual, skipped, peers };
}

/**
 * Prints the table, and gives back its rows and notes.
 *
 * @param peer - `(grid, electrons, potentials, methods) => { version, methods } | { skipped }`
 * @param found - Cases measured before, which stand unless the solver is another
 * @param onCase - Sees all cases whenever there is another
 */
export function printManyElectrons(seconds, peer, found = [], onCase = () => {}) {
  const cases = [];
  for (const one of CASES) {
    const electrons = one.side ** one.dimension;
    const same = (other) =>
      other.dimension === one.dimension && other.electrons === electrons && other.revision === revisionFor(electrons);
    const kept = found.find((other) => same(other) && other.peers.length > 0);
    cases.push(kept ?? measure(one, seconds, peer));
    onCase([...cases, ...found.filter((other) => !cases.some(({ label }) => label === other.label))]);
  }
  const rows = cases.flatMap(({ label, dimension, electrons, seconds: own, residual, peers }, i) => {
    const last = cases[i - 1]?.dimension === dimension ? cases[i - 1] : null;
    const growth = last ? growthOf(last, { electrons, seconds: own }) : '';
    return [
      [label, 'dyadic', own, null, growth, residual, null],
      ...peers.map((row) => [label, row.name, row.seconds, row.seconds / own, '', row.residual, row.difference]),
    ];
  });
  const from = cases.find(({ dimension, electrons }) => dimension === 1 && electrons === 16);
  const to = cases.find(({ dimension, electrons }) => dimension === 1 && electrons === 128);
  const notes = [
    `Residual: root mean square relative to max(1, |ε|), of the occupied orbitals; dyadic is asked for ${TOLERANCE}, LOBPCG for what comes near.`,
    `Growth: from the row above of the same solver and dimension; from 16 to 128 electrons in 1D it is n_e^${growthOf(from, to)}.`,
    'Shortest times, of the clock or of the processor, whichever says less: other work shared the machine.',
    ...new Set(cases.flatMap(({ skipped }) => (skipped ? [`SciPy skipped: ${skipped}`] : []))),
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
  return { rows, notes, cases };
}

/** The power of n_e that the cost grows with. */
function growthOf(from, to) {
  return (Math.log(to.seconds / from.seconds) / Math.log(to.electrons / from.electrons)).toFixed(2);
}
