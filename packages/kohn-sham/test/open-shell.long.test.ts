import { periodicGrid, sampleOnGrid } from '@dyadic/spectral';
import { expect, it } from 'vitest';
import { selfConsistentField } from '../src/index.js';

it('a 4 × 4 crystal of 16 wells with 20 electrons: no field at T = 0, one at T = 0.3', { timeout: 600_000 }, () => {
  const grid = periodicGrid({ dimension: 2, points: 48, length: 4 });
  const distance = (x: number, center: number) => x - center - 4 * Math.round((x - center) / 4);
  const centers = [0.5, 1.5, 2.5, 3.5];
  const sites = centers.flatMap((a) => centers.map((b) => [a, b] as const));
  const external = sampleOnGrid(grid, (x, y) =>
    sites.reduce((s, [a, b]) => s - 100 * Math.exp(-(distance(x!, a) ** 2 + distance(y!, b) ** 2) / 0.08), 0),
  );
  const crystal = { external, grid, electrons: 20, interaction: { strength: 20, screening: 1 } };
  expect(selfConsistentField({ ...crystal, maxIterations: 30 }).residual).toBeGreaterThan(1e-3);
  const field = selfConsistentField({ ...crystal, occupations: { temperature: 0.3 }, maxIterations: 30 });
  expect(field.status).toBe('converged');
  expect(field.iterations).toBeLessThan(20);
});
