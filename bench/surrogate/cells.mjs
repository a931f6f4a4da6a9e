/** What `bench/surrogate.mjs` computes: networks in place of the Kohn-Sham map and of its self-consistent field. */
import { fileURLToPath } from 'node:url';
import { networkFromDocument } from '@dyadic/mnn';
import { resolveRecipe } from '@dyadic/pipeline';

const folder = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The crystal has 16 points a cell and axis. */
const POINTS_PER_CELL = 16;
/** Points of the finest boxes, m, of the paper's network. */
const FINEST = 4;
/** Points of the boxes of the others: twice as fine. */
const FINER = 2;

/**
 * Samples, epochs and samples of a step by dimension and electrons, of the structure `near`, whatever the map: a large box shows more
 * wells a sample, and costs more.
 */
const NEAR = {
  1: { 2: [4000, 75, 8], 4: [4000, 75, 8], 8: [2400, 75, 8], 16: [1600, 100, 8], 32: [800, 150, 4], 64: [320, 150, 2] },
  2: { 4: [600, 120, 8], 9: [240, 150, 4], 16: [160, 200, 4] },
};
/** Samples and epochs of the others. */
const OTHERS = {
  1: { 2: [4000, 150], 4: [4000, 150], 8: [2400, 150], 16: [2400, 150], 32: [1200, 250] },
  2: { 4: [600, 60] },
};

/** Recipes by structure, in 1D and 2D. */
const TRAINING = {
  h: {
    1: {
      batchSize: 16,
      schedule: { shape: 'cosine', learningRate: 0.005, warmup: 0.02 },
      initial: { scheme: 'fan-in', gain: 0.5, bias: 0.1 },
    },
    2: {
      batchSize: 8,
      schedule: { shape: 'cosine', learningRate: 0.003, warmup: 0.02 },
      initial: { scheme: 'fan-in', gain: 0.3, bias: 0.5 },
    },
  },
  layered: {
    batchSize: 8,
    schedule: { shape: 'cosine', learningRate: 0.006, warmup: 0.02 },
    initial: { scheme: 'fan-in', gain: 0.5, bias: 0 },
  },
};

/** The structure of a cell that names none: in 1D the paper's network, in 2D Fourier layers with all frequencies. */
const STRUCTURES = { 1: 'h', 2: 'fourier' };

/** The network of a structure, as a document. */
function networkOf(structure, { dimension, points, channels, kernelLayers }) {
  const common = { dimension, points, output: 'density' };
  const boxes = points / FINER;
  switch (structure) {
    case 'h':
      return {
        ...common,
        levels: Math.log2(points / FINEST),
        channels,
        kernelLayers,
        activation: dimension === 1 ? 'tanh' : 'relu',
      };
    case 'fourier':
      return { ...common, structure, boxes, modes: 8, width: 12, layers: 4 };
    case 'near':
      return {
        ...common,
        structure: 'fourier',
        boxes,
        modes: Math.min(boxes / 2, dimension === 1 ? 16 : 6),
        near: dimension === 1 ? 7 : 5,
        width: dimension === 1 ? 10 : 12,
        layers: 4,
      };
    case 'multiscale-operator':
      return { ...common, structure, levels: Math.log2(boxes), window: 5, width: 8, layers: 4 };
  }
}

/** A cell of the table. @param change - Replaces some of `samples`, `epochs`, `channels`, `kernelLayers`, `structure` */
export function cellOf(kind, dimension, electrons, change = {}) {
  const side = Math.round(electrons ** (1 / dimension));
  const { channels = 8, kernelLayers = 6, bare = false, structure = STRUCTURES[dimension] } = change;
  const [allSamples, allEpochs, batchSize] = (structure === 'near' ? NEAR : OTHERS)[dimension][electrons];
  const { samples = allSamples, epochs = allEpochs } = change;
  const points = POINTS_PER_CELL * side;
  const suffix = Object.entries(change).map(([name, value]) => `_${name}-${value}`);
  return {
    name: `${kind}-${dimension}d-${electrons}${suffix.join('')}`,
    kind,
    dimension,
    electrons,
    points,
    samples,
    bare,
    structure,
    network: networkOf(structure, { dimension, points, channels, kernelLayers }),
    plan: {
      ...(structure === 'h' ? TRAINING.h[dimension] : TRAINING.layered),
      ...(batchSize && { batchSize }),
      epochs,
      seed: 1,
      optimizer: { name: 'soap', beta2: 0.99 },
      loss: 'error',
      augment: 'torus',
      validateEvery: Math.max(1, Math.round(epochs / 50)),
    },
  };
}

/** A cell by the structure that suits these maps best. */
const nearCell = (kind, dimension, electrons) => cellOf(kind, dimension, electrons, { structure: 'near' });
const SIZES = [
  ...[2, 4, 8, 16, 32, 64].map((electrons) => [1, electrons]),
  ...[4, 9, 16].map((electrons) => [2, electrons]),
];

/** The rows of the headline. */
export const HEADLINE = SIZES.flatMap((size) => [nearCell('map', ...size), nearCell('field', ...size)]);

/** The same by other structures, which stand in for a row that is missing. */
export const STRUCTURES_COMPARED = [
  ...[2, 4, 8, 16].map((electrons) => cellOf('map', 1, electrons)),
  ...[2, 4, 8, 16, 32].map((electrons) => cellOf('field', 1, electrons)),
  cellOf('map', 2, 4),
  cellOf('field', 2, 4),
  ...['h', 'multiscale-operator'].map((structure) => cellOf('field', 2, 4, { structure })),
];

/** Networks inside the iteration of the field: trained for longer and longer, one on bare external potentials, larger ones. */
export const INSIDE = [
  ...[3, 10, 40].map((epochs) => cellOf('map', 1, 8, { epochs })),
  cellOf('map', 1, 8),
  cellOf('map', 1, 8, { bare: true }),
  cellOf('map', 1, 16),
  ...[32, 64].map((electrons) => nearCell('map', 1, electrons)),
  cellOf('map', 2, 4),
  nearCell('map', 2, 9),
];

/** From which box to which. */
export const TRANSFERS = [
  [cellOf('field', 1, 16), cellOf('field', 1, 32)],
  [nearCell('map', 1, 16), nearCell('map', 1, 32)],
  [nearCell('field', 1, 32), nearCell('field', 1, 64)],
  [nearCell('field', 2, 4), nearCell('field', 2, 16)],
];

/** The recipe of a cell's data. */
export async function recipeOf({ kind, dimension, electrons, points, samples, bare }) {
  const name =
    kind === 'field' || bare
      ? bare
        ? 'kohn-sham-1d'
        : `kohn-sham-scf-${dimension}d`
      : `kohn-sham-iterates-${dimension}d`;
  const preset = bare ? { 'potential.preset': 'crystal' } : {};
  const sizes = { 'potential.wells': electrons, 'grid.points': points, samples };
  const rows = samples < 1000 ? { shardRows: 20 } : {};
  return resolveRecipe(folder(`datasets/${name}`), 'quick', { ...preset, ...sizes, ...rows });
}

/** The experiment of a cell, with its data where `recipeOf` has it. */
export async function experimentOf(cell) {
  const { folder: dataFolder } = await recipeOf(cell);
  const tenth = Math.round(cell.samples / 10);
  return {
    name: `surrogate-${cell.name}`,
    description: 'a cell of bench/surrogate.mjs',
    path: `bench/surrogate, ${cell.name}`,
    profile: 'quick',
    datasetFolder: dataFolder,
    dataFolder,
    input: 'potential',
    output: 'density',
    normalization: { input: 'standard', output: 'mean-scale' },
    network: networkFromDocument(cell.network),
    plan: cell.plan,
    splits: { train: cell.samples - 2 * tenth, validation: tenth, test: tenth },
    runFolder: folder(`bench/results/surrogate/${cell.name}`),
  };
}
