import { kohnShamMap, selfConsistentField } from '@dyadic/kohn-sham';
import { type GridOptions, integrate, periodicGrid } from '@dyadic/spectral';
import { describe, expect, it } from 'vitest';
import { problemsWith } from '../src/index.js';

const problems = problemsWith();
const interaction = { strength: 1000, screening: 4 };
const crystal = { grid: { dimension: 1, points: 64 }, potential: { preset: 'crystal', wells: 4 } } as const;

interface Settings {
  readonly grid: GridOptions;
  readonly solver: object;
  readonly iterates: { readonly interaction: typeof interaction; readonly exchangeCorrelation: 'lda' };
}

/** Columns by name; which there are depends on the recipe. */
interface Sample {
  readonly status: string;
  readonly potential: Float64Array;
  readonly external: Float64Array;
  readonly density: Float64Array;
  readonly effectivePotential: Float64Array;
  readonly eigenvalues: Float64Array;
  readonly energyTerms: number[];
  readonly energy: number;
  readonly gap: number;
  readonly residual: number;
  readonly step: number;
}

/** The settings of `dataset.json`'s entries, and samples 0 … count − 1 with their columns by name. */
function samplesOf(name: string, entries: object, count: number) {
  const problem = problems.get(name)!;
  const settings = problem.settings(problem.entries.parse(entries)) as Settings;
  const draw = problem.inputs.draw(settings);
  const solve = problem.solve(settings);
  const onGrid = { type: 'float64' as const, shape: [...periodicGrid(settings.grid).shape] };
  const columns = [...problem.inputs.columns(settings, onGrid), ...(problem.inputs.parameters?.(settings) ?? [])];
  const samples = Array.from({ length: count }, (_, index) => {
    const input = draw(7, index);
    const state = solve(input);
    const values = [
      ...columns.map(({ field, value }) => [field.name, value(input)] as const),
      ...problem.columns(settings, onGrid).map(({ field, value }) => [field.name, value(state)] as const),
    ];
    return { status: state.status, ...Object.fromEntries(values) } as unknown as Sample;
  });
  return { settings, samples, draw };
}

const difference = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i]!)));

describe('kohn-sham-scf', () => {
  const { settings, samples } = samplesOf(
    'kohn-sham-scf',
    { ...crystal, interaction, exchangeCorrelation: 'lda', solver: {} },
    3,
  );
  const grid = periodicGrid(settings.grid);

  it('one cell a well: the box grows with their number', () => {
    expect(settings.grid).toEqual({ dimension: 1, points: 64, length: 1, origin: 0 });
    expect(settings.solver).toMatchObject({ electrons: 4, tolerance: 1e-8 });
  });

  it('ρ is the image of the effective potential, and its energy the sum of the terms', () => {
    for (const { status, density, effectivePotential, energy, energyTerms, residual, eigenvalues, gap } of samples) {
      expect(status).toBe('converged');
      expect(residual).toBeLessThanOrEqual(1e-8);
      const image = kohnShamMap(effectivePotential, grid, { electrons: 4 });
      expect(difference(density, image.density)).toBeLessThan(1e-7);
      expect(difference(eigenvalues, image.eigenvalues)).toBeLessThan(1e-7);
      expect(gap).toBe(eigenvalues[4]! - eigenvalues[3]!);
      expect(energyTerms.reduce((sum, term) => sum + term, 0)).toBeCloseTo(energy, 9);
      expect(integrate(grid, density)).toBeCloseTo(4, 9);
    }
  });

  it('a temperature fills a frontier that is degenerate', () => {
    const open = { ...crystal, interaction, solver: { electrons: 5, temperature: 2 } };
    const { samples: warm } = samplesOf('kohn-sham-scf', open, 1);
    expect(warm[0]!.status).toBe('converged');
    expect(warm[0]!.energyTerms[4]).toBeLessThan(0);
    expect(integrate(grid, warm[0]!.density)).toBeCloseTo(5, 9);
  });

  it('a box of other sides: the well of a crystal in each of its cells', () => {
    const box = { points: [24, 32], length: [2, 3] };
    const plane = {
      grid: box,
      potential: { preset: 'crystal', wells: 4 },
      interaction: { strength: 20, screening: 2 },
    };
    const { settings: wide, samples: fields } = samplesOf('kohn-sham-scf', { ...plane, solver: {} }, 1);
    expect(wide.grid).toEqual({ dimension: 2, ...box, origin: 0 });
    const { status, density, effectivePotential } = fields[0]!;
    expect(status).toBe('converged');
    const image = kohnShamMap(effectivePotential, periodicGrid(wide.grid), { electrons: 4 });
    expect(difference(density, image.density)).toBeLessThan(1e-6);
  });

  it('a lattice has a whole number of cells along each axis', () => {
    const plane = { grid: { dimension: 2, points: 32 }, potential: { preset: 'crystal', wells: 5 } };
    expect(() => samplesOf('kohn-sham-scf', { ...plane, interaction, solver: {} }, 1)).toThrow(/potential\.wells is 5/);
  });
});

describe('kohn-sham along iterations of the field', () => {
  const iterates = { interaction, exchangeCorrelation: 'lda', steps: 6 };
  const { settings, samples, draw } = samplesOf('kohn-sham', { ...crystal, iterates, solver: {} }, 12);
  const grid = periodicGrid(settings.grid);

  it('potentials are those that the iteration visits in the step that is told, all of which occur', () => {
    for (const { external, potential, step } of samples) {
      const visited: Float64Array[] = [];
      const onStep = (one: { potential: Float64Array }) => visited.push(one.potential);
      const { interaction: electrons, exchangeCorrelation } = settings.iterates;
      selfConsistentField({ external, grid, electrons: 4, interaction: electrons, exchangeCorrelation, onStep });
      expect(potential).toEqual(visited[step]);
    }
    expect(new Set(samples.map(({ step }) => step)).size).toBeGreaterThan(3);
  });

  it('densities are the map of these potentials, and samples pure functions of their number', () => {
    const { density, potential } = samples[4]!;
    expect(density).toEqual(kohnShamMap(potential, grid, { electrons: 4 }).density);
    expect(draw(7, 4)).toMatchObject({ potential });
  });

  it('recipes without the entry are as they were', () => {
    const { settings: bare, samples: plain } = samplesOf('kohn-sham', { ...crystal, solver: {} }, 1);
    expect(bare).not.toHaveProperty('iterates');
    expect(Object.keys(plain[0]!)).not.toContain('external');
  });
});
