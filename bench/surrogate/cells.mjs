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

/** Samples by electrons: a large box shows more wells a sample, and costs more. */
const SAMPLES = {
  map: { 1: { 2: 4000, 4: 4000, 8: 2400, 16: 2400, 32: 400, 64: 100 }, 2: { 4: 600, 9: 120, 16: 60 } },
  field: { 1: { 2: 4000, 4: 4000, 8: 2400, 16: 2400, 32: 1200, 64: 100 }, 2: { 4: 600, 9: 120, 16: 60 } },
};
const EPOCHS = {
  map: { 1: { 2: 150, 4: 150, 8: 150, 16: 150, 32: 300, 64: 200 }, 2: { 4: 60, 9: 100, 16: 100 } },
  field: { 1: { 2: 150, 4: 150, 8: 150, 16: 150, 32: 250, 64: 200 }, 2: { 4: 60, 9: 100, 16: 100 } },
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

/** What stands for the map: in 1D the paper's network, in 2D layers that each mix all scales, as they learn it better. */
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
    case 'multiscale-operator':
      return { ...common, structure, levels: Math.log2(boxes), window: 5, width: 8, layers: 4 };
  }
}

/** A cell of the table. @param change - Replaces some of `samples`, `epochs`, `channels`, `kernelLayers`, `structure` */
export function cellOf(kind, dimension, electrons, change = {}) {
  const side = Math.round(electrons ** (1 / dimension));
  const {
    samples = SAMPLES[kind][dimension][electrons],
    epochs = EPOCHS[kind][dimension][electrons],
    channels = 8,
    kernelLayers = 6,
    bare = false,
    structure = STRUCTURES[dimension],
  } = change;
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
      ...(samples <= 100 && { batchSize: 8 }),
      epochs,
      seed: 1,
      optimizer: { name: 'soap', beta2: 0.99 },
      loss: 'error',
      augment: 'torus',
      validateEvery: Math.max(1, Math.round(epochs / 50)),
    },
  };
}

/** The rows of the headline. */
export const HEADLINE = [
  ...[2, 4, 8, 16, 32, 64].flatMap((electrons) => [cellOf('map', 1, electrons), cellOf('field', 1, electrons)]),
  ...[4, 9, 16].flatMap((electrons) => [cellOf('map', 2, electrons), cellOf('field', 2, electrons)]),
];

/** The same field by other structures. */
export const STRUCTURES_COMPARED = ['h', 'multiscale-operator'].map((structure) =>
  cellOf('field', 2, 4, { structure }),
);

/** Networks inside the iteration of the field: trained for longer and longer, the last on bare external potentials. */
export const INSIDE = [
  ...[3, 10, 40].map((epochs) => cellOf('map', 1, 8, { epochs })),
  cellOf('map', 1, 8),
  cellOf('map', 1, 8, { bare: true }),
  ...[16, 32].map((electrons) => cellOf('map', 1, electrons)),
  cellOf('map', 2, 4),
];

/** From which box to which. */
export const TRANSFERS = [
  ['map', 1, 16, 32, 'h'],
  ['field', 1, 16, 32, 'h'],
  ['field', 1, 32, 64, 'h'],
  ['field', 2, 4, 16, 'multiscale-operator'],
].map(([kind, dimension, from, to, structure]) => {
  const change = structure === STRUCTURES[dimension] ? {} : { structure };
  return [cellOf(kind, dimension, from, change), cellOf(kind, dimension, to, change)];
});

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
