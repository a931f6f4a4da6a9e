import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RecipeOverrides } from '@dyadic/pipeline';
import { resolveRecipe } from '@dyadic/pipeline';
import { describe, expect, it } from 'vitest';
import { KOHN_SHAM, RECIPE, workspace } from './fixtures.js';

const DATASETS = fileURLToPath(new URL('../../../datasets', import.meta.url));

describe('variants of a recipe', () => {
  const folderOf = async (overrides: RecipeOverrides) => {
    const { data } = await workspace({ recipe: KOHN_SHAM });
    return relative(data, (await resolveRecipe(data, 'quick', overrides)).folder);
  };

  it('have folders of their own, whatever the order of the entries', async () => {
    expect(await folderOf({})).toBe(join('data', 'quick'));
    const name = join('data', 'quick+potential.strength=[1,2]+potential.wells=5+samples=12');
    expect(await folderOf({ samples: 12, 'potential.wells': 5, 'potential.strength': [1, 2] })).toBe(name);
    expect(await folderOf({ 'potential.strength': [1, 2], 'potential.wells': 5, samples: 12 })).toBe(name);
  });

  it('are the recipe with these entries written into the file', async () => {
    const overrides = {
      'potential.wells': 3,
      'potential.preset': 'paper',
      'solver.electrons': 2,
      samples: 10,
      seed: 8,
    };
    const { data } = await workspace({ recipe: KOHN_SHAM });
    const { recipe } = await resolveRecipe(data, 'quick', overrides);
    const edited = {
      ...RECIPE,
      ...KOHN_SHAM,
      seed: 8,
      potential: { preset: 'paper', wells: 3 },
      solver: { ...KOHN_SHAM.solver, electrons: 2 },
      profiles: { quick: { samples: 10, shardRows: 8 } },
    };
    await writeFile(join(data, 'dataset.json'), JSON.stringify(edited));
    expect((await resolveRecipe(data, 'quick')).recipe).toEqual(recipe);
  });

  it.each<[RecipeOverrides, RegExp]>([
    [{ 'potential.wels': 5 }, /dataset\.json with potential\.wels=5: potential is .*; unknown entry 'wels'/],
    [{ 'potential.wells': 'five' }, /dataset\.json with potential\.wells=five: potential\.wells is 'five'; expected/],
    [{ 'solver.beta': 10 }, /with solver\.beta=10: solver is .*; unknown entry 'beta'/],
    [{ 'profiles.quick.samples': 10 }, /unknown entry 'profiles'/],
    [{ seed: '../../elsewhere' }, /overrides\['seed'\] is '\.\.\/\.\.\/elsewhere'; expected entry=value/],
    [{ '../seed': 1 }, /overrides\['\.\.\/seed'\] is 1; expected entry=value/],
    [{ seed: Number.NaN }, /overrides\['seed'\] is NaN/],
  ])('%o is refused', async (overrides, message) => {
    await expect(folderOf(overrides)).rejects.toThrow(message);
  });
});

describe('the recipes of this repository', () => {
  it.each<[string, string, number[]]>([
    ['nlse-1d', 'solution', [320]],
    ['nlse-2d', 'solution', [80, 80]],
    ['kohn-sham-1d', 'density', [320]],
    ['kohn-sham-2d', 'density', [64, 64]],
  ])('%s', async (name, solution, shape) => {
    for (const profile of ['quick', 'paper']) {
      const { recipe, folder } = await resolveRecipe(join(DATASETS, name), profile);
      expect(folder).toBe(join(DATASETS, name, 'data', profile));
      expect(recipe.fields).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ name: 'potential', shape }),
          expect.objectContaining({ name: solution, shape }),
        ]),
      );
    }
  });

  it('Kohn-Sham with 2 to 8 wells: as many electrons, one eigenvalue more, a data set each', async () => {
    const wells = [2, 3, 4, 5, 6, 7, 8];
    const variants = await Promise.all(
      wells.map((count) => resolveRecipe(join(DATASETS, 'kohn-sham-1d'), 'paper', { 'potential.wells': count })),
    );
    const eigenvalues = variants.map(({ recipe }) => recipe.fields.find(({ name }) => name === 'eigenvalues')!.shape);
    expect(eigenvalues).toEqual(wells.map((count) => [count + 1]));
    expect(variants.map(({ recipe }) => recipe.problem.solver)).toEqual(
      wells.map((electrons) => expect.objectContaining({ electrons })),
    );
    expect(new Set(variants.map(({ folder }) => folder)).size).toBe(7);
  });
});
