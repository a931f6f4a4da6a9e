import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataset } from '@dyadic/dataset';
import { importData } from '@dyadic/interchange';
import { apply } from '@dyadic/mnn/reference';
import {
  evaluate,
  exportOnnx,
  generate,
  loadProblem,
  openExperiment,
  openModel,
  predict,
  problemsWith,
  resolveRecipe,
  train,
} from '@dyadic/pipeline';
import { randomStream } from '@dyadic/random';
import { fieldNormalizers } from '@dyadic/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModel as openOnnx } from '../../packages/onnx/test/interpreter.js';

/** Grids that no power of two divides: what the boxes lack is padded, and cropped at the end. */
const ENGINE = { engine: 'wasm', threads: 1 } as const;
const problems = problemsWith([await loadProblem(join(import.meta.dirname, '../darcy/darcy.mjs'))]);

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dyadic-grids-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function generated(name: string, recipe: object) {
  const folder = join(root, name);
  await mkdir(folder);
  const document = {
    name,
    description: 'a grid',
    seed: 1,
    profiles: { quick: { samples: 160, shardRows: 40 } },
    ...recipe,
  };
  await writeFile(join(folder, 'dataset.json'), JSON.stringify(document));
  const resolved = await resolveRecipe(folder, 'quick', {}, problems);
  await generate(resolved, { workers: 1 });
  return resolved.folder;
}

/** Diffusion between walls, Σ a_k cos(πkx) ↦ Σ a_k e^(−π²k²t) cos(πkx), in files of somebody else's. */
async function imported() {
  const [points, samples, time] = [421, 160, 0.01];
  const stream = randomStream(1, 'examples/test/grids');
  const rows: [initial: string[], final: string[]] = [[], []];
  for (let s = 0; s < samples; s++) {
    const amplitudes = Array.from({ length: 8 }, () => stream.normal());
    const at = (t: number) =>
      Array.from({ length: points }, (_, i) =>
        amplitudes.reduce((sum, a, k) => {
          const decay = Math.exp(-(Math.PI ** 2) * k * k * t);
          return sum + a * decay * Math.cos((Math.PI * k * (i + 0.5)) / points);
        }, 0),
      ).join(',');
    rows[0].push(at(0));
    rows[1].push(at(time));
  }
  const folder = join(root, 'heat-files');
  await mkdir(folder);
  await writeFile(join(folder, 'initial.csv'), rows[0].join('\n'));
  await writeFile(join(folder, 'final.csv'), rows[1].join('\n'));
  const columns = [{ array: 'initial' }, { array: 'final' }];
  const data = join(root, 'heat');
  await importData(folder, data, { name: 'heat', columns, domain: [[0, 1]], shardRows: 40 });
  return data;
}

const GRIDS = [
  {
    grid: '1,000 points, periodic',
    shape: [1000],
    data: () =>
      generated('nlse', {
        equation: 'nlse',
        grid: { dimension: 1, points: 1000 },
        potential: { preset: 'paper', wells: 2 },
        solver: { beta: 10, tolerance: 1e-8 },
      }),
    columns: ['potential', 'solution'],
    network: { points: 1000, levels: 6, channels: 6, kernelLayers: 2, output: 'wavefunction', activation: 'softplus' },
    initial: {},
    falls: 50,
  },
  {
    grid: '85 × 85 points, zeros outside',
    shape: [85, 85],
    data: () => generated('darcy', { equation: 'darcy', grid: { points: 85 }, solver: { tolerance: 1e-6 } }),
    columns: ['permeability', 'pressure'],
    network: { dimension: 2, points: 85, levels: 4, channels: 6, kernelLayers: 3, padding: 'zero' },
    initial: { scheme: 'fan-in' },
    falls: 3,
  },
  {
    grid: '421 points, reflected',
    shape: [421],
    data: imported,
    columns: ['initial', 'final'],
    network: { points: 421, levels: 5, channels: 6, kernelLayers: 2, padding: 'reflect', activation: 'softplus' },
    initial: {},
    falls: 10,
  },
] as const;

describe.each(GRIDS)('$grid', ({ shape, data: make, columns: [input, output], network, initial, falls }) => {
  it('trains, is drawn, predicted and exported on its own points', async () => {
    const data = await make();
    const app = join(root, `${output}-app`);
    await mkdir(app);
    const training = {
      epochs: 20, // of 15 steps
      initial,
      batchSize: 8,
      seed: 1,
      optimizer: { name: 'soap' },
      schedule: { learningRate: 0.003, warmup: 0.05 },
      loss: 'error',
    };
    const document = {
      name: output,
      description: 'a grid that boxes do not tile',
      dataset: '.',
      input,
      output,
      normalization: { input: 'standard', output: 'rms-scale' },
      network: { ...network, fit: 'pad' },
      profiles: { quick: { splits: { train: 120, validation: 20, test: 20 }, training } },
    };
    await writeFile(join(app, 'experiment.json'), JSON.stringify(document));
    const open = await openExperiment(app, { data });
    const { paddedShape, fit } = open.experiment.network;
    expect(paddedShape.every((padded, axis) => padded > shape[axis]! && padded % 2 ** network.levels === 0)).toBe(true);
    expect(fit).toBe((network as { padding?: string }).padding ?? 'periodic');

    const { state } = await train(open, ENGINE);
    const errors = state.history.map(({ validation }) => validation!);
    expect(errors).toHaveLength(20);
    expect(state.bestError).toBeLessThan(errors[0]! / falls);
    const { evaluation, page } = await evaluate(open, ENGINE);
    expect(evaluation.splits.test.mean).toBeLessThan(1.5 * state.bestError);
    // Lines have the points of the data, those of solutions and predictions alike; maps say so themselves.
    const html = await readFile(page, 'utf8');
    const points = [...html.matchAll(/<path[^>]* d="([^"]*)"/g)].map(([, path]) => path!.split(/[ML]/).length - 1);
    expect(points.filter((count) => count === shape[0]).length).toBeGreaterThanOrEqual(shape.length === 1 ? 6 : 0);
    expect(points).not.toContain(paddedShape[0]);
    expect(html.match(/<svg/g)!.length).toBeGreaterThanOrEqual(3);

    // The prediction has the points of the data, and is what the reference makes of the padded input, cropped.
    const { runFolder } = open.experiment;
    const out = join(app, 'predicted');
    await predict(runFolder, data, out, ENGINE);
    const predicted = await openDataset(out);
    expect(predicted.recipe.fields.map((field) => field.shape)).toEqual([shape, shape]);
    const columns = await predicted.read([input, output], 0, 1);
    const [given, found] = [columns[input] as Float32Array, columns[output] as Float32Array];
    const model = await openModel(runFolder, ENGINE);
    expect((await model.predict({ [input]: given }))[output]).toEqual(found);
    const { normalizers, network: trained } = model.checkpoint;
    const [from] = fieldNormalizers('input', normalizers.input, 1);
    const [to] = fieldNormalizers('output', normalizers.output, 1);
    const expected = apply(
      trained,
      state.best,
      given.map((x) => (x - from!.shift) / from!.scale),
    );
    const largest = Math.max(...found.map(Math.abs));
    const differences = (values: ArrayLike<number>) =>
      Math.max(...found.map((y, i) => Math.abs(y - values[i]!))) / largest;
    expect(differences(expected.map((y) => to!.shift + to!.scale * y))).toBeLessThan(1e-5);

    // Likewise the ONNX file.
    const { file } = await exportOnnx(runFolder);
    const onnx = openOnnx(new Uint8Array(await readFile(file))).run({
      [input]: { shape: [1, ...shape], values: Float64Array.from(given) },
    });
    expect(onnx.get(output)!.shape).toEqual([1, ...shape]);
    expect(differences(onnx.get(output)!.values)).toBeLessThan(1e-5);
    model.close();
  }, 300_000);
});
