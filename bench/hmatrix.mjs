/**
 * Hierarchical matrices and the networks that they are: `npm run bench:hmatrix`.
 *
 *   node bench/hmatrix.mjs [--out bench/results]
 *
 * Prints rank against error for Green's functions, of −Δ + 1 (a convolution, embedded as a CNN) and of −∇·(a∇) + 1 with a
 * variable coefficient (embedded as an LC network), how products scale with N, and the rank that oscillatory kernels need;
 * writes the block partitions and the errors as SVG figures. `matvec.mjs` has H²-matrices and nonstandard forms.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { wasmEngine } from '@dyadic/engine-wasm';
import {
  convolutionMatrix,
  embed,
  hierarchicalMatrix,
  kernelMatrix,
  multiply,
  partition,
  relativeError,
  storage,
} from '@dyadic/hmatrix';
import { randomStream } from '@dyadic/random';
import { blockFigure, lineFigure, table, tableText } from '@dyadic/report';
import { periodicGrid, sampleOnGrid } from '@dyadic/spectral';
import { constantGreen, variableGreen } from './green.mjs';
import { bestTime } from './timing.mjs';

const { values: options } = parseArgs({ options: { out: { type: 'string', default: 'bench/results' } } });
await mkdir(options.out, { recursive: true });
const write = async (name, svg) => {
  await writeFile(join(options.out, name), svg);
  console.log(`wrote ${join(options.out, name)}`);
};
const engine = await wasmEngine();

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
