import { expect, it } from 'vitest';
import { kohnShamMap } from '../src/index.js';
import { boxCase } from './box-cases.js';
import { maxDifference } from './oracles.js';
import { symmetricCase } from './symmetric-cases.js';

/** 3,000 take some ten minutes. */
const CASES = Number(process.env.DYADIC_SPECTRUM_CASES ?? 300);

it(`no eigenpair is missed of ${CASES} symmetric and separable potentials`, { timeout: 3_600_000 }, () => {
  const missed: string[] = [];
  let unconverged = 0;
  for (let index = 0; index < CASES; index++) {
    const { name, grid, electrons, potential, eigenvalues } = symmetricCase(index);
    const state = kohnShamMap(potential, grid, { electrons });
    if (state.status === 'max-iterations') unconverged++;
    const expected = eigenvalues(electrons + 1);
    const scale = potential.reduce((s, v) => Math.max(s, Math.abs(v)), 1);
    const error = maxDifference(state.eigenvalues, expected) / scale;
    if (state.status !== 'max-iterations' && !(error < 1e-9)) {
      missed.push(`${index}: ${name}, ${grid.points}^${grid.dimension}, n_e = ${electrons}: ${state.status}, ${error}`);
    }
  }
  expect(missed).toEqual([]);
  expect(unconverged).toBeLessThanOrEqual(CASES / 100);
});

it.each([1, 16])(
  `from %i electrons on: none is missed of ${CASES} potentials on boxes`,
  { timeout: 3_600_000 },
  (least) => {
    const missed: string[] = [];
    for (let index = 0; index < CASES; index++) {
      const { name, grid, electrons, potential, eigenvalues } = boxCase(1000 + index, least);
      const state = kohnShamMap(potential, grid, { electrons });
      const scale = potential.reduce((s, v) => Math.max(s, Math.abs(v)), 1);
      const error = maxDifference(state.eigenvalues, eigenvalues(electrons + 1)) / scale;
      if (state.status === 'max-iterations' || !(error < 1e-9)) {
        missed.push(`${index}: ${name}: ${state.status}, ${error}`);
      }
    }
    expect(missed).toEqual([]);
  },
);
