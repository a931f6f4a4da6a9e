import { expect, it } from 'vitest';
import { kohnShamMap } from '../src/index.js';
import { maxDifference } from './oracles.js';
import { symmetricCase } from './symmetric-cases.js';

const CASES = Number(process.env.DYADIC_SPECTRUM_CASES ?? 300);

it(`16 to 31 electrons: no eigenpair is missed of ${CASES} potentials`, { timeout: 3_600_000 }, () => {
  const missed: string[] = [];
  let unconverged = 0;
  for (let index = 0; index < CASES; index++) {
    const { name, grid, electrons, potential, eigenvalues } = symmetricCase(index, 16);
    const state = kohnShamMap(potential, grid, { electrons });
    if (state.status === 'max-iterations') unconverged++;
    const scale = potential.reduce((s, v) => Math.max(s, Math.abs(v)), 1);
    const error = maxDifference(state.eigenvalues, eigenvalues(electrons + 1)) / scale;
    if (state.status !== 'max-iterations' && !(error < 1e-9)) {
      missed.push(`${index}: ${name}, ${grid.points}^${grid.dimension}, n_e = ${electrons}: ${state.status}, ${error}`);
    }
  }
  expect(missed).toEqual([]);
  expect(unconverged).toBeLessThanOrEqual(CASES / 100);
});
