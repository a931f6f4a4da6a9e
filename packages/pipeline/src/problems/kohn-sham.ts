import {
  type KohnShamOptions,
  type KohnShamState,
  kohnShamSolver,
  REVISION,
  REVISIONS,
  revisionFor,
} from '@dyadic/kohn-sham';
import { periodicGrid } from '@dyadic/spectral';
import { z } from 'zod';
import { periodicDomain } from './domain.js';
import { type IterateInput, type IterateSettings, iterateInputs, iteratesEntries } from './kohn-sham-field.js';
import { kohnShamWells } from './kohn-sham-wells.js';
import { defineProblem } from './problem.js';
import { STARTERS } from './starters.js';
import { boxEntries, completeBox, completeWells, wellsEntriesOf, wellsInputs } from './wells.js';

interface Settings extends IterateSettings {
  readonly solver: Required<Pick<KohnShamOptions, 'electrons' | 'tolerance' | 'maxIterations'>> & {
    /** Revision of the method for many electrons. */
    readonly revision?: number;
  };
}

const WELLS = kohnShamWells('kohn-sham');

/** The problem's entries in `dataset.json`. */
const entries = z.strictObject({
  grid: boxEntries,
  potential: wellsEntriesOf(WELLS),
  iterates: iteratesEntries.optional(),
  solver: z.strictObject({
    electrons: z.int().min(1).optional().describe('n_e; default: one per well, n_e = n_g'),
    tolerance: z.number().positive().default(1e-10).describe('of the residual'),
    maxIterations: z.int().min(1).default(200),
  }),
});

/** V ↦ ρ of eq (4.5), the Kohn-Sham map. */
export const kohnSham = defineProblem<z.infer<typeof entries>, Settings, IterateInput, KohnShamState>({
  name: 'kohn-sham',
  revision: REVISION,
  revisions: REVISIONS,
  generator: '@dyadic/kohn-sham',
  entries,
  settings: ({ grid, potential, iterates, solver: { electrons, ...solver } }) => {
    const box = completeBox(grid);
    const wells = completeWells(WELLS, box.dimension, potential, box.length);
    const count = electrons ?? wells.wells;
    const revision = revisionFor(count);
    return {
      equation: 'kohn-sham',
      grid: { ...box, length: wells.length, origin: wells.origin },
      potential: wells,
      ...(iterates && { iterates }),
      // Only data of many electrons, which have a different method, record its revision: others keep their identity.
      solver: { electrons: count, ...solver, ...(revision !== REVISION && { revision }) },
    };
  },
  inputs: iterateInputs(wellsInputs(WELLS)),
  solve: ({ grid, solver: { revision: _, ...solver } }) => {
    const solve = kohnShamSolver(periodicGrid(grid), solver);
    return ({ potential }) => solve(potential);
  },
  columns: ({ solver: { electrons } }, onGrid) => [
    {
      field: { name: 'density', ...onGrid, description: 'ρ of eq (4.5), ρ ≥ 0, ∫ρ = n_e' },
      value: ({ density }) => density,
    },
    {
      field: { name: 'eigenvalues', type: 'float64', shape: [electrons + 1], description: 'ε_1 ≤ … ≤ ε_{n_e+1}' },
      value: ({ eigenvalues }) => eigenvalues,
    },
    {
      field: { name: 'gap', type: 'float64', shape: [], description: 'ε_{n_e+1} − ε_{n_e}' },
      value: ({ gap }) => gap,
    },
    {
      field: {
        name: 'residual',
        type: 'float64',
        shape: [],
        description: 'largest rms of −½Δψ_i + Vψ_i − ε_iψ_i, i ≤ n_e, relative to max(1, |ε_i|)',
      },
      value: ({ residual }) => residual,
    },
  ],
  domain: ({ grid }) => periodicDomain(grid),
  starter: STARTERS['kohn-sham'],
  symbols: { potential: 'V', density: 'ρ', eigenvalues: 'ε' },
  card: `Densities of the lowest orbitals of the Kohn-Sham equations on the periodic cell,

> (−½Δ + V) ψᵢ = εᵢ ψᵢ,  ∫ ψᵢ ψⱼ = δᵢⱼ,  ρ = Σᵢ |ψᵢ|²

(eqs (4.5) and (4.6) of Fan, Lin, Ying and Zepeda-Núñez, 2018) in random potentials V.`,
});
