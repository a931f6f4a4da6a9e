import { ArgumentError } from '@dyadic/errors';
import { type GroundState, type GroundStateOptions, groundStateSolver, REVISION, REVISIONS } from '@dyadic/nlse';
import { periodicGrid } from '@dyadic/spectral';
import { z } from 'zod';
import { periodicDomain } from './domain.js';
import { type Drawn, drawNumber, drawn, drawnColumn } from './drawn.js';
import { defineProblem } from './problem.js';
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

interface Settings extends WellsSettings {
  readonly solver: Pick<GroundStateOptions, 'discretization' | 'method' | 'tolerance' | 'maxIterations'> & {
    readonly beta: Drawn;
  };
}

/** A draw: the wells and β. */
interface Input extends WellsInput {
  readonly beta: number;
}

const variance = [2e-3, 4e-3] as const;

/** Eq (4.4): as in the paper's text, and as the authors' program draws it. */
const WELLS = {
  equation: 'nlse',
  presets: {
    paper: () => ({ variance, strength: [1, 4], height: 'normal-density', separation: 0 }),
    'reference-code': (dimension) => {
      if (dimension === 3) throw new ArgumentError('potential.dimension', 3, "1 or 2 for the preset 'reference-code'");
      const strength = dimension === 1 ? ([10, 40] as const) : ([1, 6] as const);
      return { variance, strength, height: 'normal-density', separation: 0.05, minimum: 1 };
    },
  },
  hasDepth: false,
  descriptions: { variance: 'T of eq (4.4)', strengths: 'ρ_i of eq (4.4)', centers: 'c_i of eq (4.4)' },
} as const satisfies Parameters<typeof wellsInputs>[0];

/** The problem's entries in `dataset.json`. */
const entries = z.strictObject({
  grid: boxEntries,
  potential: wellsEntriesOf(WELLS),
  solver: z.strictObject({
    beta: drawn(z.number().min(0)).default(10).describe('β of eq (4.2), or a range: then a column of that name'),
    discretization: z.enum(['fourier', 'finite-differences']).default('fourier').describe('of the Laplacian'),
    method: z.enum(['auto', 'gradient-flow', 'newton-krylov']).default('auto'),
    tolerance: z.number().positive().default(1e-10).describe('of the residual'),
    maxIterations: z.int().min(1).optional().describe('default: depends on the method'),
  }),
});

const wells = wellsInputs(WELLS);

/** V ↦ u of eqs (4.2) and (4.3): ground states of the nonlinear Schrödinger equation. */
export const nlse = defineProblem<z.infer<typeof entries>, Settings, Input, GroundState>({
  name: 'nlse',
  revision: REVISION,
  revisions: REVISIONS,
  generator: '@dyadic/nlse',
  entries,
  settings: ({ grid, potential, solver }) => {
    const box = completeBox(grid);
    const wells = completeWells(WELLS, box.dimension, potential, box.length);
    return {
      equation: 'nlse',
      grid: { ...box, length: wells.length, origin: wells.origin },
      potential: wells,
      solver,
    };
  },
  inputs: {
    ...wells,
    draw: (settings) => {
      const [draw, beta] = [wells.draw(settings), drawNumber('nlse/beta', settings.solver.beta)];
      return (seed, index) => ({ ...draw(seed, index), beta: beta(seed, index) });
    },
    columns: (settings, onGrid) => [
      ...wells.columns(settings, onGrid),
      ...drawnColumn<Input>(settings.solver.beta, 'beta', 'β of eq (4.2)', ({ beta }) => beta),
    ],
  },
  solve: ({ grid: options, solver }) => {
    const { beta: _, ...rest } = solver;
    const solve = groundStateSolver(periodicGrid(options), rest);
    return ({ potential, beta }) => solve(potential, beta);
  },
  columns: (_, onGrid) => [
    {
      field: { name: 'solution', ...onGrid, description: 'u, the ground state of eq (4.2), ∫u² = 1, u > 0' },
      value: ({ u }) => u,
    },
    {
      field: { name: 'chemicalPotential', type: 'float64', shape: [], description: 'E of eq (4.2)' },
      value: ({ chemicalPotential }) => chemicalPotential,
    },
    {
      field: { name: 'energy', type: 'float64', shape: [], description: '∫ |∇u|² + V u² + β/2 u⁴' },
      value: ({ energy }) => energy,
    },
    {
      field: {
        name: 'residual',
        type: 'float64',
        shape: [],
        description: 'rms of −Δu + Vu + βu³ − Eu, relative to max(1, |E|)',
      },
      value: ({ residual }) => residual,
    },
  ],
  domain: ({ grid }) => periodicDomain(grid),
  starter: STARTERS.nlse,
  symbols: { potential: 'V', beta: 'β', solution: 'u', chemicalPotential: 'E' },
  card: `Ground states of the nonlinear Schrödinger equation on the periodic unit cell,

> −Δu + V u + β u³ = E u,  ∫ u² = 1,  u > 0

(eq (4.2) of Fan, Lin, Ying and Zepeda-Núñez, 2018) in random potentials V, and the energy E that belongs to each.`,
});
