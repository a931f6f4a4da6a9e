/**
 * `npm run models`: the networks of the page, from the runs of the experiments (`dyadic train`, quick profile). Of each
 * checkpoint what predicts is kept; the test split says which samples are the worst, which the page offers to look at.
 */
import { existsSync } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDataset, splitSamples } from '@dyadic/dataset';
import { encodeCheckpoint, forPrediction, loadModel, readCheckpoint } from '@dyadic/training';

const APPS = fileURLToPath(new URL('../..', import.meta.url));
const DATASETS = fileURLToPath(new URL('../../../datasets', import.meta.url));
const TARGET = fileURLToPath(new URL('../public/models', import.meta.url));
const EXPERIMENTS = ['nlse-1d', 'nlse-2d', 'kohn-sham-1d', 'kohn-sham-2d'];
const PROFILE = process.env.DYADIC_PROFILE ?? 'quick';
/** Worst samples that the page goes through. */
const WORST = 8;

await mkdir(TARGET, { recursive: true });
const models = [];
let total = 0;
for (const name of EXPERIMENTS) {
  const run = join(APPS, name, 'runs', PROFILE, 'checkpoint.safetensors');
  if (!existsSync(run)) {
    console.log(`${name}: no run of the profile ${PROFILE}; npm run train --workspace @dyadic/${name}`);
    process.exitCode = 1;
    continue;
  }
  const checkpoint = await readCheckpoint(run);
  const bytes = encodeCheckpoint(forPrediction(checkpoint));
  const file = `${name}.safetensors`;
  await writeFile(join(TARGET, file), bytes);
  const dataset = await openDataset(join(DATASETS, name, 'data', PROFILE));
  const { splits } = checkpoint.origin;
  const errors = await testErrors(dataset, checkpoint.origin, bytes, splitSamples(dataset.samples, splits).test);
  models.push({
    name,
    file,
    seed: dataset.recipe.seed,
    training: splits.train,
    parameters: checkpoint.network.parameterCount,
    epochs: checkpoint.state.epoch,
    testError: Number((errors.reduce((sum, { error }) => sum + error, 0) / errors.length).toPrecision(3)),
    worst: errors
      .sort((a, b) => b.error - a.error)
      .slice(0, WORST)
      .map(({ sample, error }) => ({ sample, error: Number(error.toPrecision(3)) })),
  });
  total += (await stat(join(TARGET, file))).size;
  console.log(`${name}: ${(bytes.length / 1000).toFixed(0)} kB, test error ${models.at(-1).testError}`);
}
await writeFile(join(TARGET, 'models.json'), `${JSON.stringify(models, null, 2)}\n`);
console.log(`${models.length} models, ${(total / 1e6).toFixed(2)} MB`);

/** ε of every sample of the test split, with its number. */
async function testErrors(dataset, { input, output }, bytes, { first, count }) {
  const { [input]: inputs, [output]: targets } = await dataset.read([input, output], first, count);
  const model = await loadModel(bytes);
  const found = await model.predict(inputs);
  model.close();
  const size = found.length / count;
  return Array.from({ length: count }, (_, s) => {
    let [difference, norm] = [0, 0];
    for (let i = s * size; i < (s + 1) * size; i++) {
      difference += (found[i] - targets[i]) ** 2;
      norm += targets[i] ** 2;
    }
    return { sample: first + s, error: Math.sqrt(difference / norm) };
  });
}
