/** The maps of `bench/helmholtz.mjs`, and the networks that are compared on each: a table by dimension. */

/** Where the problem, its recipe and its experiment are. */
export const FOLDER = 'examples/helmholtz';
export const ABSORPTION = 8;

export const MAPS = {
  linear: { title: 'f ↦ u, no contrast: linear', short: 'f ↦ u', contrast: 0, input: 'source', inputs: 1 },
  contrast: {
    ...{ title: '(f, c) ↦ u, contrast 0.05', short: '(f, c) ↦ u' },
    ...{ contrast: 0.05, input: ['source', 'contrast'], inputs: 2 },
  },
};

const fields = { outputs: 2, activation: 'softplus' };
const LINE = { points: 512, ...fields };
const SQUARE = { dimension: 2, points: 64, ...fields };

/**
 * By dimension: points per axis, the numbers of wavelengths, with eight points or more to each; how many samples and epochs; and the
 * networks, of about as many parameters.
 */
export const DIMENSIONS = {
  1: {
    points: LINE.points,
    wavelengths: [2, 4, 8, 16, 32, 64],
    splits: { train: 1000, validation: 100, test: 100 },
    epochs: 20,
    structures: {
      h: { ...LINE, levels: 6, channels: 6, kernelLayers: 5 },
      h2: { ...LINE, structure: 'h2', levels: 6, channels: 6, kernelLayers: 5 },
      fourier: { ...LINE, layers: 4, width: 8, structure: 'fourier', boxes: 64, modes: 16 },
      'fourier-near': { ...LINE, layers: 4, structure: 'fourier', boxes: 64, modes: 8, near: 7, width: 9 },
      'multiscale-operator': { ...LINE, layers: 4, width: 8, structure: 'multiscale-operator', levels: 6 },
    },
  },
  2: {
    points: SQUARE.points,
    wavelengths: [1, 2, 4, 8],
    splits: { train: 500, validation: 100, test: 100 },
    epochs: 30,
    structures: {
      h: { ...SQUARE, levels: 4, channels: 6, kernelLayers: 4 },
      h2: { ...SQUARE, structure: 'h2', levels: 4, channels: 6, kernelLayers: 4 },
      fourier: { ...SQUARE, layers: 4, width: 8, structure: 'fourier', boxes: 32, modes: 8 },
      'fourier-near': { ...SQUARE, layers: 4, structure: 'fourier', boxes: 16, modes: 6, near: 3, width: 10 },
      'multiscale-operator': { ...SQUARE, layers: 4, width: 12, structure: 'multiscale-operator', levels: 4 },
    },
  },
};

/** The grids on which ranks are found, on the finest of `levels` and all above, from solves on a grid `finer` times as fine. */
export const RANK_GRIDS = [
  { dimension: 1, points: 1024, levels: 6, finer: 16, wavelengths: [2, 4, 8, 16, 32, 64] },
  { dimension: 2, points: 64, levels: 3, finer: 4, wavelengths: [2, 4, 8, 16] },
];
