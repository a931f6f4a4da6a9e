/** The maps of `bench/structures.mjs`, and the networks that are compared on each. */

/** Epochs of the comparison at equal steps, and of the one at equal CPU time: about as long as `fourier` takes. */
export const STEPS = { equal: 30, longer: 60 };

/**
 * The networks of the experiments in `apps`, the paper's and the recommended one, which are trained for as many epochs as those say.
 * The rest of both files is the same.
 */
export const RECIPES = { experiment: '.', best: 'best' };

/** Networks that take at most half of what `fourier` takes for a step, and are also trained for twice the steps. */
export const CHEAPER = ['h', 'fourier-boxes', 'fourier-near', 'multiscale-operator'];

/** The networks of a map, sized to about as many parameters as the Fourier network at the points. */
function structuresOf({ dimension = 1, points, levels, padding = 'periodic', output, own, modes, width, near }) {
  const common = { dimension, points, activation: 'softplus', padding, output };
  const layered = { ...common, layers: 4 };
  const channels = dimension === 1 ? 4 : 3;
  const wavelet = { ...common, structure: 'wavelet', levels, window: 5, channels, kernelLayers: 3 };
  return {
    h: { ...common, levels, ...own },
    h2: { ...common, levels, ...own, structure: 'h2' },
    fourier: { ...layered, structure: 'fourier', modes, width: 8 },
    'fourier-boxes': {
      ...layered,
      structure: 'fourier',
      boxes: 2 ** levels,
      modes: Math.min(modes, 2 ** (levels - 1)),
      width: 8,
    },
    'fourier-near': { ...layered, structure: 'fourier', boxes: 2 ** levels, ...near },
    'multiscale-operator': { ...layered, structure: 'multiscale-operator', levels, width },
    wavelet,
    'wavelet-fixed': { ...wavelet, filters: 'fixed' },
  };
}

const LINE = {
  points: 320,
  levels: 6,
  own: { channels: 6, kernelLayers: 5 },
  modes: 16,
  width: 8,
  near: { modes: 8, near: 7, width: 9 },
};
const SQUARE = {
  dimension: 2,
  levels: 4,
  own: { channels: 6, kernelLayers: 5 },
  modes: 8,
  width: 12,
  near: { modes: 6, near: 3, width: 10 },
};

/** What makes about half and twice the parameters of a network on a line. */
const WIDTHS = {
  half: {
    h: { channels: 4 },
    fourier: { width: 6 },
    'fourier-boxes': { width: 6 },
    'fourier-near': { width: 7 },
    'multiscale-operator': { width: 6 },
  },
  twice: {
    h: { channels: 9 },
    fourier: { width: 11 },
    'fourier-boxes': { width: 11 },
    'fourier-near': { width: 13 },
    'multiscale-operator': { width: 11 },
  },
};

/** The networks of a map, and those of other sizes. */
function sizesOf(networks) {
  const resized = (widths) =>
    Object.fromEntries(Object.entries(widths).map(([name, width]) => [name, { ...networks[name], ...width }]));
  const sizes = Object.fromEntries(Object.entries(WIDTHS).map(([size, widths]) => [size, resized(widths)]));
  return { networks, sizes };
}

/**
 * By name: the experiment whose recipe, samples and columns are used, how many seeds, and the networks, on some
 * maps in `sizes` too. `dataset` replaces entries of the dataset's recipe; such a map's data is generated where `--data` says.
 */
export const MAPS = {
  'nlse-1d': {
    title: 'NLSE, 1D',
    folder: 'apps/nlse-1d',
    seeds: 3,
    ...sizesOf(structuresOf({ ...LINE, output: 'wavefunction' })),
  },
  'nlse-1d-deep': {
    title: 'NLSE, 1D, the authors’ wells',
    folder: 'apps/nlse-1d',
    dataset: { 'potential.preset': 'reference-code' },
    seeds: 3,
    networks: structuresOf({ ...LINE, output: 'wavefunction' }),
  },
  'kohn-sham-1d': {
    title: 'Kohn-Sham, 1D',
    folder: 'apps/kohn-sham-1d',
    seeds: 3,
    ...sizesOf(structuresOf({ ...LINE, output: 'density' })),
  },
  'kohn-sham-1d-localized': {
    title: 'Kohn-Sham, 1D, 8 localized wells',
    folder: 'apps/kohn-sham-1d',
    dataset: { 'potential.preset': 'localized', 'potential.wells': 8 },
    seeds: 3,
    networks: structuresOf({ ...LINE, output: 'density' }),
  },
  burgers: {
    title: 'Burgers',
    folder: 'examples/burgers',
    problem: 'examples/burgers/burgers.mjs',
    seeds: 3,
    networks: structuresOf({ ...LINE, points: 1024, output: 'linear' }),
  },
  darcy: {
    title: 'Darcy, 2D, not periodic',
    folder: 'examples/darcy',
    problem: 'examples/darcy/darcy.mjs',
    seeds: 1,
    networks: structuresOf({ ...SQUARE, points: 64, padding: 'zero', output: 'linear' }),
  },
  'nlse-2d': {
    title: 'NLSE, 2D',
    folder: 'apps/nlse-2d',
    seeds: 1,
    networks: structuresOf({ ...SQUARE, points: 80, output: 'wavefunction' }),
  },
  'kohn-sham-2d': {
    title: 'Kohn-Sham, 2D',
    folder: 'apps/kohn-sham-2d',
    seeds: 1,
    networks: structuresOf({ ...SQUARE, points: 64, output: 'density' }),
  },
};
