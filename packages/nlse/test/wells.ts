import { type GaussianWells, type GaussianWellsOptions, gaussianWells } from '@dyadic/potentials';

/** The families of eq (4.4): the paper's, and that of its authors' program. */
export type PaperWells = Partial<Pick<GaussianWellsOptions, 'dimension' | 'wells' | 'strength' | 'variance'>> & {
  readonly preset?: 'paper' | 'reference-code';
};

export function paperWells({ preset = 'paper', ...options }: PaperWells = {}): GaussianWells {
  const common = { name: `nlse/${preset}`, variance: [2e-3, 4e-3], height: 'normal-density' } as const;
  if (preset === 'paper') return gaussianWells({ ...common, strength: [1, 4], ...options });
  const strength = (options.dimension ?? 1) === 1 ? ([10, 40] as const) : ([1, 6] as const);
  return gaussianWells({ ...common, strength, separation: 0.05, minimum: 1, ...options });
}
