import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { REVISION, REVISIONS } from '../src/index.js';

/** Densities of random wells, shallow and deep, in 1D and 2D: all values, one after the other. */
const SAMPLES = `
  import { kohnShamSolver } from '@dyadic/kohn-sham';
  import { evaluatePotential, gaussianWells, samplePotential } from '@dyadic/potentials';
  import { periodicGrid } from '@dyadic/spectral';

  const all = [];
  const kinds = [[1, 320, 2, 1, 20], [1, 320, 8, 1, 20], [1, 320, 2, 100, 20], [1, 320, 8, 100, 10], [2, 32, 2, 1, 2]];
  for (const [dimension, points, wells, depth, count] of kinds) {
    const domain = { dimension, length: 2, origin: -1 };
    const grid = periodicGrid({ ...domain, points });
    const [variance, separation] = dimension === 1 ? [0.0025, 0.1] : [0.04, 0.4];
    const family = gaussianWells({
      name: 'revisions', ...domain, wells, depth, separation,
      strength: [0.8, 1.2], variance: [variance, variance], height: 'strength',
    });
    const solve = kohnShamSolver(grid, { electrons: wells });
    for (let i = 0; i < count; i++) {
      const { density, status } = solve(evaluatePotential(samplePotential(family, 1, i), grid));
      all.push({ status, density: [...density] });
    }
  }
  console.log(JSON.stringify(all));`;

const HOOK = new URL('../../elementary/test/runtime-functions.mjs', import.meta.url).href;

function samples(...options: string[]): { status: string; density: number[] }[] {
  const run = { input: SAMPLES, encoding: 'utf8', maxBuffer: 2 ** 26 } as const;
  return JSON.parse(execFileSync(process.execPath, [...options, '--input-type=module'], run));
}

it('differs from the revision before, which used the functions of the runtime, by no more than it states', () => {
  const { revision, difference } = REVISIONS.at(-1)!;
  expect(revision).toBe(REVISION);
  const [ours, others] = [samples(), samples('--import', HOOK)];
  const norm = (values: number[]) => Math.hypot(...values);
  const differences = ours.map(({ density }, i) => {
    return norm(density.map((value, x) => value - others[i]!.density[x]!)) / norm(density);
  });
  expect([...ours, ...others].filter(({ status }) => status !== 'converged')).toEqual([]);
  // Other functions did compute the others.
  expect(Math.max(...differences)).toBeGreaterThan(0);
  expect(Math.max(...differences)).toBeLessThan(difference!);
});
