import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataset } from '@dyadic/dataset';
import {
  evaluate,
  generate,
  loadProblem,
  openExperiment,
  openModel,
  problemsWith,
  resolveRecipe,
  train,
} from '@dyadic/pipeline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const EXAMPLES = join(import.meta.dirname, '..');

/** The examples on small grids: what replaces entries of their two files. */
const SMALL = {
  darcy: {
    points: 16,
    network: { dimension: 2, points: 16, levels: 2, channels: 2, kernelLayers: 1 },
    symbols: ['a', 'u'],
  },
  burgers: { points: 128, network: { points: 128, levels: 3, channels: 2, kernelLayers: 1 }, symbols: ['u₀', 'u₁'] },
} as const;

describe.each(['darcy', 'burgers'] as const)('%s, one module and two files', (name) => {
  const { points, network, symbols } = SMALL[name];
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'dyadic-problem-'));
  });
  afterAll(() => rm(root, { recursive: true }));

  it('generates on worker threads, trains, evaluates with figures, and predicts', async () => {
    const problem = await loadProblem(join(EXAMPLES, name, `${name}.mjs`));
    const problems = problemsWith([problem]);
    const overrides = { samples: 24, shardRows: 6, 'grid.points': points };
    const recipe = await resolveRecipe(join(EXAMPLES, name), 'quick', overrides, problems);
    const [two, one] = [join(root, 'two'), join(root, 'one')];
    const { manifest } = await generate(recipe, { out: two, workers: 2 });
    expect((await generate(recipe, { out: one, workers: 1 })).manifest.checksum).toBe(manifest.checksum);
    expect(manifest.recipe.generator).toEqual({ name, version: '1', sha256: problem.module!.sha256 });
    expect(await readFile(join(one, 'README.md'), 'utf8')).toContain(problem.card);

    const experiment = JSON.parse(await readFile(join(EXAMPLES, name, 'experiment.json'), 'utf8'));
    const { training } = experiment.profiles.quick;
    const quick = { splits: { train: 16, validation: 4, test: 4 }, training: { ...training, epochs: 2, batchSize: 4 } };
    await mkdir(join(root, 'app'));
    const file = { ...experiment, network: { ...experiment.network, ...network }, profiles: { quick } };
    await writeFile(join(root, 'app/experiment.json'), JSON.stringify(file));
    const open = await openExperiment(join(root, 'app'), { data: one });
    await train(open, { engine: 'wasm' });
    const { evaluation, page } = await evaluate(open, { engine: 'wasm', problems });
    expect(evaluation.times.solver).toBeGreaterThan(0);
    const html = await readFile(page, 'utf8');
    for (const symbol of symbols) expect(html).toContain(symbol);
    expect(html.match(/<svg/g)!.length).toBeGreaterThanOrEqual(4);

    const model = await openModel(open.experiment.runFolder, { engine: 'wasm' });
    const dataset = await openDataset(one);
    const [input] = [open.experiment.input].flat() as [string];
    const { [input]: inputs } = await dataset.read([input], 20, 4);
    const predicted = await model.predict(Float32Array.from(inputs as Float32Array));
    expect(predicted.every(Number.isFinite)).toBe(true);
    expect(predicted).toHaveLength(inputs!.length);
    model.close();
  });
});

it('a recipe of a problem that nobody named is refused, and its code not looked for', async () => {
  await expect(resolveRecipe(join(EXAMPLES, 'darcy'), 'quick')).rejects.toMatchObject({
    remedy: { code: 'name-problem' },
  });
});

it.each([
  ['missing.mjs', null, /missing\.mjs: cannot be read \(ENOENT\)/],
  ['broken.mjs', 'export default {', /broken\.mjs: does not load/],
  ['other.mjs', 'export default { name: "x" }', /other\.mjs: has no problem as its default export/],
])('%s is refused as a problem', async (file, text, message) => {
  const folder = await mkdtemp(join(tmpdir(), 'dyadic-problem-'));
  if (text !== null) await writeFile(join(folder, file), text);
  await expect(loadProblem(join(folder, file))).rejects.toThrow(message);
  await rm(folder, { recursive: true });
});
