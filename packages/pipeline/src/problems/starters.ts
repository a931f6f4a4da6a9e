import type { Starter } from './problem.js';

const recipe = {
  grid: { $comment: 'points: per axis, a product of powers of 2, 3 and 5', dimension: 1, points: 320 },
  potential: { $comment: 'wells: n_g; other presets and entries: docs/options.md', preset: 'paper', wells: 2 },
};

const network = {
  $comment:
    'the recommended network (docs/results/structures): frequencies below modes, and windows of near boxes; points: a multiple of boxes; width decides size and accuracy. The paper’s: apps/nlse-1d/experiment.json',
  structure: 'fourier',
  points: 320,
  boxes: 64,
  layers: 4,
  modes: 8,
  near: 7,
  width: 9,
};

const paperNetwork = {
  $comment:
    'points = 2^levels times a whole number, others with fit: pad; channels r and kernelLayers K decide size and accuracy',
  channels: 6,
  kernelLayers: 5,
};

/** Starters with the data of the paper's first tables, and the networks that are best on them. */
export const STARTERS = {
  nlse: {
    recipe: { ...recipe, solver: { $comment: 'beta: strength of the nonlinear term', beta: 10, tolerance: 1e-10 } },
    experiment: {
      input: 'potential',
      output: 'solution',
      normalization: { input: 'standard', output: 'rms-scale' },
      network: { ...network, activation: 'softplus', output: 'wavefunction' },
    },
  },
  'kohn-sham': {
    recipe: { ...recipe, solver: { $comment: 'electrons: default one per well', tolerance: 1e-10 } },
    experiment: {
      input: 'potential',
      output: 'density',
      normalization: { input: 'standard', output: 'mean-scale' },
      network: { ...network, activation: 'tanh', output: 'density' },
    },
  },
  'kohn-sham-scf': {
    recipe: {
      grid: { ...recipe.grid, $comment: 'points: per axis; 16 a well resolve the crystal', points: 128 },
      potential: { $comment: 'wells: n_g; other presets and entries: docs/options.md', preset: 'crystal', wells: 8 },
      interaction: { $comment: '(−Δ + κ²) v_H = γ ρ: strength γ, screening κ', strength: 1000, screening: 4 },
      exchangeCorrelation: 'lda',
      solver: { $comment: 'electrons: default one per well', tolerance: 1e-8 },
    },
    experiment: {
      input: 'potential',
      output: 'density',
      normalization: { input: 'standard', output: 'mean-scale' },
      network: { ...paperNetwork, points: 128, levels: 5, activation: 'tanh', output: 'density' },
    },
  },
} as const satisfies Record<string, Starter>;
