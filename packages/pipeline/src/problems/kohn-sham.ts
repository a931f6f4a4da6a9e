import { type KohnShamOptions, type KohnShamState, kohnShamSolver, REVISION } from '@dyadic/kohn-sham';
import { periodicGrid } from '@dyadic/spectral';
import { z } from 'zod';
import type { Generator } from './problem.js';

type KohnShamSettings = Required<Pick<KohnShamOptions, 'electrons' | 'tolerance' | 'maxIterations'>>;

/** V ↦ ρ of eq (4.5), the Kohn-Sham map: an electron per well, n_e = n_g, unless the recipe says otherwise. */
export const kohnSham: Generator<KohnShamSettings, KohnShamState> = {
  solver: '@dyadic/kohn-sham',
  revision: REVISION,
  settings: ({ wells }) =>
    z.strictObject({
      electrons: z.int().min(1).default(wells),
      tolerance: z.number().positive().default(1e-10),
      maxIterations: z.int().min(1).default(200),
    }),
  plan: ({ grid, solver }) => kohnShamSolver(periodicGrid(grid), solver),
  columns: ({ solver: { electrons } }, onGrid) => [
    {
      field: { name: 'density', ...onGrid, description: 'ρ of eq (4.5), ρ ≥ 0, ∫ρ = n_e' },
      value: ({ state }) => state.density,
    },
    {
      field: { name: 'eigenvalues', type: 'float64', shape: [electrons + 1], description: 'ε_1 ≤ … ≤ ε_{n_e+1}' },
      value: ({ state }) => state.eigenvalues,
    },
    {
      field: { name: 'gap', type: 'float64', shape: [], description: 'ε_{n_e+1} − ε_{n_e}' },
      value: ({ state }) => state.gap,
    },
    {
      field: {
        name: 'residual',
        type: 'float64',
        shape: [],
        description: 'largest rms of −½Δψ_i + Vψ_i − ε_iψ_i, i ≤ n_e, relative to max(1, |ε_i|)',
      },
      value: ({ state }) => state.residual,
    },
  ],
  letters: {
    solution: 'ρ',
    variance: 'σ² of eq (4.8)',
    strengths: 'c_i of eq (4.8), to be multiplied by the depth',
    centers: 'r_i of eq (4.8)',
  },
};
