import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { init, jsonSchemas, problemsWith, readExperiment, resolveRecipe } from '../src/index.js';

const ROOT = join(import.meta.dirname, '../../..');
const read = async (path: string) => JSON.parse(await readFile(path, 'utf8'));
const validators = Object.fromEntries(
  Object.entries(jsonSchemas()).map(([name, schema]) => [name, new Ajv2020({ strict: false }).compile(schema)]),
);
const recipe = validators['dataset.schema.json']!;
const experiment = validators['experiment.schema.json']!;

const EXPERIMENTS = [
  ...['nlse-1d', 'nlse-2d', 'kohn-sham-1d', 'kohn-sham-2d'],
  ...['kohn-sham-scf-1d', 'kohn-sham-scf-2d', 'kohn-sham-iterates-1d', 'kohn-sham-iterates-2d'],
];

describe('the JSON Schemas, by another implementation,', () => {
  it.each(EXPERIMENTS)('take the files of %s', async (name) => {
    expect([recipe(await read(join(ROOT, 'datasets', name, 'dataset.json'))), recipe.errors]).toEqual([true, null]);
    expect([experiment(await read(join(ROOT, 'apps', name, 'experiment.json'))), experiment.errors]).toEqual([
      true,
      null,
    ]);
  });

  it.each(['nlse-1d', 'nlse-2d', 'kohn-sham-1d', 'kohn-sham-2d'])(
    'take the recommended network of %s, which is trained as the paper’s is',
    async (name) => {
      const [own, best] = await Promise.all(
        ['', 'best'].map((folder) => read(join(ROOT, 'apps', name, folder, 'experiment.json'))),
      );
      expect([experiment(best), experiment.errors]).toEqual([true, null]);
      const { $schema, name: _, description, dataset, network, profiles, ...rest } = own;
      // The paper's numbers are of the paper's network.
      const plans = Object.entries<{ paper?: object }>(profiles).map(([profile, { paper, ...plan }]) => [
        profile,
        plan,
      ]);
      expect(best).toEqual({
        ...{ $schema: `../${$schema}`, name: `${name}-best`, description: best.description, dataset: `../${dataset}` },
        ...{ network: best.network, profiles: Object.fromEntries(plans), ...rest },
      });
      expect([best.network.points, best.network.output]).toEqual([network.points, network.output]);
    },
  );

  it.each([
    ['network', { levls: 3 }],
    ['network', { activation: 'sine' }],
    ['network', { channels: 0 }],
    ['normalization', { input: 'none' }],
  ])('refuse %s with %o', async (entry, change) => {
    const document = await read(join(ROOT, 'apps/nlse-1d/experiment.json'));
    expect(experiment({ ...document, [entry]: { ...document[entry], ...change } })).toBe(false);
  });

  it('know which presets an equation has', async () => {
    const document = await read(join(ROOT, 'datasets/nlse-1d/dataset.json'));
    expect(recipe({ ...document, potential: { ...document.potential, preset: 'localized' } })).toBe(false);
    const other = await read(join(ROOT, 'datasets/kohn-sham-1d/dataset.json'));
    expect(recipe({ ...other, potential: { ...other.potential, preset: 'localized' } })).toBe(true);
  });
});

describe('init', () => {
  it.each(['nlse', 'kohn-sham', 'kohn-sham-scf'])(
    'writes files for %s that the program and the schemas take, once',
    async (name) => {
      const folder = await mkdtemp(join(tmpdir(), 'dyadic-init-'));
      const problem = problemsWith().get(name)!;
      const [recipeFile, experimentFile] = await init(folder, { name: 'mine', problem });
      expect(recipe(await read(recipeFile!))).toBe(true);
      expect(experiment(await read(experimentFile!))).toBe(true);
      expect((await resolveRecipe(folder, 'quick')).recipe.samples).toBe(300);
      expect((await readExperiment(folder, 'quick')).splits).toEqual({ train: 200, validation: 50, test: 50 });
      await expect(init(folder, { name: 'mine', problem })).rejects.toThrow('dataset.json: already exists');
      await rm(folder, { recursive: true });
    },
  );
});
