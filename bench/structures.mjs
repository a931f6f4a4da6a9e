/**
 * `npm run bench:structures`: what each structure of a network reaches on the maps of the experiments, with the same recipe and samples,
 * at about as many parameters, at equal steps and at about equal CPU time. What is done is kept, and the same command resumes.
 *
 *   npm run bench:structures -- [--map nlse-1d] [--structure fourier] [--seed 1] [--epochs 30] [--size half] [--threads 1]
 *     [--seconds 240] [--data <folder of datasets, by map>] [--work <folder of runs>] [--results docs/results/structures]
 *
 * `--map`, `--structure`, `--seed`, `--epochs` and `--size` choose what is run, and may stand several times; default: every map,
 * structure and seed, 30 epochs of all and 60 of those that are cheaper than `fourier`; then the networks of `apps`, `experiment` and
 * `best`, for as many epochs as they say; then networks of half and of twice the size, of one seed. `--size` runs those only. `--seconds 0` writes the page only. A dataset that is not in
 * `--data` is generated there. Times are CPU seconds, of all threads.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { wasmEngine } from '@dyadic/engine-wasm';
import { generate, loadProblem, problemsWith, readExperiment, resolveRecipe } from '@dyadic/pipeline';
import { CHEAPER, MAPS, RECIPES, STEPS } from './structures/maps.mjs';
import { writePage } from './structures/page.mjs';
import { trainCell } from './structures/train-cell.mjs';

const { values: options } = parseArgs({
  options: {
    map: { type: 'string', multiple: true },
    structure: { type: 'string', multiple: true },
    seed: { type: 'string', multiple: true },
    epochs: { type: 'string', multiple: true },
    size: { type: 'string', multiple: true },
    threads: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '240' },
    data: { type: 'string', default: join(tmpdir(), 'dyadic-structures', 'data') },
    work: { type: 'string', default: join(tmpdir(), 'dyadic-structures', 'runs') },
    results: { type: 'string', default: 'docs/results/structures' },
  },
});
const threads = Number(options.threads);
const deadline = AbortSignal.timeout(1000 * Number(options.seconds));
const engine = await wasmEngine({ threads });

/** The folder of a map's data, which is made where it is not complete. */
async function dataOf(map) {
  const out = join(options.data, map);
  const { folder, dataset = {}, problem } = MAPS[map];
  const { datasetFolder } = await readExperiment(folder, 'quick');
  const problems = problem && problemsWith([await loadProblem(problem)]);
  await generate(await resolveRecipe(datasetFolder, 'quick', dataset, problems), { out, workers: 1, signal: deadline });
  return out;
}

/** All cells of a map and a structure, by their key. */
class Results {
  #path;
  #cells;

  constructor(map, structure) {
    this.#path = join(options.results, `${map}--${structure}.json`);
    this.#cells = existsSync(this.#path) ? JSON.parse(readFileSync(this.#path, 'utf8')).cells : [];
    this.head = { map, structure };
  }

  has(key) {
    return this.#cells.some((cell) => cell.key === key);
  }

  /** Adds a cell, in the place of one of the same size, epochs and seed. */
  add(cell) {
    const isOther = ({ size, epochs, seed }) => size !== cell.size || epochs !== cell.epochs || seed !== cell.seed;
    const order = (a, b) => (a.size ?? '').localeCompare(b.size ?? '') || a.epochs - b.epochs || a.seed - b.seed;
    this.#cells = [...this.#cells.filter(isOther), cell].sort(order);
    mkdirSync(options.results, { recursive: true });
    writeFileSync(this.#path, `${JSON.stringify({ ...this.head, cells: this.#cells }, null, 1)}\n`);
  }
}

/** The network of a cell as a document. */
function documentOf({ folder, networks, sizes }, structure, size) {
  if (size) return sizes[size][structure];
  return networks[structure] ?? experimentFile(join(folder, RECIPES[structure])).network;
}
const experimentFile = (folder) => JSON.parse(readFileSync(join(folder, 'experiment.json'), 'utf8'));

/** Trains a network unless that is done. */
async function cell(map, structure, data, { size, epochs, seed }) {
  const { folder } = MAPS[map];
  const document = documentOf(MAPS[map], structure, size);
  const out = join(options.work, map, [structure, ...(size ? [size] : []), epochs, seed].join('-'));
  const experiment = await readExperiment(folder, 'quick', { data, out });
  const plan = { ...experiment.plan, epochs, seed };
  const results = new Results(map, structure);
  const isDone = (key) => results.has(key);
  const task = { experiment, document, plan, engine, threads, signal: deadline, isDone };
  const result = await trainCell(task);
  if (result === null) return;
  results.add({ ...(size && { size }), ...result });
  const { errors, trainingSeconds } = result;
  const test = errors.test.mean.toExponential(2);
  const name = [map, structure, ...(size ? [size] : []), `${epochs} epochs`, `seed ${seed}`].join(', ');
  console.log(`${name}: test ε ${test}, ${trainingSeconds.toFixed(1)} CPU s`);
}

const chosen = (names, all) => all.filter((one) => names === undefined || names.includes(String(one)));

/** What is to be run of a map: seed by seed, so that what is missing at the end are seeds; then the recipes, then the other sizes. */
function* cellsOf({ folder, dataset, networks, sizes = {}, seeds }) {
  const all = Array.from({ length: seeds }, (_, i) => i + 1);
  for (const epochs of options.size ? [] : (options.epochs?.map(Number) ?? Object.values(STEPS))) {
    for (const seed of options.seed?.map(Number) ?? all) {
      for (const structure of chosen(options.structure, Object.keys(networks))) {
        if (epochs === STEPS.equal || CHEAPER.includes(structure)) yield { structure, epochs, seed };
      }
    }
  }
  if (!options.size && (options.epochs || options.seed)) return;
  const recipes = options.size || dataset || !existsSync(join(folder, RECIPES.best, 'experiment.json')) ? {} : RECIPES;
  for (const structure of chosen(options.structure, Object.keys(recipes))) {
    yield { structure, epochs: experimentFile(folder).profiles.quick.training.epochs, seed: 1 };
  }
  for (const size of chosen(options.size, Object.keys(sizes))) {
    for (const structure of chosen(options.structure, Object.keys(sizes[size]))) {
      yield { structure, size, epochs: STEPS.equal, seed: 1 };
    }
  }
}

try {
  for (const map of deadline.aborted || options.seconds === '0' ? [] : chosen(options.map, Object.keys(MAPS))) {
    const data = await dataOf(map);
    for (const { structure, ...sizes } of cellsOf(MAPS[map])) await cell(map, structure, data, sizes);
  }
} catch (error) {
  if (!deadline.aborted) throw error;
  console.log('stopped; the same command resumes');
}
const stored = existsSync(options.results)
  ? readdirSync(options.results).filter((name) => /^[^.]+--[^.]+\.json$/.test(name))
  : [];
const cells = stored.flatMap((name) => {
  const { map, structure, cells } = JSON.parse(readFileSync(join(options.results, name), 'utf8'));
  return cells.map((cell) => ({ map, structure, ...cell }));
});
await writePage(options.results, cells);
