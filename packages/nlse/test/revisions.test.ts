import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { REVISION, REVISIONS } from '../src/index.js';

/** Ground states of 40 random potentials in 1D and two in 2D, of both discretizations: all values, one after the other. */
const SAMPLES = `
  import { groundStateSolver } from '@dyadic/nlse';
  import { evaluatePotential, gaussianWells, samplePotential } from '@dyadic/potentials';
  import { periodicGrid } from '@dyadic/spectral';

  const all = [];
  for (const [dimension, points, wells, count] of [[1, 320, 2, 20], [1, 320, 8, 20], [2, 40, 2, 2]]) {
    const grid = periodicGrid({ dimension, points });
    const family = gaussianWells({
      name: 'revisions', dimension, wells, variance: [2e-3, 4e-3], strength: [1, 40], height: 'normal-density',
    });
    for (const discretization of ['fourier', 'finite-differences']) {
      const solve = groundStateSolver(grid, { beta: 10, discretization });
      for (let i = 0; i < count; i++) {
        const { u, status } = solve(evaluatePotential(samplePotential(family, 1, i), grid));
        all.push({ status, u: [...u] });
      }
    }
  }
  console.log(JSON.stringify(all));`;

const HOOK = new URL('../../elementary/test/runtime-functions.mjs', import.meta.url).href;

function samples(...options: string[]): { status: string; u: number[] }[] {
  const run = { input: SAMPLES, encoding: 'utf8', maxBuffer: 2 ** 26 } as const;
  return JSON.parse(execFileSync(process.execPath, [...options, '--input-type=module'], run));
}

it('differs from the revision before, which used the functions of the runtime, by no more than it states', () => {
  const { revision, difference } = REVISIONS.at(-1)!;
  expect(revision).toBe(REVISION);
  const [ours, others] = [samples(), samples('--import', HOOK)];
  const norm = (values: number[]) => Math.hypot(...values);
  const differences = ours.map(({ u }, i) => norm(u.map((value, x) => value - others[i]!.u[x]!)) / norm(u));
  expect([...ours, ...others].filter(({ status }) => status !== 'converged')).toEqual([]);
  // Other functions did compute the others.
  expect(Math.max(...differences)).toBeGreaterThan(0);
  expect(Math.max(...differences)).toBeLessThan(difference!);
});
