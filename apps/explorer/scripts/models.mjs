/**
 * `npm run models`: the networks of the page, from the runs of the experiments (`dyadic train`, quick profile), all or those
 * that are named. Of each checkpoint what predicts is kept; the test split says which samples are the worst, which the page
 * offers to look at. Of a map trained along iterations the page shows the field with the network inside, so that
 * is what is measured.
 *
 * `npm run models -- --uncertainty EXPERIMENT …` measures only what the spread over positions is worth, of the networks that are
 * there, on the data of their experiments (`dyadic generate`).
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDataset, splitSamples } from '@dyadic/dataset';
import { selfConsistentField } from '@dyadic/kohn-sham';
import { periodicGrid } from '@dyadic/spectral';
import { encodeCheckpoint, forPrediction, loadModelSync, readCheckpoint } from '@dyadic/training';
import { uncertaintyOf } from './uncertainty.mjs';

const APPS = fileURLToPath(new URL('../..', import.meta.url));
const DATASETS = fileURLToPath(new URL('../../../datasets', import.meta.url));
const TARGET = fileURLToPath(new URL('../public/models', import.meta.url));
const LIST = join(TARGET, 'models.json');
const UNCERTAINTIES = fileURLToPath(new URL('../../../docs/results/uncertainty.json', import.meta.url));
/** The experiments, and the problem of the page that each is for. */
const PROBLEMS = {
  'nlse-1d': 'nlse-1d',
  'nlse-2d': 'nlse-2d',
  'kohn-sham-1d': 'kohn-sham-1d',
  'kohn-sham-2d': 'kohn-sham-2d',
  'kohn-sham-iterates-1d': 'field-1d',
};
const PROFILE = process.env.DYADIC_PROFILE ?? 'quick';
/** Worst samples that the page goes through. */
const WORST = 8;
/** Bytes that all networks together may take. */
const MOST = 2e6;

const uncertaintyOnly = process.argv.includes('--uncertainty');
const wanted = process.argv.slice(2).filter((word) => word !== '--uncertainty');
const unknown = wanted.filter((name) => !(name in PROBLEMS));
if (unknown.length > 0) fail(`unknown: ${unknown.join(', ')}; expected some of ${Object.keys(PROBLEMS).join(', ')}`);
await mkdir(TARGET, { recursive: true });
const known = existsSync(LIST) ? JSON.parse(await readFile(LIST, 'utf8')) : [];
const models = [];
let total = 0;
for (const name of Object.keys(PROBLEMS)) {
  const kept = known.find((model) => model.name === name);
  const isWanted = wanted.length === 0 || wanted.includes(name);
  if (isWanted && uncertaintyOnly) models.push(await withUncertainty(name, kept));
  else if (isWanted) models.push(await modelOf(name));
  else if (kept) models.push(kept);
  else continue;
  const { file, testError } = models.at(-1);
  const { size } = await stat(join(TARGET, file));
  total += size;
  console.log(`${name}: ${(size / 1000).toFixed(0)} kB, test error ${testError}${isWanted ? '' : ' (as it was)'}`);
}
if (total > MOST) fail(`the networks take ${total} bytes together; expected at most ${MOST}`);
await writeFile(LIST, `${JSON.stringify(models, null, 2)}\n`);
console.log(`${models.length} models, ${(total / 1e6).toFixed(2)} MB`);

async function modelOf(name) {
  const run = join(APPS, name, 'runs', PROFILE, 'checkpoint.safetensors');
  if (!existsSync(run)) fail(`${name}: no run of the profile ${PROFILE}; npm run train --workspace @dyadic/${name}`);
  const checkpoint = await readCheckpoint(run);
  const bytes = encodeCheckpoint(forPrediction(checkpoint));
  const file = `${name}.safetensors`;
  await writeFile(join(TARGET, file), bytes);
  const dataset = await openDataset(join(DATASETS, name, 'data', PROFILE));
  const { splits } = checkpoint.origin;
  const { test } = splitSamples(dataset.samples, splits);
  const model = loadModelSync(bytes);
  const mapErrors = await errorsOfMap(dataset, checkpoint.origin, model, test);
  const isField = dataset.recipe.problem.iterates !== undefined;
  const uncertainty = isField ? undefined : await uncertaintyOf(dataset, model);
  const errors = isField ? await errorsOfField(dataset, model, test) : mapErrors;
  model.close();
  return {
    name,
    problem: PROBLEMS[name],
    file,
    seed: dataset.recipe.seed,
    training: splits.train,
    parameters: checkpoint.network.parameterCount,
    epochs: checkpoint.state.epoch,
    testError: mean(errors),
    ...(errors !== mapErrors && { mapError: mean(mapErrors) }),
    ...keptUncertainty(name, uncertainty),
    worst: errors
      .map((error, s) => ({ sample: test.first + s, error: Number(error.toPrecision(3)) }))
      .sort((a, b) => b.error - a.error)
      .slice(0, WORST),
  };
}

/** What the page needs; all of it is kept for the page of results. */
function keptUncertainty(name, found) {
  if (!found) return {};
  const all = existsSync(UNCERTAINTIES) ? JSON.parse(readFileSync(UNCERTAINTIES, 'utf8')) : [];
  const others = all.filter((one) => one.network !== name);
  const sorted = [...others, { network: name, ...found.results }].sort((a, b) => (a.network < b.network ? -1 : 1));
  writeFileSync(UNCERTAINTIES, `[\n${sorted.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`);
  return { uncertainty: found.page };
}

/** A model that is there, its uncertainty measured again. */
async function withUncertainty(name, { worst, uncertainty: _, ...kept }) {
  const dataset = await openDataset(join(DATASETS, name, 'data', PROFILE));
  const model = loadModelSync(await readFile(join(TARGET, kept.file)));
  const uncertainty = dataset.recipe.problem.iterates ? undefined : await uncertaintyOf(dataset, model);
  model.close();
  return { ...kept, ...keptUncertainty(name, uncertainty), worst };
}

/** ε of every sample of the test split. */
async function errorsOfMap(dataset, { input, output }, model, { first, count }) {
  const { [input]: inputs, [output]: targets } = await dataset.read([input, output], first, count);
  const found = model.predict(inputs);
  const size = found.length / count;
  return Array.from({ length: count }, (_, s) => {
    const part = (values) => values.subarray(s * size, (s + 1) * size);
    return relativeError(part(found), part(targets));
  });
}

/** ε of the fields in the wells of the test split, the network in place of the eigensolver, as the page iterates. */
async function errorsOfField(dataset, model, { first, count }) {
  const { external } = await dataset.read(['external'], first, count);
  const { grid: axes, solver, iterates } = dataset.recipe.problem;
  const { steps: _, ...field } = iterates;
  const grid = periodicGrid(axes);
  return Array.from({ length: count }, (_, s) => {
    const wells = Float64Array.from(external.subarray(s * grid.size, (s + 1) * grid.size));
    const options = { ...field, external: wells, grid, electrons: solver.electrons };
    const map = (potential) => ({ density: Float64Array.from(model.predict(potential)) });
    const inside = selfConsistentField({ ...options, tolerance: 1e-6, map });
    return relativeError(inside.density, selfConsistentField(options).density);
  });
}

/** ‖û − u‖ / ‖u‖ */
function relativeError(found, target) {
  let [difference, norm] = [0, 0];
  for (let i = 0; i < target.length; i++) {
    difference += (found[i] - target[i]) ** 2;
    norm += target[i] ** 2;
  }
  return Math.sqrt(difference / norm);
}

function mean(values) {
  return Number((values.reduce((sum, value) => sum + value) / values.length).toPrecision(3));
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
