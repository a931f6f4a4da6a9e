/**
 * `npm run bench:helmholtz`: oscillating kernels. Ranks of the Helmholtz equation's Green's function against the number of
 * wavelengths, at fixed accuracy, beside what theory says; and errors of networks for (f, c) ↦ u in 1D and 2D. What is done is kept,
 * and the same command resumes.
 *
 *   npm run bench:helmholtz -- [--dimension 2] [--wavelengths 8] [--map linear] [--structure h] [--threads 1] [--seconds 240]
 *     [--work <folder of data and runs>] [--results docs/results/structures]
 *
 * `--dimension`, `--wavelengths`, `--map` and `--structure` choose what is trained, and may stand several times. `--seconds 0` writes
 * the page only. What needs no training is found anew where `helmholtz.json` in the results lacks it.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { wasmEngine } from '@dyadic/engine-wasm';
import { generate, loadProblem, problemsWith, readExperiment, resolveRecipe } from '@dyadic/pipeline';
import { fixedRankError, ignoredMedium, ranks, TOLERANCE } from './structures/helmholtz-linear.mjs';
import { ABSORPTION, DIMENSIONS, FOLDER, MAPS, RANK_GRIDS } from './structures/helmholtz-maps.mjs';
import { writeHelmholtzPage } from './structures/helmholtz-page.mjs';
import { trainCell } from './structures/train-cell.mjs';

const { values: options } = parseArgs({
  options: {
    dimension: { type: 'string', multiple: true },
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
const problems = problemsWith([await loadProblem(join(FOLDER, 'helmholtz.mjs'))]);

const path = join(options.results, 'helmholtz.json');
const stored = {
  ...{ ranks: [], fixedRank: [], ignored: [], cells: [] },
  ...(existsSync(path) && JSON.parse(readFileSync(path, 'utf8'))),
};
function store() {
  mkdirSync(options.results, { recursive: true });
  writeFileSync(path, `${JSON.stringify(stored, null, 1)}\n`);
}

/** Everything that needs no training, as far as it is missing: a row for every dimension and number of wavelengths. */
function linearTheory() {
  const complete = (name, settings, wavelengths, row) => {
    const isDone = (own) => own.dimension === settings.dimension && own.wavelengths === wavelengths;
    if (!stored[name].some(isDone)) stored[name].push({ ...settings, wavelengths, ...row(settings, wavelengths) });
  };
  for (const { wavelengths, ...grid } of RANK_GRIDS) {
    for (const count of wavelengths) complete('ranks', { ...grid, tolerance: TOLERANCE }, count, ranks);
  }
  for (const [key, { points, wavelengths, structures }] of Object.entries(DIMENSIONS)) {
    const dimension = Number(key);
    const { levels, channels: rank } = structures.h;
    for (const count of wavelengths) {
      const error = (by) => (settings, W) => ({ error: by(settings, W) });
      complete('fixedRank', { dimension, points, levels, rank }, count, error(fixedRankError));
      complete('ignored', { dimension, points }, count, error(ignoredMedium));
    }
  }
  store();
}

const chosen = (names, all) => all.filter((one) => names === undefined || names.includes(String(one)));

/** All networks that are to be trained; those of one map and number of wavelengths, which share data, one after the other. */
function* cells() {
  for (const dimension of chosen(options.dimension, Object.keys(DIMENSIONS).map(Number))) {
    const { wavelengths, structures } = DIMENSIONS[dimension];
    for (const map of chosen(options.map, Object.keys(MAPS))) {
      for (const count of chosen(options.wavelengths, wavelengths)) {
        for (const structure of chosen(options.structure, Object.keys(structures)))
          yield { dimension, map, structure, wavelengths: count };
      }
    }
  }
}

/** The folder of a map's data, which is made where it is not complete. */
async function dataOf({ dimension, map, wavelengths }) {
  const { points, splits } = DIMENSIONS[dimension];
  const out = join(options.work, 'data', `${dimension}d-${map}-${wavelengths}`);
  const samples = Object.values(splits).reduce((sum, count) => sum + count, 0);
  const grid = { 'grid.dimension': dimension, 'grid.points': points };
  const entries = { wavelengths, contrast: MAPS[map].contrast, absorption: ABSORPTION, ...grid, samples };
  const recipe = await resolveRecipe(FOLDER, 'quick', entries, problems);
  await generate(recipe, { out, workers: 1, signal: deadline });
  return out;
}

/** Trains a network unless that is done. */
async function cell(head, engine) {
  const { dimension, map, structure, wavelengths } = head;
  const { splits, epochs, structures } = DIMENSIONS[dimension];
  const { input, inputs } = MAPS[map];
  const data = await dataOf(head);
  const out = join(options.work, 'runs', `${dimension}d-${map}-${structure}-${wavelengths}`);
  const experiment = { ...(await readExperiment(FOLDER, 'quick', { data, out })), input, splits };
  const plan = { ...experiment.plan, epochs };
  const document = { ...structures[structure], inputs };
  const isOther = (own) => Object.keys(head).some((name) => own[name] !== head[name]);
  const isDone = (key) => stored.cells.some((own) => !isOther(own) && own.key === key);
  const result = await trainCell({ experiment, document, plan, engine, threads, signal: deadline, isDone });
  if (result === null) return;
  stored.cells = [...stored.cells.filter(isOther), { ...head, ...result }];
  store();
  const name = `${dimension}D, ${map}, ${structure}, ${wavelengths} wavelengths`;
  const { errors, trainingSeconds } = result;
  console.log(`${name}: test ε ${errors.test.mean.toExponential(2)}, ${trainingSeconds.toFixed(0)} CPU s`);
}

if (options.seconds !== '0') {
  linearTheory();
  const engine = await wasmEngine({ threads });
  try {
    for (const head of cells()) await cell(head, engine);
  } catch (error) {
    if (!deadline.aborted) throw error;
    console.log('stopped; the same command resumes');
  }
}
await writeHelmholtzPage(options.results, stored);
