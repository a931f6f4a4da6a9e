import { type GroundState, type GroundStateOptions, groundStateSolver, REVISION } from '@dyadic/nlse';
import { periodicGrid } from '@dyadic/spectral';
import { z } from 'zod';
import type { Generator } from './problem.js';

type NlseSettings = Pick<GroundStateOptions, 'beta' | 'discretization' | 'method' | 'tolerance' | 'maxIterations'>;

/** V ↦ u of eqs (4.2) and (4.3): ground states of the nonlinear Schrödinger equation. */
export const nlse: Generator<NlseSettings, GroundState> = {
  solver: '@dyadic/nlse',
  revision: REVISION,
  settings: () =>
    z.strictObject({
      beta: z.number().min(0).default(10),
      discretization: z.enum(['fourier', 'finite-differences']).default('fourier'),
      method: z.enum(['auto', 'gradient-flow', 'newton-krylov']).default('auto'),
      tolerance: z.number().positive().default(1e-10),
      maxIterations: z.int().min(1).optional(), // the default depends on the method
    }),
  plan: ({ grid, solver }) => groundStateSolver(periodicGrid(grid), solver),
  columns: (_, onGrid) => [
    {
      field: { name: 'solution', ...onGrid, description: 'u, the ground state of eq (4.2), ∫u² = 1, u > 0' },
      value: ({ state }) => state.u,
    },
    {
      field: { name: 'chemicalPotential', type: 'float64', shape: [], description: 'E of eq (4.2)' },
      value: ({ state }) => state.chemicalPotential,
    },
    {
      field: { name: 'energy', type: 'float64', shape: [], description: '∫ |∇u|² + V u² + β/2 u⁴' },
      value: ({ state }) => state.energy,
    },
    {
      field: {
        name: 'residual',
        type: 'float64',
        shape: [],
        description: 'rms of −Δu + Vu + βu³ − Eu, relative to max(1, |E|)',
      },
      value: ({ state }) => state.residual,
    },
  ],
  letters: { solution: 'u', variance: 'T of eq (4.4)', strengths: 'ρ_i of eq (4.4)', centers: 'c_i of eq (4.4)' },
};
