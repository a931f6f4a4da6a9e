import {
  FIELD_REVISION,
  type FieldOptions,
  REVISION,
  revisionFor,
  type SelfConsistentField,
  selfConsistentFieldSolver,
} from '@dyadic/kohn-sham';
import { periodicGrid } from '@dyadic/spectral';
import { z } from 'zod';
import { periodicDomain } from './domain.js';
import { exchangeCorrelationEntry, interactionEntries } from './kohn-sham-field.js';
import { kohnShamWells } from './kohn-sham-wells.js';
import { defineProblem, type SolverState } from './problem.js';
import { STARTERS } from './starters.js';
import {
  boxEntries,
  completeBox,
  completeWells,
  type WellsInput,
  type WellsSettings,
  wellsEntriesOf,
  wellsInputs,
} from './wells.js';

interface Settings extends WellsSettings, Required<Pick<FieldOptions, 'interaction' | 'exchangeCorrelation'>> {
  readonly solver: Required<Pick<FieldOptions, 'electrons' | 'tolerance' | 'maxIterations'>> & {
    readonly temperature?: number;
    /** Revision of the method for many electrons. */
    readonly revision?: number;
  };
}

/** A self-consistent field with its solver state. */
type State = SolverState & SelfConsistentField;

const WELLS = kohnShamWells('kohn-sham-scf');

/** The problem's entries in `dataset.json`. */
const entries = z.strictObject({
  grid: boxEntries,
  potential: wellsEntriesOf(WELLS),
  interaction: interactionEntries,
  exchangeCorrelation: exchangeCorrelationEntry,
  solver: z.strictObject({
    electrons: z.int().min(1).optional().describe('n_e; default: one per well, n_e = n_g'),
    temperature: z
      .number()
      .positive()
      .optional()
      .describe('of Fermi-Dirac occupations; default: the lowest n_e orbitals hold one electron each'),
    tolerance: z.number().positive().default(1e-8).describe('of the residual of the field'),
    maxIterations: z.int().min(1).default(100).describe('evaluations of the Kohn-Sham map'),
  }),
});

/** The entries of the column `energyTerms`, in order. */
const TERMS = ['kinetic', 'external', 'hartree', 'exchangeCorrelation', 'entropy'] as const;

/** V_ext ↦ ρ of eq (4.7), the self-consistent field. */
export const kohnShamScf = defineProblem<z.infer<typeof entries>, Settings, WellsInput, State>({
  name: 'kohn-sham-scf',
  // Either revision may change a number.
  revision: REVISION + FIELD_REVISION,
  generator: '@dyadic/kohn-sham/self-consistent-field',
  entries,
  settings: ({ grid, potential, interaction, exchangeCorrelation, solver: { electrons, temperature, ...solver } }) => {
    const box = completeBox(grid);
    const wells = completeWells(WELLS, box.dimension, potential, box.length);
    const count = electrons ?? wells.wells;
    const revision = revisionFor(count);
    return {
      equation: 'kohn-sham-scf',
      grid: { ...box, length: wells.length, origin: wells.origin },
      potential: wells,
      interaction,
      exchangeCorrelation,
      solver: {
        electrons: count,
        ...(temperature !== undefined && { temperature }),
        ...solver,
        ...(revision !== REVISION && { revision }),
      },
    };
  },
  inputs: wellsInputs(WELLS),
  solve: ({ grid, interaction, exchangeCorrelation, solver: { temperature, revision: _, ...solver } }) => {
    const occupations = temperature === undefined ? null : { temperature };
    const solve = selfConsistentFieldSolver(periodicGrid(grid), {
      ...solver,
      interaction,
      exchangeCorrelation,
      occupations,
    });
    return ({ potential }) => solve(potential);
  },
  columns: ({ solver: { electrons } }, onGrid) => [
    {
      field: { name: 'density', ...onGrid, description: 'ρ of eq (4.7), ρ ≥ 0, ∫ρ = n_e' },
      value: ({ density }) => density,
    },
    {
      field: { name: 'effectivePotential', ...onGrid, description: 'V_ext + v_H[ρ] + v_xc(ρ)' },
      value: ({ potential }) => potential,
    },
    {
      field: { name: 'energy', type: 'float64', shape: [], description: 'the sum of the terms' },
      value: ({ energy }) => energy!.total,
    },
    {
      field: {
        name: 'energyTerms',
        type: 'float64',
        shape: [TERMS.length],
        description: 'kinetic, ∫ρV_ext, ½∫ρv_H, exchange-correlation, −TS',
      },
      value: ({ energy }) => TERMS.map((term) => energy![term]),
    },
    {
      field: { name: 'eigenvalues', type: 'float64', shape: [electrons + 1], description: 'ε_1 ≤ … ≤ ε_{n_e+1}' },
      value: ({ state }) => state.eigenvalues.subarray(0, electrons + 1),
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
        description: 'rms of V_ext + v_H[F_KS[V]] + v_xc − V, relative to max(1, rms of V − mean V)',
      },
      value: ({ residual }) => residual,
    },
  ],
  domain: ({ grid }) => periodicDomain(grid),
  starter: STARTERS['kohn-sham-scf'],
  symbols: { potential: 'V_ext', density: 'ρ', effectivePotential: 'V', energy: 'E', eigenvalues: 'ε' },
  card: `Self-consistent fields of the Kohn-Sham equations on the periodic cell,

> (−½Δ + V) ψᵢ = εᵢ ψᵢ,  ρ = Σᵢ |ψᵢ|²,  V = V_ext + v_H[ρ] + v_xc(ρ),  (−Δ + κ²) v_H = γ ρ

(eqs (4.5) to (4.7) of Fan, Lin, Ying and Zepeda-Núñez, 2018) in random external potentials V_ext, with the energy of each.`,
});
