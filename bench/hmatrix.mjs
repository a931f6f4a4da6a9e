/**
 * Hierarchical matrices and the networks that they are: `npm run bench:hmatrix`.
 *
 *   node bench/hmatrix.mjs [--out bench/results]
 *
 * Prints rank against error for Green's functions, of −Δ + 1 (a convolution, embedded as a CNN) and of −∇·(a∇) + 1 with a
 * variable coefficient (embedded as an LC network), how products scale with N, H²-matrices of kernels and nonstandard
 * forms from a thousand to a million points, and the rank that oscillatory kernels need; writes the block partitions and
 * the errors as SVG figures.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { wasmEngine } from '@dyadic/engine-wasm';
import {
  convolutionMatrix,
  denseMatrix,
  embed,
  h2KernelMatrix,
  hierarchicalMatrix,
  kernelMatrix,
  multiply,
  nonstandardForm,
  operations,
  partition,
  relativeError,
  storage,
} from '@dyadic/hmatrix';
import { randomStream } from '@dyadic/random';
import { blockFigure, lineFigure, table, tableText } from '@dyadic/report';
import { fourierBasis, periodicGrid, sampleOnGrid } from '@dyadic/spectral';
import { inverse, Matrix } from 'ml-matrix';
import { bestTime } from './timing.mjs';

const { values: options } = parseArgs({ options: { out: { type: 'string', default: 'bench/results' } } });
await mkdir(options.out, { recursive: true });
const write = async (name, svg) => {
  await writeFile(join(options.out, name), svg);
  console.log(`wrote ${join(options.out, name)}`);
};
const engine = await wasmEngine();

/** (−Δ_h + 1)⁻¹, second-order differences: a convolution. */
function constantGreen(dimension, points) {
  const grid = periodicGrid({ dimension, points });
  const basis = fourierBasis(grid);
  const impulse = new Float64Array(grid.size);
  impulse[0] = 1;
  const symbol = basis.negativeLaplacianFiniteDifferences().map((k2) => 1 / (k2 + 1));
  return convolutionMatrix(grid, basis.multiply(symbol, impulse));
}

/** (−∇·(a∇) + 1)⁻¹, second-order differences with a between grid points, a from 0.1 to 1.9. */
function variableGreen(dimension, points) {
  const grid = periodicGrid({ dimension, points });
  const { size, spacing, axis } = grid;
  const operator = Matrix.eye(size, size);
  const a = (x) => 1 + 0.9 * Math.sin(2 * Math.PI * x[0]) * (dimension > 1 ? Math.cos(4 * Math.PI * x[1]) : 1);
  for (let row = 0; row < size; row++) {
    for (let direction = 0, stride = size / points; direction < dimension; direction++, stride /= points) {
      const at = Math.floor(row / stride) % points;
      for (const step of [-1, 1]) {
        const column = row + (((at + step + points) % points) - at) * stride;
        const x = Array.from({ length: dimension }, (_, d) => {
          return (
            axis[Math.floor(row / points ** (dimension - 1 - d)) % points] +
            (d === direction ? (step * spacing) / 2 : 0)
          );
        });
        const conductance = a(x) / spacing ** 2;
        operator.set(row, row, operator.get(row, row) + conductance);
        operator.set(row, column, operator.get(row, column) - conductance);
      }
    }
  }
  return denseMatrix(grid, Float64Array.from(inverse(operator).to1DArray()));
}

/** ‖network(v) − H v‖ / ‖H v‖ in float32 on the wasm engine. */
async function networkError(hmatrix, { network, parameters }) {
  const stream = randomStream(1, 'bench/hmatrix');
  const v = Float32Array.from({ length: network.inputSize }, () => stream.normal());
  const session = await engine.open(network);
  const output = await session.predict(parameters, v);
  session.close();
  const product = multiply(hmatrix, v);
  const norm = (f) => Math.sqrt(product.reduce((sum, _, i) => sum + f(i) ** 2, 0));
  return norm((i) => output[i] - product[i]) / norm((i) => product[i]);
}

const CASES = [
  { name: '−Δ + 1, 1D', make: () => constantGreen(1, 320), levels: 6, ranks: [1, 2, 3, 4] },
  {
    name: '−Δ + 1, 1D, lists of §2.1',
    make: () => constantGreen(1, 320),
    levels: 6,
    ranks: [1, 2],
    assignment: 'coarsest',
  },
  { name: '−Δ + 1, 2D', make: () => constantGreen(2, 80), levels: 4, ranks: [2, 6, 10, 16, 24] },
  { name: '−∇·(a∇) + 1, 1D', make: () => variableGreen(1, 320), levels: 6, ranks: [1, 2, 3, 4] },
  { name: '−∇·(a∇) + 1, 2D', make: () => variableGreen(2, 32), levels: 3, ranks: [2, 6, 10, 16] },
];
const rows = [];
const series = [];
for (const { name, make, levels, ranks, assignment } of CASES) {
  const matrix = make();
  const errors = [];
  for (const rank of ranks) {
    const hmatrix = hierarchicalMatrix(matrix, { levels, rank, ...(assignment && { assignment }) });
    const embedding = embed(hmatrix);
    const error = relativeError(hmatrix, matrix, { vectors: 64 });
    errors.push(error);
    const { u, v } = hmatrix.truncated;
    let squares = 0;
    for (let i = 0; i < matrix.size; i += 7)
      for (let j = 0; j < matrix.size; j += 7) squares += matrix.entry(i, j) ** 2;
    rows.push([
      name,
      `${matrix.points}${matrix.dimension > 1 ? '²' : ''}`,
      rank,
      Math.sqrt((u + v) / (49 * squares)),
      error,
      await networkError(hmatrix, embedding),
      `${(100 * storage(hmatrix).ratio).toFixed(2)} %`,
      typeof embedding.network.spec.connectivity === 'object' ? 'mixed' : hmatrix.shared ? 'CNN' : 'LC',
      embedding.network.parameterCount,
    ]);
  }
  series.push({ name, x: ranks, y: errors.map((error) => Math.max(error, 1e-16)) });
}
console.log(
  tableText(
    table({
      caption: 'Green’s functions: rank against error',
      columns: [
        { title: 'inverse of' },
        { title: 'N' },
        { title: 'r', format: 'integer' },
        { title: 'left out', format: 'error', digits: 2 },
        { title: 'H − A', format: 'error', digits: 2 },
        { title: 'network − H', format: 'error', digits: 2 },
        { title: 'stored', align: 'right' },
        { title: 'network' },
        { title: 'parameters', format: 'integer' },
      ],
      rows,
      notes: [
        'left out: by the singular values left out; H − A: as products with random vectors show it. Both relative to ‖A‖_F.',
        'In 1D two solutions of the differential equation make a Green’s function: rank 2 is exact, 4 where blocks lack a piece.',
        'CNN: each pair on its finest level, where the errors of levels overlap and `left out` is an estimate, not a bound.',
      ],
    }),
  ),
);
await write(
  'hmatrix-rank-error.svg',
  await lineFigure({
    series,
    x: { title: 'rank r' },
    y: { title: 'relative error of the product', scale: 'log' },
    title: 'Green’s functions',
  }),
);

/** The kernel of the scaling table: smooth off the diagonal, not a convolution. */
const kernel = ([x], [y]) => (2 + Math.cos(2 * Math.PI * x)) / (0.001 + Math.abs(Math.sin(Math.PI * (x - y))));
const scaling = [];
for (const points of [320, 640, 1280, 2560]) {
  const matrix = kernelMatrix(periodicGrid({ dimension: 1, points }), kernel);
  const hmatrix = hierarchicalMatrix(matrix, { levels: Math.log2(points / 5), rank: 6, bases: 'interpolative' });
  const { network, parameters } = embed(hmatrix);
  const dense = Float64Array.from({ length: points ** 2 }, (_, e) => matrix.entry(Math.floor(e / points), e % points));
  const v = Float64Array.from({ length: points }, (_, i) => Math.cos(i));
  const y = new Float64Array(points);
  const denseTime = await bestTime(() => {
    for (let i = 0, e = 0; i < points; i++) {
      let sum = 0;
      for (let j = 0; j < points; j++) sum += dense[e++] * v[j];
      y[i] = sum;
    }
  }, 0.3);
  const hierarchicalTime = await bestTime(() => multiply(hmatrix, v), 0.3);
  const session = await engine.open(network);
  const input = Float32Array.from(v);
  const networkTime = await bestTime(() => session.predict(parameters, input), 0.3);
  session.close();
  const { ratio } = storage(hmatrix);
  scaling.push([
    points,
    relativeError(hmatrix, matrix),
    `${(100 * ratio).toFixed(1)} %`,
    denseTime / hierarchicalTime,
    denseTime / networkTime,
  ]);
}
console.log(
  tableText(
    table({
      caption: 'One product, r = 6, m = 5, interpolative bases: dense against hierarchical matrix against network',
      columns: [
        { title: 'N', format: 'integer' },
        { title: 'H − A', format: 'error', digits: 2 },
        { title: 'stored', align: 'right' },
        { title: 'dense / H-matrix', format: 'ratio' },
        { title: 'dense / network', format: 'ratio' },
      ],
      rows: scaling,
      notes: [
        'Times of a dense loop in float64 over those of multiply (float64) and of the wasm engine (float32, one sample).',
      ],
    }),
  ),
);

/** f(|x − y|) in an open domain, f at one spacing on the diagonal. */
const radial = (f, spacing) => (x, y) => {
  let sum = 0;
  for (let axis = 0; axis < x.length; axis++) sum += (x[axis] - y[axis]) ** 2;
  return f(sum === 0 ? spacing : Math.sqrt(sum));
};

/** The least time a point of five products; those of a million points take long enough to be timed by themselves. */
function pointTime(run, size) {
  let best = Number.POSITIVE_INFINITY;
  for (let repetition = 0; repetition < 5; repetition++) {
    const start = performance.now();
    let points = 0;
    for (; points < 1e5; points += size) run();
    best = Math.min(best, (performance.now() - start) / points);
  }
  return best;
}

const linear = [];
for (const { name, f, dimension, tolerance, side, sizes } of [
  { name: 'log', f: Math.log, dimension: 1, tolerance: 1e-6, side: 16, sizes: [1024, 16_384, 131_072, 1_048_576] },
  { name: 'log', f: Math.log, dimension: 2, tolerance: 1e-4, side: 8, sizes: [32, 128, 512, 1024] },
  { name: '1/|x|', f: (r) => 1 / r, dimension: 3, tolerance: 1e-2, side: 4, sizes: [16, 32, 64] },
  { name: 'Yukawa', f: (r) => Math.exp(-5 * r) / r, dimension: 3, tolerance: 1e-2, side: 4, sizes: [16, 32, 64] },
]) {
  let first;
  for (const points of sizes) {
    const grid = periodicGrid({ dimension, points });
    const k = radial(f, grid.spacing);
    const options = { levels: Math.log2(points / side), tolerance, padding: 'zero', translationInvariant: true };
    const h2 = h2KernelMatrix(grid, k, options);
    const v = Float64Array.from({ length: grid.size }, (_, i) => Math.cos(i * i));
    const time = pointTime(() => multiply(h2, v), grid.size);
    const work = Math.round(operations(h2) / grid.size);
    first ??= { time, work };
    const error = relativeError(h2, kernelMatrix(grid, k), { rows: 16, vectors: 1 });
    linear.push([
      name,
      dimension,
      grid.size,
      tolerance,
      error,
      Math.max(...h2.rows.ranks),
      work,
      work / first.work,
      time / first.time,
    ]);
  }
}
console.log(
  tableText(
    table({
      caption: 'H²-matrices of kernels in open domains, one product',
      columns: [
        { title: 'kernel' },
        { title: 'd', format: 'integer' },
        { title: 'points', format: 'integer' },
        { title: 'asked for', format: 'error', digits: 1 },
        { title: 'H − A', format: 'error', digits: 2 },
        { title: 'r', format: 'integer' },
        { title: 'operations a point', format: 'integer' },
        { title: 'to the first', format: 'ratio' },
        { title: 'time a point to the first', format: 'ratio' },
      ],
      rows: linear,
      notes: [
        'H − A: 16 rows of the product with one random vector. Operations and times a point as ratios to the least N of the kernel.',
        'In an open domain boxes at the boundary have fewer partners: in 3D, few boxes, most of them at the boundary, cost less a point.',
      ],
    }),
  ),
);

const wavelets = [];
for (const { dimension, vanishingMoments, tolerance, coarsest, sizes } of [
  { dimension: 1, vanishingMoments: 4, tolerance: 1e-6, coarsest: 16, sizes: [1024, 16_384, 131_072, 1_048_576] },
  { dimension: 2, vanishingMoments: 3, tolerance: 1e-3, coarsest: 4, sizes: [64, 128, 512] },
]) {
  let first;
  for (const points of sizes) {
    const grid = periodicGrid({ dimension, points });
    const chord = (...x) => Math.hypot(...x.map((c) => Math.sin(Math.PI * c) / Math.PI));
    const matrix = convolutionMatrix(
      grid,
      sampleOnGrid(grid, (...x) => 1 / (chord(...x) || grid.spacing)),
    );
    const levels = Math.log2(points / coarsest);
    const form = nonstandardForm(matrix, { levels, vanishingMoments, tolerance });
    const v = Float64Array.from({ length: grid.size }, (_, i) => Math.cos(i * i));
    const time = pointTime(() => multiply(form, v), grid.size);
    const work = Math.round(operations(form) / grid.size);
    first ??= { time, work };
    const error = relativeError(form, matrix, { rows: 16, vectors: 1 });
    wavelets.push([
      dimension,
      grid.size,
      vanishingMoments,
      tolerance,
      error,
      work,
      work / first.work,
      time / first.time,
    ]);
  }
}
console.log(
  tableText(
    table({
      caption: 'Nonstandard forms of 1/|x| on the torus, one product',
      columns: [
        { title: 'd', format: 'integer' },
        { title: 'points', format: 'integer' },
        { title: 'p', format: 'integer' },
        { title: 'asked for', format: 'error', digits: 1 },
        { title: 'A_ε − A', format: 'error', digits: 2 },
        { title: 'operations a point', format: 'integer' },
        { title: 'to the first', format: 'ratio' },
        { title: 'time a point to the first', format: 'ratio' },
      ],
      rows: wavelets,
      notes: ['A_ε − A: 16 rows of the product with one random vector.'],
    }),
  ),
);

/** The smallest rank of a list at which the error is below 1e-3. */
const RANKS = [2, 4, 6, 8, 12, 16, 24, 32, 48, 64];
const oscillatory = [1, 2, 4, 8, 16].map((waves) => {
  const grid = periodicGrid({ dimension: 2, points: 64 });
  const distance = (...x) => Math.hypot(...x.map((c) => Math.sin(Math.PI * c) / Math.PI));
  const response = sampleOnGrid(
    grid,
    (...x) => Math.cos(2 * Math.PI * waves * distance(...x)) / (1 / 64 + distance(...x)),
  );
  const matrix = convolutionMatrix(grid, response);
  for (const rank of RANKS) {
    const hmatrix = hierarchicalMatrix(matrix, { levels: 4, rank, assignment: 'coarsest', bases: 'interpolative' });
    const error = relativeError(hmatrix, matrix, { rows: 64, vectors: 2 });
    if (error < 1e-3) return [waves, waves / 4, rank, error];
  }
  return [waves, waves / 4, `over ${RANKS.at(-1)}`, null];
});
console.log(
  tableText(
    table({
      caption: 'Oscillatory kernels cos(κρ)/ρ, 2D, N = 64²: the rank for an error below 1e-3',
      columns: [
        { title: 'wavelengths in the domain', align: 'right' },
        { title: 'in a box of level 2', align: 'right' },
        { title: 'r', align: 'right' },
        { title: 'H − A', format: 'error', digits: 2 },
      ],
      rows: oscillatory,
      notes: [`ρ: chord of the torus plus one spacing. Ranks tried: ${RANKS.join(', ')}.`],
    }),
  ),
);

/** Rectangles of a 1D partition, one group per level; a block with a piece missing is drawn by quarters. */
function blocksOf({ tree, adjacent, levels }) {
  const blocks = [];
  const groups = [...tree.map(({ level }) => `level ${level}`), `adjacent, level ${levels}`];
  [...tree, adjacent].forEach(({ boxSize, interactions, owns }, group) => {
    for (let entry = 0, from = 0; entry < interactions.partners.length; entry++) {
      while (interactions.starts[from + 1] <= entry) from++;
      const to = interactions.partners[entry];
      const side = owns ? boxSize / 2 : boxSize;
      for (let p = 0; p < boxSize; p += side) {
        for (let q = 0; q < boxSize; q += side) {
          if (owns && !owns(interactions.places[entry], p, q)) continue;
          blocks.push({ row: from * boxSize + p, column: to * boxSize + q, rows: side, columns: side, group });
        }
      }
    }
  });
  return { blocks, groups };
}
for (const [name, title, choices] of [
  ['coarsest', 'Interaction lists of the paper, L = 5', {}],
  ['finest', 'Each pair on the finest level, L = 5', { assignment: 'finest' }],
  ['weak', 'Weak admissibility, L = 5', { admissibility: 'weak' }],
]) {
  const built = partition({ points: 64, levels: 5, ...choices });
  await write(`hmatrix-partition-${name}.svg`, blockFigure({ size: 64, ...blocksOf(built), title }));
}
