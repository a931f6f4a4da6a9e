import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataset } from '@dyadic/dataset';
import { groundState } from '@dyadic/nlse';
import {
  evaluate,
  evaluateData,
  generate,
  openExperiment,
  openModel,
  predict,
  resolveRecipe,
  train,
} from '@dyadic/pipeline';
import { periodicGrid } from '@dyadic/spectral';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const RECIPE = {
  name: 'small',
  description: 'ground states on a small grid',
  seed: 7,
  equation: 'nlse',
  grid: { dimension: 1, points: 20 },
  potential: { preset: 'paper', wells: 2, variance: [0.01, 0.02] },
  solver: { beta: [0, 100], tolerance: 1e-8 },
  profiles: { quick: { samples: 24, shardRows: 6 } },
};

const EXPERIMENT = {
  name: 'small',
  description: 'a small network',
  dataset: '../data',
  input: ['potential', 'beta'],
  output: ['solution', 'energy'],
  normalization: { input: 'standard', output: ['rms-scale', 'standard'] },
  network: {
    points: 20,
    fit: 'pad',
    levels: 3,
    channels: 2,
    kernelLayers: 1,
    output: ['wavefunction', 'mean'],
  },
  profiles: {
    quick: {
      splits: { train: 16, validation: 4, test: 4 },
      training: {
        epochs: 3,
        batchSize: 4,
        seed: 1,
        optimizer: { name: 'nadam' },
        schedule: { learningRate: 0.01 },
        augment: 'torus',
      },
    },
  },
};

let root: string;
let counter = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dyadic-fields-'));
  await writeJson('data/dataset.json', RECIPE);
  await generate(await resolveRecipe(join(root, 'data'), 'quick'));
});
afterAll(() => rm(root, { recursive: true }));

async function writeJson(path: string, document: object) {
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), JSON.stringify(document));
}

async function open(change: object = {}) {
  const name = `app-${counter++}`;
  await writeJson(`${name}/experiment.json`, { ...EXPERIMENT, ...change });
  return openExperiment(join(root, name));
}

const columns = async (folder: string, names: string[]) => (await openDataset(folder)).read(names);
const list = (column: unknown) => Array.from(column as ArrayLike<number>);

describe('a recipe that draws β', () => {
  const folder = () => join(root, 'data/data/quick');

  it('has it as a column, uniform in its range, and solutions that belong to it', async () => {
    const { potential, beta, solution } = await columns(folder(), ['potential', 'beta', 'solution']);
    const values = Array.from(beta as Float64Array);
    expect(values).toHaveLength(24);
    expect(Math.min(...values)).toBeGreaterThan(0);
    expect(Math.max(...values)).toBeLessThan(100);
    expect(new Set(values).size).toBe(24);
    expect(values.reduce((sum, value) => sum + value, 0) / 24).toBeGreaterThan(30);
    const grid = periodicGrid({ dimension: 1, points: 20 });
    for (const s of [0, 11, 23]) {
      const own = Float64Array.from((potential as Float32Array).subarray(20 * s, 20 * s + 20));
      const { u } = groundState(own, grid, { beta: values[s]! });
      u.forEach((value, i) => {
        expect((solution as Float32Array)[20 * s + i]).toBeCloseTo(value, 4);
      });
    }
  });

  it('leaves the other draws alone, and those of a constant β have no such column', async () => {
    const constant = await resolveRecipe(join(root, 'data'), 'quick', { 'solver.beta': 10 });
    expect(constant.recipe.fields.map(({ name }) => name)).not.toContain('beta');
    await generate(constant);
    const [drawn, same] = [await columns(folder(), ['potential']), await columns(constant.folder, ['potential'])];
    expect(drawn.potential).toEqual(same.potential);
    await expect(resolveRecipe(join(root, 'data'), 'quick', { 'solver.beta': [5, 1] })).rejects.toThrow('low < high');
  });
});

describe('an experiment of several columns', () => {
  it('trains, resumes to the same bytes, evaluates output by output, and shows its numbers', async () => {
    const whole = await open();
    expect([whole.experiment.network.inputs, whole.experiment.network.outputs]).toEqual([2, 2]);
    await train(whole, { engine: 'wasm' });
    const { evaluation, page } = await evaluate(whole, { engine: 'wasm' });
    expect(Object.keys(evaluation.outputs!)).toEqual(['solution', 'energy']);
    expect(evaluation.parameters!.beta!.map(({ samples }) => samples)).toEqual([1, 1, 1, 1]);
    const html = await readFile(page, 'utf8');
    expect(html).toContain('Error against the parameters');
    expect(html).toContain('β = ');
    expect(html).toMatch(/energy = -?[\d.]+, predicted -?[\d.]+/);

    const broken = await open();
    const controller = new AbortController();
    const stop = (event: { type: string; done?: number }) => event.type === 'progress' && controller.abort();
    await train(broken, { engine: 'wasm', checkpointSeconds: 0, onEvent: stop, signal: controller.signal }).catch(
      () => {},
    );
    await train(broken, { engine: 'wasm' });
    const bytes = (of: typeof whole) => readFile(join(of.experiment.runFolder, 'checkpoint.safetensors'));
    expect(await bytes(broken)).toEqual(await bytes(whole));
  });

  it('a number goes in as a constant field, and comes out as one', async () => {
    const { splits, normalizers } = await open();
    const { inputs, targets } = await splits.test.read(1, 2);
    const { beta, energy, potential } = await columns(join(root, 'data/data/quick'), ['beta', 'energy', 'potential']);
    for (const s of [0, 1]) {
      const own = inputs.subarray(40 * s, 40 * s + 40);
      expect(own.subarray(0, 20)).toEqual((potential as Float32Array).subarray(20 * (21 + s), 20 * (22 + s)));
      expect(new Set(own.subarray(20))).toEqual(new Set([Math.fround((beta as Float64Array)[21 + s]!)]));
      const energies = targets.subarray(40 * s + 20, 40 * s + 40);
      expect(new Set(energies)).toEqual(new Set([Math.fround((energy as Float64Array)[21 + s]!)]));
    }
    const { input } = await normalizers();
    expect(input).toHaveLength(2);
  });

  it('is predicted from datasets and files, numbers as numbers, and evaluated on other data', async () => {
    const whole = await open();
    await train(whole, { engine: 'wasm' });
    const { runFolder } = whole.experiment;
    const data = join(root, 'data/data/quick');
    const outcome = await predict(runFolder, data, join(root, 'predicted'), { engine: 'wasm' });
    expect([outcome.input, outcome.output]).toEqual([
      ['potential', 'beta'],
      ['solution', 'energy'],
    ]);
    const predicted = await columns(join(root, 'predicted'), ['beta', 'solution', 'energy']);
    expect(predicted.energy).toHaveLength(24);
    expect(predicted.beta).toHaveLength(24);
    const model = await openModel(runFolder, { engine: 'wasm' });
    const { inputs } = await whole.splits.test.read(0, 1);
    const [output] = [await model.predict(inputs)];
    model.close();
    expect(output!.subarray(0, 20)).toEqual((predicted.solution as Float32Array).subarray(20 * 20, 20 * 21));
    expect(output![20]).toBeCloseTo((predicted.energy as Float32Array)[20]!, 4);
    const { mean, samples } = await evaluateData(runFolder, data, { engine: 'wasm' });
    const { evaluation } = await evaluate(whole, { engine: 'wasm' });
    expect(samples).toBe(24);
    const { train: one, validation, test } = evaluation.splits;
    expect(mean).toBeCloseTo((16 * one.mean + 4 * validation.mean + 4 * test.mean) / 24, 5);
  });

  it('is predicted from JSON: wells with the number of the other column, or both columns by their numbers', async () => {
    const whole = await open();
    await train(whole, { engine: 'wasm' });
    const { runFolder } = whole.experiment;
    const data = await columns(join(root, 'data/data/quick'), [
      'potential',
      'beta',
      'variance',
      'strengths',
      'centers',
    ]);
    const samples = [0, 1, 2].map((s) => ({
      variance: data.variance![s],
      wells: [0, 1].map((w) => ({ strength: data.strengths![2 * s + w], center: [data.centers![2 * s + w]] })),
      beta: data.beta![s],
    }));
    const predicted = async (document: object) => {
      const [file, out] = [join(root, 'told.json'), join(root, `told-${counter++}`)];
      await writeFile(file, JSON.stringify(document));
      await predict(runFolder, file, out, { engine: 'wasm' });
      return columns(out, ['potential', 'beta', 'solution', 'energy']);
    };
    const described = await predicted({ equation: 'nlse', samples });
    expect(list(described.beta)).toEqual([0, 1, 2].map((s) => Math.fround(data.beta![s] as number)));
    expect(list(described.potential)).toEqual(
      list(data.potential!.slice(0, 60)).map((value) => expect.closeTo(value, 4)),
    );
    const named = samples.map(({ beta }, s) => ({
      beta,
      potential: list(data.potential!.slice(20 * s, 20 * s + 20)),
    }));
    const given = await predicted({ samples: named });
    const model = await openModel(runFolder, { engine: 'wasm' });
    const expected = await model.predict({
      potential: data.potential!.slice(0, 60) as Float32Array,
      beta: data.beta!.slice(0, 3) as Float64Array,
    });
    model.close();
    expect([given.solution, given.energy]).toEqual([expected.solution, expected.energy]);
    for (const [document, message] of [
      [
        { equation: 'nlse', samples: samples.map(({ beta: _, ...rest }) => rest) },
        "samples.0 has no 'beta'; the network takes potential, beta of each",
      ],
      [{ samples: [named[0], { potential: named[1]!.potential }] }, 'samples.1.beta is undefined; expected a number'],
      [{ samples: [{ ...named[0], beta: '7' }] }, "samples.0.beta is '7'; expected a number"],
      [{ samples: [{ ...named[0], potential: [1, 2] }] }, 'samples.0.potential is [1,2]; expected 20 numbers'],
      [{ samples: [{ beta: 1 }] }, "has no entry 'equation'"],
      [{ samples: [{ ...named[0], beta: 1e39 }] }, 'samples.0 gives a field of 1e+39'],
    ] as const) {
      await expect(predicted(document)).rejects.toThrow(message);
    }
  });

  it.each<[object, string | RegExp]>([
    [{ input: ['potential', 'gamma'] }, "names the column 'gamma'"],
    [{ input: ['potential', 'status'] }, "names the column 'status', which holds texts"],
    [
      { normalization: { input: ['standard'], output: 'standard' } },
      'normalization.input has 1 entries; expected one, or 2',
    ],
    [{ network: { ...EXPERIMENT.network, inputs: 3 } }, 'network.inputs is 3; expected 2, one for each column'],
    [{ network: { ...EXPERIMENT.network, output: ['mean'] } }, 'expected stages of 2 fields, not of 1'],
  ])('%o is refused', async (change, message) => {
    await expect(open(change)).rejects.toThrow(message);
  });
});

describe('a recipe with points and lengths per axis', () => {
  it('whose sides differ has no exchange of axes among its symmetries', async () => {
    const box = { points: [12, 12], length: [1, 2] };
    await writeJson('sides/dataset.json', { ...RECIPE, grid: box, solver: { beta: 10, tolerance: 1e-8 } });
    await generate(await resolveRecipe(join(root, 'sides'), 'quick', { samples: 24, shardRows: 24 }), {
      out: join(root, 'sides/data/quick'),
    });
    const network = { points: 12, dimension: 2, levels: 2, channels: 2, kernelLayers: 1 };
    const normalization = { input: 'standard', output: 'rms-scale' };
    const change = { dataset: '../sides', input: 'potential', output: 'solution', normalization, network };
    await expect(open(change)).rejects.toThrow("training.augment is 'torus', which exchanges axes");
    const { quick } = EXPERIMENT.profiles;
    const profiles = { quick: { ...quick, training: { ...quick.training, augment: 'reflections' } } };
    const opened = await open({ ...change, profiles });
    const { state } = await train(opened, { engine: 'wasm' });
    expect(state.epoch).toBe(3);
  });

  it('has fields of that shape, which train and are drawn', async () => {
    const box = { points: [12, 24], length: [1, 2] };
    await writeJson('box/dataset.json', { ...RECIPE, grid: box, solver: { beta: 10, tolerance: 1e-8 } });
    const { manifest } = await generate(await resolveRecipe(join(root, 'box'), 'quick'));
    expect(manifest.recipe.fields[0]!.shape).toEqual([12, 24]);
    const { centers } = await columns(join(root, 'box/data/quick'), ['centers']);
    const along = Array.from(centers as Float64Array).filter((_, i) => i % 2 === 1);
    expect(Math.max(...along)).toBeGreaterThan(1);
    expect(Math.max(...along)).toBeLessThan(2);
    const network = { points: [12, 24], levels: 2, channels: 2, kernelLayers: 1, output: 'wavefunction' };
    const normalization = { input: 'standard', output: 'rms-scale' };
    const opened = await open({ dataset: '../box', input: 'potential', output: 'solution', normalization, network });
    await train(opened, { engine: 'wasm' });
    const { page } = await evaluate(opened, { engine: 'wasm' });
    expect((await readFile(page, 'utf8')).match(/<svg/g)!.length).toBeGreaterThanOrEqual(4);
    // Wells told in JSON lie in the box that the network was trained on.
    const told = await columns(join(root, 'box/data/quick'), ['potential', 'variance', 'strengths', 'centers']);
    const wells = [0, 1].map((w) => ({
      strength: told.strengths![w],
      center: list(told.centers!.slice(2 * w, 2 * w + 2)),
    }));
    const [file, out] = [join(root, 'box.json'), join(root, 'box-predicted')];
    await writeFile(file, JSON.stringify({ equation: 'nlse', samples: [{ variance: told.variance![0], wells }] }));
    await predict(opened.experiment.runFolder, file, out, { engine: 'wasm' });
    expect(list((await columns(out, ['potential'])).potential)).toEqual(
      list(told.potential!.slice(0, 288)).map((value) => expect.closeTo(value, 4)),
    );
    await expect(
      open({
        dataset: '../box',
        input: 'potential',
        output: 'solution',
        normalization,
        network: { ...network, points: [24, 12] },
      }),
    ).rejects.toThrow("network takes fields of 24 × 12 points; the dataset's 'potential' has 12 × 24");
  });
});
