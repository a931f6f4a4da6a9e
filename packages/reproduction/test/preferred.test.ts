import { describe, expect, it } from 'vitest';
import { resolveCell } from '../src/cell.js';
import { readDeclarations } from '../src/declarations.js';
import { ResultStore } from '../src/result.js';
import { cellResult } from './cell-result.js';
import { type Declared, declarations, listed, PROBLEM, report, TABLE } from './declarations.js';

const aligned = {
  variantOf: 'ours',
  description: 'ours, aligned',
  changes: { normalization: { align: { by: 'phase', periods: 'wells' } }, training: { augment: null } },
};
const declare = (wells: number[]) =>
  declarations({
    problem: {
      recipes: { ...PROBLEM.recipes, aligned },
      preferred: [{ recipe: 'aligned', preset: 'paper', wells }],
    },
  });

const choices = { scale: 'quick', preset: 'paper', seed: 1, engine: 'wasm' } as const;

async function cellOf({ root }: Declared, recipe?: string) {
  const values = { ...TABLE.common, channels: 1, ...(recipe && { recipe }) };
  return resolveCell(await readDeclarations(root), 'tiny', values, choices);
}

async function keep(declared: Declared, recipe: string, mean: number) {
  const { name, key, spec } = await cellOf(declared, recipe);
  const { errors } = cellResult({});
  const test = { ...errors.test, mean };
  await new ResultStore(declared.results).save(cellResult(spec, { name, key, errors: { ...errors, test } }));
  return name;
}

describe('a preferred recipe', () => {
  it('is that of entries whose data it is for, with as many periods as they have wells', async () => {
    const { spec, experiment } = await cellOf(await declare([2, 4]));
    expect(spec.recipe).toBe('aligned');
    expect(experiment.normalization).toEqual({
      input: 'standard',
      output: 'standard',
      align: { by: 'phase', periods: 2 },
    });
    expect((await cellOf(await declare([3]))).spec.recipe).toBe('ours');
    expect((await cellOf(await declare([2]), 'ours')).spec.recipe).toBe('ours');
  });

  it('is stood in for by ours until its cell is there; then the page says what it gains', async () => {
    const declared = await declare([2]);
    const ours = await keep(declared, 'ours', 8e-4);
    expect(await listed(declared, { tables: ['1'], all: false })).toContain(`done ${ours}`);
    const before = (await report(declared)).markdown;
    expect(before).toContain('8.0e-4');
    expect(before).not.toContain('What the preferred recipes gain');
    const name = await keep(declared, 'aligned', 2e-4);
    expect(await listed(declared, { tables: ['1'], all: false })).toContain(`done ${name}`);
    const { markdown } = await report(declared);
    expect(markdown).toMatch(/is 4\.00× to 4\.00×, in the median 4\.00×, of 1 cell\./);
    expect(markdown).toMatch(
      /\| tiny +\| paper +\| quick +\| +2 \| +1 \| +1 \| aligned +\| +2\.0e-4 \| +8\.0e-4 \| +4\.00× \|/,
    );
    expect(markdown).toMatch(/aligned in its place, ours, aligned\./);
  });

  it('has, of several seeds, the errors from the least to the largest in the table', async () => {
    const declared = await declare([2]);
    for (const [seed, mean] of [
      [1, 3e-4],
      [2, 2e-4],
      [3, 5e-4],
    ] as const) {
      const values = { ...TABLE.common, channels: 1 };
      const cell = await resolveCell(await readDeclarations(declared.root), 'tiny', values, { ...choices, seed });
      const { errors } = cellResult({});
      const result = { name: cell.name, key: cell.key, errors: { ...errors, test: { ...errors.test, mean } } };
      await new ResultStore(declared.results).save(cellResult(cell.spec, result));
    }
    expect((await report(declared)).markdown).toContain('2.0e-4 to 5.0e-4');
  });

  it('that augmentation would undo is refused', async () => {
    const recipes = { ...PROBLEM.recipes, aligned: { ...aligned, changes: { ...aligned.changes, training: {} } } };
    const declared = await declarations({ problem: { recipes } });
    await expect(cellOf(declared, 'aligned')).rejects.toThrow(/training\.augment is 'torus'.*expected one of the two/);
  });
});
