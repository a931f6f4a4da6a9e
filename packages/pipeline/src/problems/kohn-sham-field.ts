import { selfConsistentFieldSolver } from '@dyadic/kohn-sham';
import { randomStream } from '@dyadic/random';
import { periodicGrid } from '@dyadic/spectral';
import { z } from 'zod';
import type { Inputs, OnGrid, ProblemColumn } from './problem.js';
import type { WellsInput, WellsSettings } from './wells.js';

/** The entry `interaction` of a recipe: v_H from (−Δ + κ²) v_H = γ ρ. */
export const interactionEntries = z
  .strictObject({
    strength: z.number().describe('γ'),
    screening: z.number().min(0).default(0).describe('κ; 0 is Hartree’s potential'),
  })
  .describe('of the electrons, (−Δ + κ²) v_H = γ ρ');

export const exchangeCorrelationEntry = z
  .enum(['none', 'lda'])
  .default('none')
  .describe('lda: the local density approximation, in 1D with κ > 0, in 3D with γ = 4π and κ = 0');

/** The entry `iterates` of a recipe of the Kohn-Sham map. */
export const iteratesEntries = z
  .strictObject({
    interaction: interactionEntries,
    exchangeCorrelation: exchangeCorrelationEntry,
    steps: z.int().min(1).default(12).describe('potentials are drawn from so many first ones of an iteration'),
  })
  .describe('potentials that the iteration of the self-consistent field visits; default: the external ones alone');

export type Iterates = z.infer<typeof iteratesEntries>;

/** Settings of a problem whose inputs may be iterates. */
export interface IterateSettings extends WellsSettings {
  readonly iterates?: Iterates;
  readonly solver: { readonly electrons: number };
}

/** A potential that a self-consistent iteration visits. */
export interface IterateInput extends WellsInput {
  /** V_ext on the grid. */
  readonly external: Float64Array;
  /** Number of the iterate, from 0 for the potential of a uniform density. */
  readonly step: number;
}

/**
 * Inputs V_ext + v_H[ρ] + v_xc(ρ) with ρ from the self-consistent iteration (4.7) in random wells V_ext: the potentials at which
 * a surrogate for the map is evaluated. The number of the iterate is uniform on 0 … steps − 1, from a separate stream; an iteration
 * that converges earlier gives its last potential. Without the entry `iterates`, the input is V_ext.
 */
export function iterateInputs<Settings extends IterateSettings>(
  wells: Inputs<WellsSettings, WellsInput>,
): Inputs<Settings, IterateInput> {
  return {
    ...wells,
    draw(settings) {
      const draw = wells.draw(settings);
      const { iterates, grid, solver } = settings;
      if (!iterates) return (seed, index) => external(draw(seed, index));
      const { steps, ...field } = iterates;
      const solve = selfConsistentFieldSolver(periodicGrid(grid), { ...field, electrons: solver.electrons });
      return (seed, index) => {
        const input = external(draw(seed, index));
        const step = randomStream(seed, 'problems/iterates', index).integer(steps);
        const { potential, iterations } = solve(input.external, { maxIterations: step + 1 });
        return { ...input, potential, step: iterations - 1 };
      };
    },
    columns: (settings, onGrid) => [...wells.columns(settings, onGrid), ...externalColumn(settings, onGrid)],
    parameters: (settings) => [...(wells.parameters?.(settings) ?? []), ...stepColumn(settings)],
  };
}

const external = (input: WellsInput): IterateInput => ({ ...input, external: input.potential, step: 0 });

function externalColumn({ iterates }: IterateSettings, onGrid: OnGrid): ProblemColumn<IterateInput>[] {
  if (!iterates) return [];
  const field = { name: 'external', ...onGrid, description: 'V_ext at the grid points' };
  return [{ field, value: (input) => input.external }];
}

function stepColumn({ iterates }: IterateSettings): ProblemColumn<IterateInput>[] {
  if (!iterates) return [];
  const description = 'number of the potential in its iteration, from 0';
  return [{ field: { name: 'step', type: 'int32', shape: [], description }, value: ({ step }) => step }];
}
