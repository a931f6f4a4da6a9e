/**
 * `npm run bench:hmatrix`, second part: how accurate products with H²-matrices and nonstandard forms are, against dense ones, as
 * networks too, and what a product costs from a thousand to a million points. What is done is kept, and the same command goes on.
 *
 *   node bench/matvec.mjs [--seconds 200] [--work <folder of what is done>] [--page docs/results/structures/matvec.md]
 *
 * Times are CPU seconds of one thread. Stops after --seconds, between two rows.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { wasmEngine } from '@dyadic/engine-wasm';
import {
  convolutionMatrix,
  embed,
  h2KernelMatrix,
  h2Matrix,
  hierarchicalMatrix,
  kernelMatrix,
  multiply,
  nonstandardForm,
  operations,
} from '@dyadic/hmatrix';
import { randomStream } from '@dyadic/random';
import { table, tableMarkdown, tableText } from '@dyadic/report';
import { periodicGrid, sampleOnGrid } from '@dyadic/spectral';
import { constantGreen, variableGreen } from './green.mjs';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '200' },
    work: { type: 'string', default: join(tmpdir(), 'dyadic-matvec') },
    page: { type: 'string', default: 'docs/results/structures/matvec.md' },
  },
});
const deadline = performance.now() + 1000 * Number(options.seconds);
const engine = await wasmEngine({ threads: 1 });

const RADIAL = { log: Math.log, '1/|x|': (r) => 1 / r, Yukawa: (r) => Math.exp(-5 * r) / r };

/** f(|x − y|) in an open domain, f at one spacing where x = y. */
function radial(f, spacing) {
  return (x, y) => {
    let sum = 0;
    for (let axis = 0; axis < x.length; axis++) sum += (x[axis] - y[axis]) ** 2;
    return f(sum === 0 ? spacing : Math.sqrt(sum));
  };
}

/** The same on the torus, of the chord. */
function periodic(f, spacing) {
  return (x, y) => {
    let sum = 0;
    for (let axis = 0; axis < x.length; axis++) sum += (Math.sin(Math.PI * (x[axis] - y[axis])) / Math.PI) ** 2;
    return f(sum === 0 ? spacing : Math.sqrt(sum));
  };
}

function periodicConvolution(f, grid) {
  const kernel = periodic(f, grid.spacing);
  const origin = new Array(grid.dimension).fill(0);
  return convolutionMatrix(
    grid,
    sampleOnGrid(grid, (...x) => kernel(x, origin)),
  );
}

/** A matrix, what it is approximated by, and with what accuracy asked for. */
const ACCURACY = [];
for (const [kernel, f] of Object.entries(RADIAL)) {
  for (const [dimension, points, levels, tolerance] of [
    [1, 1024, 6, 1e-6],
    [2, 32, 3, 1e-4],
    [3, 16, 2, 1e-2],
  ]) {
    const grid = periodicGrid({ dimension, points });
    const open = { levels, tolerance, padding: 'zero', translationInvariant: true };
    ACCURACY.push({
      matrix: kernel,
      dimension,
      points,
      structure: 'H²',
      tolerance,
      make: () => {
        const k = radial(f, grid.spacing);
        return [kernelMatrix(grid, k), h2KernelMatrix(grid, k, open)];
      },
    });
    ACCURACY.push({
      matrix: `${kernel}, periodic`,
      dimension,
      points,
      structure: 'wavelets',
      tolerance,
      make: () => {
        const matrix = periodicConvolution(f, grid);
        return [matrix, nonstandardForm(matrix, { levels, tolerance, vanishingMoments: 5 - dimension })];
      },
    });
  }
}
for (const [matrix, green, sizes] of [
  ['(−Δ + 1)⁻¹', constantGreen, [512, 32, 8]],
  ['(−∇·(a∇) + 1)⁻¹', variableGreen, [256, 16, 8]],
]) {
  sizes.forEach((points, index) => {
    const dimension = index + 1;
    const tolerance = [1e-8, 1e-6, 1e-4][index];
    const levels = Math.log2(points) - [3, 2, 1][index];
    const place = { matrix, dimension, points, tolerance };
    const both = (structure, approximate) =>
      ACCURACY.push({
        ...place,
        structure,
        make: () => {
          const dense = green(dimension, points);
          return [dense, approximate(dense)];
        },
      });
    both('H²', (dense) => h2Matrix(dense, { levels, tolerance }));
    both('wavelets', (dense) => nonstandardForm(dense, { levels, tolerance, vanishingMoments: 5 - dimension }));
  });
}

/** Structures of one kernel on grids of more and more points. */
const COST = [
  {
    structure: 'H',
    dimension: 1,
    sizes: [1024, 16_384, 131_072, 1_048_576],
    make: (grid) =>
      hierarchicalMatrix(
        periodicConvolution((r) => 1 / r, grid),
        {
          levels: Math.log2(grid.points / 8),
          rank: 6,
          bases: 'interpolative',
        },
      ),
  },
  ...[
    [1, [1024, 16_384, 131_072, 1_048_576], 16, 1e-6],
    [2, [32, 128, 512, 1024], 4, 1e-3],
    [3, [16, 32, 64, 128], 4, 1e-1],
  ].map(([dimension, sizes, side, tolerance]) => ({
    structure: 'H²',
    dimension,
    sizes,
    make: (grid) =>
      h2KernelMatrix(
        grid,
        periodic((r) => 1 / r, grid.spacing),
        { levels: Math.log2(grid.points / side), tolerance, rank: 20, translationInvariant: true },
      ),
  })),
  ...[
    [1, [1024, 16_384, 131_072, 1_048_576], 8, 1e-6],
    [2, [32, 128, 512, 1024], 8, 1e-3],
    [3, [16, 32, 64], 8, 1e-1],
  ].map(([dimension, sizes, coarsest, tolerance]) => ({
    structure: 'wavelets',
    dimension,
    sizes,
    make: (grid) =>
      nonstandardForm(
        periodicConvolution((r) => 1 / r, grid),
        {
          levels: Math.log2(grid.points / coarsest),
          tolerance,
          vanishingMoments: 5 - dimension,
        },
      ),
  })),
];

mkdirSync(options.work, { recursive: true });
/** The row of that name: as it was found before, or else now, if there is time. */
function row(name, find) {
  const path = join(options.work, `${name.replace(/[^\w]+/g, '-')}.json`);
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'));
  if (performance.now() > deadline) return undefined;
  const start = process.cpuUsage();
  const found = { ...find(), seconds: (process.cpuUsage(start).user + process.cpuUsage(start).system) / 1e6 };
  writeFileSync(path, JSON.stringify(found));
  console.log(`${name}: ${found.seconds.toFixed(1)} s`);
  return found;
}

/** Random vectors that an error is estimated from. */
const VECTORS = 32;

/** What prediction by engine-wasm in float32 differs from the product in float64 by, relative to it. */
async function networkError(structured) {
  const { network, parameters } = embed(structured);
  const stream = randomStream(1, 'bench/matvec');
  const v = Float32Array.from({ length: network.inputSize }, () => stream.normal());
  const session = await engine.open(network);
  const output = await session.predict(parameters, v);
  session.close();
  const product = multiply(structured, v);
  const norm = (f) => Math.sqrt(product.reduce((sum, _, i) => sum + f(i) ** 2, 0));
  return { network: norm((i) => output[i] - product[i]) / norm((i) => product[i]), parameters: parameters.length };
}

/**
 * ‖A − H‖_F / ‖A‖_F, the denominator from all entries of A, and the numerator from products with normal random vectors x, for which
 * ‖(A − H) x‖² has the expectation ‖A − H‖_F².
 */
function frobeniusError(structured, { size, entry }) {
  const stream = randomStream(2, 'bench/matvec');
  const inputs = Array.from({ length: VECTORS }, () => Float64Array.from({ length: size }, () => stream.normal()));
  const outputs = inputs.map((x) => multiply(structured, x));
  let [difference, norm] = [0, 0];
  for (let row = 0; row < size; row++) {
    const exact = new Float64Array(VECTORS);
    for (let column = 0; column < size; column++) {
      const value = entry(row, column);
      norm += value * value;
      for (let k = 0; k < VECTORS; k++) exact[k] += value * inputs[k][column];
    }
    for (let k = 0; k < VECTORS; k++) difference += (outputs[k][row] - exact[k]) ** 2;
  }
  return Math.sqrt(difference / VECTORS / norm);
}

const size = (points, dimension) => `${points}${['', '', '²', '³'][dimension]}`;
let missing = 0;

const accuracy = [];
for (const { matrix, dimension, points, structure, tolerance, make } of ACCURACY) {
  const name = `${matrix} ${dimension}D ${structure} ${points} ${tolerance}`;
  const key = `errors ${name} ${ACCURACY.findIndex((one) => one.make === make)}`;
  const path = join(options.work, `${key.replace(/[^\w]+/g, '-')}.json`);
  if (!existsSync(path) && performance.now() < deadline) {
    const [dense, structured] = make();
    const error = frobeniusError(structured, dense);
    writeFileSync(path, JSON.stringify({ error, ...(await networkError(structured)) }));
    console.log(name);
  }
  if (!existsSync(path)) missing++;
  else {
    const { error, network, parameters } = JSON.parse(readFileSync(path, 'utf8'));
    accuracy.push([matrix, size(points, dimension), structure, tolerance, error, network, parameters]);
  }
}

/** The least CPU time a point of three products; those of a million points take long enough to be timed by themselves. */
function pointTime(run, size) {
  let best = Number.POSITIVE_INFINITY;
  for (let repetition = 0; repetition < 3; repetition++) {
    const start = process.cpuUsage();
    let points = 0;
    for (; points < 2e5; points += size) run();
    best = Math.min(best, process.cpuUsage(start).user / points);
  }
  return best;
}

const cost = [];
for (const { structure, dimension, sizes, make } of COST) {
  let first;
  for (const points of sizes) {
    const found = row(`cost ${structure} ${dimension}D ${points} ${COST.findIndex((one) => one.make === make)}`, () => {
      const structured = make(periodicGrid({ dimension, points }));
      const count = points ** dimension;
      const v = Float64Array.from({ length: count }, (_, i) => Math.cos(i * i));
      return { work: operations(structured) / count, time: pointTime(() => multiply(structured, v), count) };
    });
    if (found === undefined) {
      missing++;
      continue;
    }
    // An H-matrix costs N log N: its row is divided by the logarithm too.
    const unit = structure === 'H' ? Math.log2(points / 8) - 1 : 1;
    first ??= { work: found.work / unit, time: found.time / unit };
    cost.push({
      structure,
      dimension,
      cells: [
        structure,
        dimension,
        points ** dimension,
        Math.round(found.work),
        found.work / unit / first.work,
        found.time / unit / first.time,
      ],
    });
  }
}

const tables = [
  table({
    caption: 'Products against dense ones',
    columns: [
      { title: 'matrix' },
      { title: 'N' },
      { title: 'structure' },
      { title: 'asked for', format: 'error', digits: 1 },
      { title: 'error', format: 'error', digits: 2 },
      { title: 'as a network', format: 'error', digits: 2 },
      { title: 'parameters', format: 'integer' },
    ],
    rows: accuracy,
    notes: [
      'error: ‖A − H‖ / ‖A‖ in the Frobenius norm, which is asked for, estimated to some percent from dense products with 32 random vectors; wavelets use up what is asked for.',
      'as a network: what the embedded network, predicted by engine-wasm in float32, differs from the product in float64 by.',
    ],
  }),
  table({
    caption: 'The cost of a product',
    columns: [
      { title: 'structure' },
      { title: 'd', format: 'integer' },
      { title: 'points', format: 'integer' },
      { title: 'operations a point', format: 'integer' },
      { title: 'to the first', format: 'ratio' },
      { title: 'CPU a point to the first', format: 'ratio' },
    ],
    rows: cost.map(({ cells }) => cells),
    notes: [
      '1/|x| on the torus, |x| the chord. H²: 1D ε = 1e-6, 2D 1e-3, 3D 1e-1; wavelets the same, with 4, 3 and 2 vanishing moments; H: r = 6.',
      'Ratios of H are those of the cost over N L, L its levels: N log N is 1.00×.',
    ],
  }),
];
for (const one of tables) console.log(tableText(one));
if (missing > 0) {
  console.log(`stopped with ${missing} rows left; the same command goes on`);
  process.exit(0);
}

/** By how much operations a point grow from the least grid of a structure to any larger one. */
function growth(structure, dimension) {
  const own = cost.filter((one) => one.structure === structure && one.dimension === dimension);
  return Math.max(...own.map(({ cells }) => cells[4])) / own[0].cells[4];
}
const growths = COST.map(
  ({ structure, dimension }) => `${structure} in ${dimension}D ${growth(structure, dimension).toFixed(2)}`,
);
const worst = Math.max(...accuracy.map(([, , , tolerance, error]) => error / tolerance));
const inNetworks = Math.max(...accuracy.map(([, , , , , network]) => network));
const page = [
  '# Products with structured matrices',
  'Made by `npm run bench:hmatrix`, on a machine with other work on it; times are CPU seconds of one thread.',
  `The largest error of ${accuracy.length} matrices is ${worst.toFixed(2)} times what was asked for. Embedded as networks they differ from their products by at most ${inNetworks.toExponential(1)} through engine-wasm, in float32.`,
  tableMarkdown(tables[0]),
  `From the least grid on, operations a point (of H: a point and level) grow by no more than these factors: ${growths.join(', ')}.`,
  tableMarkdown(tables[1]),
];
writeFileSync(options.page, `${page.join('\n\n')}\n`);
console.log(`wrote ${options.page}`);
