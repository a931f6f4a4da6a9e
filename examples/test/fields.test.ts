import { join } from 'node:path';
import { loadProblem, problemsWith, readExperiment, resolveRecipe } from '@dyadic/pipeline';
import { describe, expect, it } from 'vitest';
import { solveDarcy } from '../darcy/darcy.mjs';

const ROOT = join(import.meta.dirname, '../..');
const EXAMPLES = join(ROOT, 'examples');

/** The examples of several fields: columns in and out, and the parameters of their networks. */
const MAPS = {
  parametric: {
    recipe: 'examples/parametric',
    inputs: ['potential', 'beta'],
    outputs: ['solution'],
    parameters: 19_865,
  },
  energy: { recipe: 'datasets/nlse-1d', inputs: ['potential'], outputs: ['solution', 'energy'], parameters: 19_810 },
  'darcy-source': { recipe: 'examples/darcy-source', inputs: ['permeability', 'source'], outputs: ['pressure'] },
} as const;

describe.each(Object.entries(MAPS))('%s', (name, { recipe: folder, inputs, outputs, ...counts }) => {
  it('names columns that its data have, a field of the network each', async () => {
    const problems = problemsWith([await loadProblem(join(EXAMPLES, 'darcy/darcy.mjs'))]);
    const { recipe } = await resolveRecipe(join(ROOT, folder), 'quick', {}, problems);
    const { network, input, output, splits } = await readExperiment(join(EXAMPLES, name), 'quick');
    expect([[input].flat(), [output].flat()]).toEqual([inputs, outputs]);
    expect([network.inputs, network.outputs]).toEqual([inputs.length, outputs.length]);
    const columns = recipe.fields.map((field) => field.name);
    expect(columns).toEqual(expect.arrayContaining([...inputs, ...outputs]));
    for (const { name: column, shape } of recipe.fields) {
      const isField = [...inputs, ...outputs].includes(column as never) && !['beta', 'energy'].includes(column);
      if (isField) expect(shape).toEqual(network.shape);
    }
    expect(splits.train + splits.validation + splits.test).toBeLessThanOrEqual(recipe.samples);
    if ('parameters' in counts) expect(network.parameterCount).toBe(counts.parameters);
  });
});

it('Darcy flow with a random source: u is linear in f, and the data hold the f that they were solved for', async () => {
  const problem = await loadProblem(join(EXAMPLES, 'darcy/darcy.mjs'));
  const settings = {
    equation: 'darcy',
    grid: { points: 16 },
    source: 'random',
    solver: { tolerance: 1e-12, maxIterations: 500 },
  };
  const input = problem.inputs.draw(settings)(1, 0) as { a: Float64Array; right: Float64Array };
  const { u } = problem.solve(settings)(input) as never as { u: Float64Array };
  const options = { tolerance: 1e-12, maxIterations: 500 };
  const ones = solveDarcy(input.a, 16, options).u;
  const rest = solveDarcy(input.a, 16, { ...options, right: input.right.map((f: number) => f - 1) }).u;
  u.forEach((value, i) => {
    expect(value).toBeCloseTo(ones[i]! + rest[i]!, 9);
  });
  expect(Math.max(...u.map((value, i) => Math.abs(value - ones[i]!)))).toBeGreaterThan(1e-3);
});
