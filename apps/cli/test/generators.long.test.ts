import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDataset } from '@dyadic/dataset';
import { type GroundState, type GroundStateOptions, groundState, groundStateSolver } from '@dyadic/nlse';
import { resolveRecipe } from '@dyadic/pipeline';
import { integrate, periodicGrid } from '@dyadic/spectral';
import { describe, expect, it } from 'vitest';
import { contents, dyadic, EXPERIMENT, KOHN_SHAM, RECIPE, workspace } from './fixtures.js';

/** Draw number `index` of a workspace's recipe. */
async function potentialOf(data: string, index: number): Promise<Float64Array> {
  const { recipe, problem } = await resolveRecipe(data, 'quick');
  return (problem.inputs.draw(recipe.problem)(recipe.seed, index) as { potential: Float64Array }).potential;
}

describe('Kohn-Sham in 1D', () => {
  const experiment = { output: 'density', normalization: { input: 'standard', output: 'mean-scale' } };

  it('generate → train → evaluate; the same bytes with one, two and three workers', async () => {
    const { root, data, app } = await workspace({
      recipe: KOHN_SHAM,
      experiment: { ...experiment, network: { ...EXPERIMENT.network, output: 'density' } },
    });
    expect(await dyadic('generate', data, '--workers', '2')).toMatchObject({ code: 0, stderr: expect.any(String) });
    for (const workers of ['1', '3']) {
      await dyadic('generate', data, '--workers', workers, '--out', join(root, workers));
      expect(await contents(join(root, workers))).toEqual(await contents(join(data, 'data/quick')));
    }
    const grid = periodicGrid({ dimension: 1, points: 64, length: 2, origin: -1 });
    const dataset = await openDataset(join(data, 'data/quick'));
    const { density, gap, eigenvalues } = await dataset.read(['density', 'gap', 'eigenvalues'], 0, 64);
    for (let s = 0; s < 64; s++) {
      const rho = Float64Array.from((density as Float32Array).subarray(64 * s, 64 * (s + 1)));
      expect(integrate(grid, rho)).toBeCloseTo(2, 5);
      const [, second, third] = (eigenvalues as Float64Array).subarray(3 * s, 3 * s + 3);
      expect((gap as Float64Array)[s]).toBe(third! - second!);
    }
    expect((await dyadic('train', app)).code).toBe(0);
    const evaluated = await dyadic('evaluate', app);
    expect(evaluated.stdout).toMatch(/test\s+12\s+\d\.\d\de-\d[\s\S]*solver, one sample +[\d.]+ .s/);
    const page = await readFile(join(app, 'runs/quick/report.html'), 'utf8');
    expect(page.match(/<svg/g)).toHaveLength(4);
    expect(page).toMatch(/prediction ρᴺᴺ/);
  });
});

describe('draws that fail', () => {
  it('are listed, with what the solver says of them, and drawn again by the rule', async () => {
    const grid = periodicGrid({ dimension: 1, points: 64 });
    const patient = await workspace();
    const solve = groundStateSolver(grid, RECIPE.solver as GroundStateOptions);
    const iterations: number[] = [];
    for (let s = 0; s < 64; s++) iterations.push(solve(await potentialOf(patient.data, s)).iterations);
    const most = Math.max(...iterations);
    const maxIterations = Math.max(...iterations.filter((count) => count < most)); // too few for some, enough for most

    const solver = { ...RECIPE.solver, maxIterations };
    const { data } = await workspace({ recipe: { solver } });
    expect((await dyadic('generate', data)).code).toBe(0);
    const dataset = await openDataset(join(data, 'data/quick'));
    const columns = await dataset.read(['attempt', 'status', 'residual'], 0, 64);
    const attempts = columns.attempt as Int32Array;
    const failures = dataset.manifest.shards.flatMap((shard) => shard.failures ?? []);
    expect(failures.length).toBeGreaterThan(0);
    const solveImpatiently = groundStateSolver(grid, solver as GroundStateOptions);
    for (let s = 0; s < 64; s++) {
      const draws: GroundState[] = [];
      for (let a = 0; a <= attempts[s]!; a++) draws.push(solveImpatiently(await potentialOf(data, s + a * 2 ** 40)));
      const kept = draws.pop()!;
      expect([kept.status, kept.residual]).toEqual(['converged', columns.residual![s]]);
      expect(failures.filter(({ sample }) => sample === s)).toEqual(
        draws.map(({ residual }, attempt) => ({ sample: s, attempt, status: 'max-iterations', residual })),
      );
    }
  });
});

describe('NLSE in 2D', () => {
  it('generate → train → evaluate, with maps of predictions on the page', async () => {
    const quick = { ...EXPERIMENT.profiles.quick, splits: { train: 8, validation: 4, test: 4 } };
    const { data, app } = await workspace({
      recipe: { grid: { dimension: 2, points: 32 }, profiles: { quick: { samples: 16, shardRows: 8 } } },
      experiment: {
        network: { dimension: 2, points: 32, levels: 2, channels: 2, kernelLayers: 1 },
        profiles: { quick: { ...quick, training: { ...quick.training, epochs: 3, batchSize: 4 } } },
      },
    });
    expect((await dyadic('generate', data)).code).toBe(0);
    const dataset = await openDataset(join(data, 'data/quick'));
    const { potential, solution } = await dataset.read(['potential', 'solution'], 5, 1);
    const { u } = groundState(await potentialOf(data, 5), periodicGrid({ dimension: 2, points: 32 }), {
      discretization: 'fourier',
      tolerance: 1e-11,
    });
    expect(potential).toEqual(Float32Array.from(await potentialOf(data, 5)));
    for (const [i, value] of (solution as Float32Array).entries()) expect(value).toBeCloseTo(u[i]!, 6);
    expect((await dyadic('train', app)).code).toBe(0);
    expect((await dyadic('evaluate', app)).stdout).toMatch(/test\s+4\s+\d\.\d\de-\d/);
    const page = await readFile(join(app, 'runs/quick/report.html'), 'utf8');
    expect(page.match(/<svg/g)).toHaveLength(4);
    expect(page.match(/href="data:image\/png/g)).toHaveLength(16);
  });
});
