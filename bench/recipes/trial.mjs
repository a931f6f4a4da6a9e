import { join } from 'node:path';
import { fitNormalizer, openDataset } from '@dyadic/dataset';
import { wasmEngine } from '@dyadic/engine-wasm';
import { mnn, networkFromDocument } from '@dyadic/mnn';
import { generate, resolveRecipe } from '@dyadic/pipeline';
import {
  ensembleOf,
  inPositions,
  openCheckpoint,
  prepareSamples,
  relativeErrors,
  summarizeErrors,
  train,
} from '@dyadic/training';
import { transformed } from './transforms.mjs';

/** RFC 7396, as recipes of the reproduction are changed. */
export function patched(target, patch) {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result = { ...target };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = patched(result[name] ?? {}, value);
  }
  return result;
}

/** The fields of a map, made once and kept in a folder. */
export async function dataOf({ problem, preset, wells, splits }, problems, folder) {
  const { dataset, input, output } = problems[problem];
  const samples = splits.train + splits.validation + splits.test;
  const overrides = { 'potential.preset': preset, 'potential.wells': wells, samples, shardRows: 250 };
  const recipe = await resolveRecipe(join('apps/reproduce/problems', dataset), 'paper', overrides);
  const out = join(folder, `${problem}-${preset}-g${wells}-${samples}`);
  await generate(recipe, { out, wait: true });
  const data = await openDataset(out);
  const hasGap = data.manifest.recipe.fields.some(({ name }) => name === 'gap');
  const read = async (first, count) => {
    const {
      [input]: inputs,
      [output]: targets,
      gap,
    } = await data.read([input, output, ...(hasGap ? ['gap'] : [])], first, count);
    return { count, inputs: Float32Array.from(inputs), targets: Float32Array.from(targets), gap };
  };
  return {
    train: await read(0, splits.train),
    validation: await read(splits.train, splits.validation),
    test: await read(splits.train + splits.validation, splits.test),
  };
}

const each = (values, size, change) => {
  const result = new Float32Array(values.length);
  for (let at = 0; at < values.length; at += size) result.set(change(values.subarray(at, at + size), at / size), at);
  return result;
};

/** Samples on a line, moved by so many points: what aligned samples have at the origin lies there. */
function placed(samples, size, points) {
  const rolled = (fields) =>
    each(fields, size, (field) => Float32Array.from(field, (_, i) => field[(i - points + size) % size]));
  return { ...samples, inputs: rolled(samples.inputs), targets: rolled(samples.targets) };
}

/** The network of a trial: the paper's, or the widest of another structure that has at most as many parameters. */
export function networkOf({ channels, kernelLayers }, problemFile, recipe, { structure }) {
  const { levels, ...common } = { ...problemFile.network, ...recipe.network };
  const paper = mnn({ ...common, levels, channels, kernelLayers });
  if (!structure) return paper;
  let widest;
  for (let width = 1; ; width++) {
    const network = networkFromDocument({ ...common, ...structure, width });
    if (network.parameterCount > paper.parameterCount) return widest;
    widest = network;
  }
}

/**
 * The weights of samples for a loss in which the relative error of each counts by its gap, (mean gap / gap)^power, at most 5 times;
 * of mean 1.
 */
function weightedByGap({ weights, ...samples }, gap, power, loss) {
  const mean = gap.reduce((sum, one) => sum + one, 0) / gap.length;
  const factors = Float64Array.from(gap, (one) => Math.min((mean / one) ** power, 5));
  const meanFactor = factors.reduce((sum, one) => sum + one, 0) / factors.length;
  // Weights stand under the root of the loss `error`.
  const root = loss === 'error' ? 2 : 1;
  return { ...samples, weights: weights.map((weight, s) => weight * (factors[s] / meanFactor) ** root) };
}

/** Trains the network of a map once, on one thread, and measures it. */
export async function runTrial(map, problemFile, base, trial, raw) {
  const recipe = patched(base, trial.changes ?? {});
  const network = networkOf(map, problemFile, recipe, trial);
  const size = network.inputSize;
  const conditioned = Object.fromEntries(
    Object.entries(raw).map(([split, { inputs, ...rest }]) => [
      split,
      { ...rest, inputs: each(inputs, size, (field) => transformed(trial.transform, field)) },
    ]),
  );
  const normalizers = {
    input: { ...fitNormalizer(conditioned.train.inputs, recipe.normalization.input) },
    output: fitNormalizer(conditioned.train.targets, recipe.normalization.output),
    ...(recipe.normalization.align && { align: recipe.normalization.align }),
  };
  normalizers.input.scale /= trial.inputScale ?? 1;
  const samples = Object.fromEntries(
    Object.entries(conditioned).map(([split, raw]) => [
      split,
      placed(prepareSamples(network, raw, normalizers), size, trial.at ?? 0),
    ]),
  );
  const learned = trial.gapPower
    ? weightedByGap(samples.train, raw.train.gap, trial.gapPower, recipe.training.loss)
    : samples.train;
  const evaluations = map.evaluations * (trial.longer ?? 1);
  const epochs = Math.max(1, Math.round(evaluations / map.splits.train));
  const { schedule } = recipe.training;
  const plan = {
    ...recipe.training,
    schedule: { ...schedule, learningRate: schedule.learningRate * (trial.rate ?? 1) },
    epochs,
    batchSize: recipe.batch.size,
    seed: trial.seed ?? 1,
    validateEvery: Math.max(1, Math.round(epochs / 25)),
  };
  const session = await (await wasmEngine({ threads: 1 })).open(network);
  const start = process.cpuUsage();
  const state = await train({ network, session, train: learned, validation: samples.validation, plan });
  const trainingSeconds = process.cpuUsage(start).user / 1e6;
  const errors = {};
  for (const split of ['train', 'validation', 'test']) {
    errors[split] = summarizeErrors(await relativeErrors(network, session, state.best, samples[split]));
  }
  const averaged =
    plan.augment === undefined
      ? undefined
      : await averagedErrors({ network, plan, normalizers, state }, conditioned.test);
  session.close();
  const curve = state.history
    .filter(({ validation }) => validation !== null)
    .map(({ epoch, validation }) => [epoch, Number(validation.toPrecision(4))]);
  return {
    parameters: network.parameterCount,
    steps: epochs * Math.ceil(map.splits.train / plan.batchSize),
    batch: plan.batchSize,
    errors,
    averaged,
    trainingSeconds,
    curve,
  };
}

/** Mean test error of the mean of the predictions in 1, 2, 4, … positions of the torus. */
async function averagedErrors(checkpoint, { count, inputs, targets }) {
  const model = await openCheckpoint({ ...checkpoint, origin: {}, engine: 'wasm' }, await wasmEngine({ threads: 1 }));
  const few = Math.min(count, 500);
  const size = targets.length / count;
  const ensemble = ensembleOf(inPositions(model, 16));
  const { outputs } = await ensemble.predict(inputs.subarray(0, few * (inputs.length / count)));
  ensemble.close();
  const sum = new Float64Array(few * size);
  const errors = {};
  for (const [k, output] of outputs.entries()) {
    for (let i = 0; i < sum.length; i++) sum[i] += output[i];
    if (((k + 1) & k) !== 0) continue;
    let total = 0;
    for (let s = 0; s < few; s++) {
      let [difference, norm] = [0, 0];
      for (let i = s * size; i < (s + 1) * size; i++) {
        difference += (sum[i] / (k + 1) - targets[i]) ** 2;
        norm += targets[i] ** 2;
      }
      total += Math.sqrt(difference / norm);
    }
    errors[k + 1] = Number((total / few).toPrecision(4));
  }
  return errors;
}
