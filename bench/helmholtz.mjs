/**
 * `npm run bench:helmholtz`: oscillating kernels. Ranks of the Helmholtz equation's Green's function against the number of
 * wavelengths, at fixed accuracy, beside what theory says; and errors of networks for (f, c) ↦ u. What is done is kept, and the same
 * command resumes.
 *
 *   npm run bench:helmholtz -- [--wavelengths 16] [--map linear] [--structure h] [--threads 1] [--seconds 240]
 *     [--work <folder of data and runs>] [--results docs/results/structures]
 *
 * `--wavelengths`, `--map` and `--structure` choose what is trained, and may stand several times. `--seconds 0` writes the page only.
 * Ranks are found anew where `helmholtz.json` in the results has none.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { wasmEngine } from '@dyadic/engine-wasm';
import { convolutionMatrix, h2Matrix, relativeError } from '@dyadic/hmatrix';
import { generate, loadProblem, problemsWith, readExperiment, resolveRecipe } from '@dyadic/pipeline';
import problem, { helmholtzSolver } from '../examples/helmholtz/helmholtz.mjs';
import { writeHelmholtzPage } from './structures/helmholtz-page.mjs';
import { trainCell } from './structures/train-cell.mjs';

const { values: options } = parseArgs({
  options: {
    wavelengths: { type: 'string', multiple: true },
    map: { type: 'string', multiple: true },
    structure: { type: 'string', multiple: true },
    threads: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '240' },
    work: { type: 'string', default: join(tmpdir(), 'dyadic-helmholtz') },
    results: { type: 'string', default: 'docs/results/structures' },
  },
});
const threads = Number(options.threads);
const deadline = AbortSignal.timeout(1000 * Number(options.seconds));
const FOLDER = 'examples/helmholtz';
const ABSORPTION = 8;
const TOLERANCE = 1e-3;

const path = join(options.results, 'helmholtz.json');
const stored = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : { ranks: [], cells: [] };
function store() {
  mkdirSync(options.results, { recursive: true });
  writeFileSync(path, `${JSON.stringify(stored, null, 1)}\n`);
}

/**
 * Ranks of the levels of an H²-matrix of Re G. G is the field of a point source, by a solve on a grid so fine that its own cut-off does not
 * show, read at every `finer`-th point.
 */
function ranks({ dimension, points, levels, finer }, wavelengths) {
  const n = finer * points;
  const { green } = helmholtzSolver({ dimension, points: n, wavelengths, absorption: ABSORPTION });
  const source = new Float64Array(2 * n ** dimension);
  source[0] = n ** dimension;
  const u = green(source);
  const response = Float64Array.from({ length: points ** dimension }, (_, i) => {
    const at = dimension === 1 ? finer * i : finer * (Math.floor(i / points) * n + (i % points));
    return u[2 * at];
  });
  const matrix = convolutionMatrix({ dimension, points, size: points ** dimension }, response);
  // Each pair of boxes on the coarsest level where it is admissible: blocks lack no piece, and their ranks are the kernel's own.
  const h2 = h2Matrix(matrix, { levels, tolerance: TOLERANCE, assignment: 'coarsest' });
  return { ranks: [...h2.rows.ranks], error: relativeError(h2, matrix) };
}

const GRIDS = [
  { dimension: 1, points: 1024, levels: 6, finer: 16, wavelengths: [2, 4, 8, 16, 32, 64] },
  { dimension: 2, points: 64, levels: 3, finer: 4, wavelengths: [2, 4, 8, 16] },
];

const common = { points: 512, outputs: 2, activation: 'softplus' };
const layered = { ...common, layers: 4, width: 8 };
const STRUCTURES = {
  h: { ...common, levels: 6, channels: 6, kernelLayers: 5 },
  fourier: { ...layered, structure: 'fourier', boxes: 64, modes: 16 },
  'fourier-near': { ...layered, structure: 'fourier', boxes: 64, modes: 8, near: 7, width: 9 },
  'multiscale-operator': { ...layered, structure: 'multiscale-operator', levels: 6 },
};
const NETWORK_WAVELENGTHS = [2, 4, 8, 16, 32, 64];
const MAPS = {
  linear: { contrast: 0, input: 'source', inputs: 1 },
  contrast: { contrast: 0.05, input: ['source', 'contrast'], inputs: 2 },
};
const EPOCHS = 20;

/** Samples that the error of ignoring the medium is a mean of. */
const IGNORED_SAMPLES = 40;

/** ‖u_c − u_0‖ / ‖u_c‖: what is left if the contrast is not looked at. */
function ignoredMedium(wavelengths) {
  const grid = { dimension: 1, points: common.points };
  const solver = { tolerance: 1e-8, maxIterations: 300 };
  const settings = { grid, wavelengths, absorption: ABSORPTION, contrast: MAPS.contrast.contrast, solver };
  const [draw, solve] = [problem.inputs.draw(settings), problem.solve(settings)];
  let sum = 0;
  for (let i = 0; i < IGNORED_SAMPLES; i++) {
    const sample = draw(1, i);
    const [{ u }, { u: empty }] = [solve(sample), solve({ ...sample, contrast: new Float64Array(common.points) })];
    sum += Math.sqrt(u.reduce((all, v, j) => all + (v - empty[j]) ** 2, 0) / u.reduce((all, v) => all + v * v, 0));
  }
  return sum / IGNORED_SAMPLES;
}

const chosen = (names, all) => all.filter((one) => names === undefined || names.includes(String(one)));

async function trainings(engine) {
  const problems = problemsWith([await loadProblem(join(FOLDER, 'helmholtz.mjs'))]);
  for (const map of chosen(options.map, Object.keys(MAPS))) {
    const { contrast, input, inputs } = MAPS[map];
    for (const structure of chosen(options.structure, Object.keys(STRUCTURES))) {
      for (const wavelengths of chosen(options.wavelengths, NETWORK_WAVELENGTHS)) {
        const data = join(options.work, 'data', `${map}-${wavelengths}`);
        const entries = { wavelengths, contrast, absorption: ABSORPTION, 'grid.points': common.points };
        const recipe = await resolveRecipe(FOLDER, 'quick', entries, problems);
        await generate(recipe, { out: data, workers: 1, signal: deadline });
        const out = join(options.work, 'runs', `${map}-${structure}-${wavelengths}`);
        const document = { ...STRUCTURES[structure], inputs };
        const experiment = { ...(await readExperiment(FOLDER, 'quick', { data, out })), input };
        const plan = { ...experiment.plan, epochs: EPOCHS };
        const isOther = (cell) => cell.map !== map || cell.structure !== structure || cell.wavelengths !== wavelengths;
        const isDone = (key) => stored.cells.some((cell) => !isOther(cell) && cell.key === key);
        const result = await trainCell({ experiment, document, plan, engine, threads, signal: deadline, isDone });
        if (result === null) continue;
        stored.cells = [...stored.cells.filter(isOther), { map, structure, wavelengths, ...result }];
        store();
        const test = result.errors.test.mean.toExponential(2);
        console.log(`${map}, ${structure}, ${wavelengths} wavelengths: test ε ${test}`);
      }
    }
  }
}

if (options.seconds !== '0') {
  if (stored.ranks.length === 0)
    stored.ranks = GRIDS.flatMap(({ wavelengths, ...grid }) =>
      wavelengths.map((count) => ({ ...grid, wavelengths: count, tolerance: TOLERANCE, ...ranks(grid, count) })),
    );
  stored.ignored ??= NETWORK_WAVELENGTHS.map((wavelengths) => ({ wavelengths, error: ignoredMedium(wavelengths) }));
  store();
  try {
    await trainings(await wasmEngine({ threads }));
  } catch (error) {
    if (!deadline.aborted) throw error;
    console.log('stopped; the same command resumes');
  }
}
const passing = Object.fromEntries(
  ['fourier', 'fourier-near'].map((name) => [name, { ...STRUCTURES[name], absorption: ABSORPTION }]),
);
await writeHelmholtzPage(options.results, stored, passing);
