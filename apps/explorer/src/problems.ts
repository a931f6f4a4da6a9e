/** The problems of the page: what they solve, what their networks were trained on, and what the sliders may do. */
import { type GaussianWells, gaussianWells } from '@dyadic/potentials';
import { type PeriodicGrid, periodicGrid } from '@dyadic/spectral';

export type Equation = 'nlse' | 'kohn-sham' | 'field';

/** A number of the equation that a slider sets. */
export interface Parameter {
  readonly symbol: string;
  readonly meaning: string;
  readonly least: number;
  readonly most: number;
  readonly step: number;
  /** What the network was trained for. */
  readonly trained: number;
}

export interface Problem {
  readonly id: string;
  readonly title: string;
  readonly equation: Equation;
  /** For people, in plain text. */
  readonly formula: string;
  readonly dimension: 1 | 2;
  readonly points: number;
  /** Name of the network's file in `models/`. */
  readonly model: string;
  /** The wells that the network was trained on. */
  readonly family: GaussianWells;
  readonly output: { readonly symbol: string; readonly meaning: string; readonly unit: string };
  readonly potentialUnit: string;
  readonly lengthUnit: string;
  /** The periodic cell, along every axis. */
  readonly cell: { readonly origin: number; readonly length: number };
  readonly parameter: Parameter;
  /** Ranges of the sliders, beyond those of the training. */
  readonly strength: readonly [number, number];
  readonly variance: readonly [number, number];
  /** Number of the random potential that the page begins with. */
  readonly start: number;
}

/** Eq (4.4) of Fan, Lin, Ying and Zepeda-Núñez, 2018: T, ρ and centers without a least distance. */
const nlseWells = (dimension: 1 | 2) =>
  gaussianWells({
    name: 'nlse/paper',
    dimension,
    wells: 2,
    strength: [1, 4],
    variance: [0.002, 0.004],
    height: 'normal-density',
  });

const KOHN_SHAM_CELL = { origin: -1, length: 2 } as const;

/** Eq (4.8) of the same paper. */
const kohnShamWells = (dimension: 1 | 2) => {
  const [variance, separation] = dimension === 1 ? [0.0025, 0.1] : [0.04, 0.4];
  return gaussianWells({
    name: 'kohn-sham/paper',
    dimension,
    wells: 2,
    strength: [0.8, 1.2],
    variance: [variance, variance],
    height: 'strength',
    separation,
    ...KOHN_SHAM_CELL,
  });
};

/** As wide as five σ. */
const CRYSTAL_CELL = 0.25;
const CRYSTAL_WELLS = 8;
const CRYSTAL = { origin: 0, length: CRYSTAL_WELLS * CRYSTAL_CELL } as const;

/** The preset `crystal`: a well in each cell, up to a quarter of it off its middle. */
const crystal = gaussianWells({
  name: 'kohn-sham/crystal',
  dimension: 1,
  wells: CRYSTAL_WELLS,
  strength: [0.8, 1.2],
  variance: [0.0025, 0.0025],
  height: 'strength',
  depth: 100,
  jitter: 0.25,
  ...CRYSTAL,
});

const beta: Parameter = {
  symbol: 'β',
  meaning: 'strength of the nonlinearity',
  least: 0,
  most: 60,
  step: 0.5,
  trained: 10,
};
const electrons: Parameter = {
  symbol: 'nₑ',
  meaning: 'electrons',
  least: 1,
  most: 8,
  step: 1,
  trained: 2,
};

const nlse = {
  equation: 'nlse',
  output: { symbol: 'u', meaning: 'ground state', unit: '' },
  potentialUnit: '',
  lengthUnit: '',
  cell: { origin: 0, length: 1 },
  parameter: beta,
  strength: [0.2, 8],
  variance: [0.0008, 0.012],
} as const;
const kohnSham = {
  equation: 'kohn-sham',
  output: { symbol: 'ρ', meaning: 'electron density', unit: 'bohr⁻¹' },
  potentialUnit: 'hartree',
  lengthUnit: 'bohr',
  cell: KOHN_SHAM_CELL,
  parameter: electrons,
  strength: [0.1, 4],
} as const;

export const PROBLEMS: readonly Problem[] = [
  {
    ...nlse,
    id: 'nlse-1d',
    start: 21,
    title: 'Schrödinger, nonlinear · 1D',
    formula: '−u″ + V u + β u³ = E u,  ∫ u² = 1',
    dimension: 1,
    points: 320,
    model: 'nlse-1d',
    family: nlseWells(1),
  },
  {
    ...nlse,
    id: 'nlse-2d',
    start: 20,
    title: 'Schrödinger, nonlinear · 2D',
    formula: '−Δu + V u + β u³ = E u,  ∫ u² = 1',
    dimension: 2,
    points: 80,
    model: 'nlse-2d',
    family: nlseWells(2),
  },
  {
    ...kohnSham,
    id: 'kohn-sham-1d',
    start: 4,
    title: 'Kohn-Sham map · 1D',
    formula: '(−½ d²/dx² + V) ψᵢ = εᵢ ψᵢ,  ρ = Σ |ψᵢ|²',
    dimension: 1,
    points: 320,
    model: 'kohn-sham-1d',
    family: kohnShamWells(1),
    variance: [0.0008, 0.02],
  },
  {
    ...kohnSham,
    id: 'kohn-sham-2d',
    start: 24,
    title: 'Kohn-Sham map · 2D',
    formula: '(−½Δ + V) ψᵢ = εᵢ ψᵢ,  ρ = Σ |ψᵢ|²',
    output: { ...kohnSham.output, unit: 'bohr⁻²' },
    dimension: 2,
    points: 64,
    model: 'kohn-sham-2d',
    family: kohnShamWells(2),
    variance: [0.01, 0.12],
  },
  {
    ...kohnSham,
    id: 'field-1d',
    start: 4,
    title: 'Self-consistent field · 1D',
    formula: 'ρ = F[V + v + v_xc],  −v″ + κ²v = γρ',
    equation: 'field',
    dimension: 1,
    points: 128,
    model: 'kohn-sham-iterates-1d',
    family: crystal,
    cell: CRYSTAL,
    strength: [0.4, 2],
    variance: [0.0012, 0.006],
    parameter: {
      symbol: 'γ',
      meaning: 'strength of the interaction',
      least: 0,
      most: 2000,
      step: 10,
      trained: 1000,
    },
  },
];

/** Seed of the page's random potentials: none of the data's. */
export const RANDOM_SEED = 1;

/** The problem of an id; the first for one that is not known. */
export function problemOf(id: string | undefined): Problem {
  return PROBLEMS.find((problem) => problem.id === id) ?? PROBLEMS[0]!;
}

export function gridOf({ dimension, points, cell }: Problem): PeriodicGrid {
  return periodicGrid({ dimension, points, ...cell });
}

/** The field of the page, as `datasets/kohn-sham-iterates-1d` has it but for the strength of the interaction. */
export const FIELD = { electrons: CRYSTAL_WELLS, screening: 4, exchangeCorrelation: 'lda' } as const;
