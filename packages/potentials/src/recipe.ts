import {
  ArgumentError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
  requirePositive,
} from '@dyadic/errors';

/** A closed interval to draw from uniformly; equal ends fix the value. */
export type Interval = readonly [low: number, high: number];

/**
 * What a user asks for.
 *
 * | equation | preset | strength | variance | least distance | domain |
 * |---|---|---|---|---|---|
 * | `nlse` (4.4) | `paper` | ρ ~ U(1, 4) | T ~ U(2, 4)·10⁻³ | none | [0, 1)^d |
 * | `nlse` (4.4) | `reference-code` | ρ ~ U(10, 40) in 1D, U(1, 6) in 2D | T ~ U(2, 4)·10⁻³ | 0.05 | [0, 1)^d; V shifted to min V = 1 |
 * | `kohn-sham` (4.8) | `paper` | c ~ U(0.8, 1.2) | σ² with σ = 0.05 in 1D, 0.2 in 2D and 3D | 2σ | [−1, 1)^d |
 * | `kohn-sham` (4.8) | `localized` | the same times a depth of 100 | the same | 2σ | [−1, 1)^d |
 *
 * `reference-code` is what the authors' public program draws, which differs from the text of the paper.
 */
export interface PotentialOptions {
  readonly equation: 'nlse' | 'kohn-sham';
  /** Default `paper`. */
  readonly preset?: 'paper' | 'reference-code' | 'localized';
  /** d; default 1. */
  readonly dimension?: 1 | 2 | 3;
  /** n_g, Gaussian wells per potential; default 2. */
  readonly wells?: number;
  /** Replaces the preset's range of ρ_i or c_i. */
  readonly strength?: Interval;
  /** Replaces the preset's range of T or σ². */
  readonly variance?: Interval;
  /** Replaces the preset's factor on c_i, eq (4.8) only: 1 for `paper`, 100 for `localized`. */
  readonly depth?: number;
}

/** A potential family in full: everything {@link samplePotential} draws from. Plain data, safe to store as JSON. */
export interface PotentialRecipe {
  readonly equation: 'nlse' | 'kohn-sham';
  readonly preset: 'paper' | 'reference-code' | 'localized';
  readonly dimension: 1 | 2 | 3;
  readonly wells: number;
  readonly strength: Interval;
  readonly variance: Interval;
  /** Factor on every strength; 1 for eq (4.4). */
  readonly depth: number;
  /** Least distance between centers, measured on the torus; 0 for none. */
  readonly separation: number;
  /** The potential is shifted so that its least value on the grid is this; null leaves it as the formula has it. */
  readonly minimum: number | null;
  /** Period and first coordinate of the domain. */
  readonly length: number;
  readonly origin: number;
}

const OPTIONS = ['equation', 'preset', 'dimension', 'wells', 'strength', 'variance', 'depth'];
const PRESETS = { nlse: ['paper', 'reference-code'], 'kohn-sham': ['paper', 'localized'] } as const;

/** Completes and checks options. @throws ArgumentError naming the option that is wrong */
export function potentialRecipe(options: PotentialOptions): PotentialRecipe {
  requireKnownOptions('potential', options, OPTIONS);
  const equation = requireOneOf<'nlse' | 'kohn-sham'>('potential.equation', options.equation, ['nlse', 'kohn-sham']);
  const preset = requireOneOf<PotentialRecipe['preset']>(
    'potential.preset',
    options.preset ?? 'paper',
    PRESETS[equation],
  );
  const dimension = requireOneOf<1 | 2 | 3>('potential.dimension', options.dimension ?? 1, [1, 2, 3]);
  const wells = requireInteger('potential.wells', options.wells ?? 2, { min: 1, max: 1000 });
  if (equation === 'nlse' && options.depth !== undefined) {
    throw new ArgumentError('potential.depth', options.depth, "no depth: eq (4.4) has none, scale 'strength' instead");
  }
  const defaults = equation === 'nlse' ? nlseDefaults(preset, dimension) : kohnShamDefaults(preset, dimension);
  const recipe = { equation, preset, dimension, wells, ...defaults };
  return {
    ...recipe,
    strength: requireInterval('potential.strength', options.strength ?? defaults.strength),
    variance: requireInterval('potential.variance', options.variance ?? defaults.variance),
    depth: requirePositive('potential.depth', options.depth ?? defaults.depth),
  };
}

type Defaults = Omit<PotentialRecipe, 'equation' | 'preset' | 'dimension' | 'wells'>;

function nlseDefaults(preset: PotentialRecipe['preset'], dimension: number): Defaults {
  const common = { variance: [2e-3, 4e-3], depth: 1, length: 1, origin: 0 } as const;
  if (preset === 'paper') return { ...common, strength: [1, 4], separation: 0, minimum: null };
  if (dimension === 3) throw new ArgumentError('potential.dimension', 3, "1 or 2 for the preset 'reference-code'");
  return { ...common, strength: dimension === 1 ? [10, 40] : [1, 6], separation: 0.05, minimum: 1 };
}

function kohnShamDefaults(preset: PotentialRecipe['preset'], dimension: number): Defaults {
  const [variance, separation] = dimension === 1 ? [0.0025, 0.1] : [0.04, 0.4]; // σ² and 2σ
  return {
    strength: [0.8, 1.2],
    variance: [variance, variance],
    depth: preset === 'localized' ? 100 : 1,
    separation,
    minimum: null,
    length: 2,
    origin: -1,
  };
}

function requireInterval(argument: string, interval: unknown): Interval {
  if (!Array.isArray(interval) || interval.length !== 2) {
    throw new ArgumentError(argument, interval, 'two numbers [low, high]');
  }
  const [low, high] = interval;
  requireFinite(`${argument}[0]`, low);
  requireFinite(`${argument}[1]`, high, { min: low });
  requirePositive(`${argument}[0]`, low);
  return [low, high];
}
