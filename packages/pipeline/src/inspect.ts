import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Dataset, MANIFEST_FILE, type NumericArray, openDataset, unreadable } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import { type ForeignFile, holdsArrayFiles, type OpenOptions, openForeign } from '@dyadic/interchange';
import type { Network } from '@dyadic/mnn';
import { fieldText, type Table, table } from '@dyadic/report';
import { type Checkpoint, readCheckpoint } from '@dyadic/training';
import { EXPERIMENT_FILE, readExperiment } from './experiment/experiment.js';
import { CHECKPOINT_FILE } from './experiment/run-folder.js';
import { RECIPE_FILE } from './generate/recipe.js';

/** The object at a path, see {@link inspect}. */
export type Inspected =
  | { readonly kind: 'dataset'; readonly dataset: Dataset; readonly card: string }
  | { readonly kind: 'checkpoint'; readonly path: string; readonly checkpoint: Checkpoint }
  /** The caller closes the file. */
  | { readonly kind: 'foreign'; readonly file: ForeignFile };

/** Options of {@link inspect}. */
export interface InspectOptions extends OpenOptions {
  /** Profile of a recipe or an experiment; default `quick`. */
  readonly profile?: string;
}

/**
 * Opens the object at a path: a dataset (its folder or that of its recipe), a checkpoint (its file, a run folder or the folder of
 * an experiment), or a file that `@dyadic/interchange` reads. The files in a folder determine its kind; the extension
 * `.safetensors` identifies a checkpoint file.
 *
 * @throws DataError for a path that is none of these, or damaged
 */
export async function inspect(path: string, { profile = 'quick', ...open }: InspectOptions = {}): Promise<Inspected> {
  const found = await stat(path).catch((cause) => {
    throw unreadable(path, cause);
  });
  if (!found.isDirectory()) return path.endsWith('.safetensors') ? atCheckpoint(path) : foreign(path, open);
  const names = await readdir(path);
  if (names.includes(MANIFEST_FILE) || names.includes(RECIPE_FILE))
    return atDataset(await datasetFolder(path, profile));
  if (names.includes(CHECKPOINT_FILE)) return atCheckpoint(join(path, CHECKPOINT_FILE));
  if (names.includes(EXPERIMENT_FILE)) {
    return atCheckpoint(join((await readExperiment(path, profile)).runFolder, CHECKPOINT_FILE));
  }
  if (await holdsArrayFiles(path)) return foreign(path, open);
  throw new DataError(path, `holds none of ${MANIFEST_FILE}, ${RECIPE_FILE}, ${EXPERIMENT_FILE}, ${CHECKPOINT_FILE}`);
}

async function atDataset(folder: string): Promise<Inspected> {
  const dataset = await openDataset(folder);
  const file = join(folder, 'README.md');
  const card = await readFile(file, 'utf8').catch((cause) => {
    throw unreadable(file, cause);
  });
  return { kind: 'dataset', dataset, card: card.trimEnd() };
}

async function atCheckpoint(path: string): Promise<Inspected> {
  return { kind: 'checkpoint', path, checkpoint: await readCheckpoint(path) };
}

async function foreign(path: string, options: OpenOptions): Promise<Inspected> {
  return { kind: 'foreign', file: await openForeign(path, options) };
}

/** The folder with a dataset's data: the given one, or its `data/<profile>` if it has a recipe and no data. */
export async function datasetFolder(path: string, profile: string): Promise<string> {
  const holds = (name: string) =>
    stat(join(path, name)).then(
      () => true,
      () => false,
    );
  return !(await holds(MANIFEST_FILE)) && (await holds(RECIPE_FILE)) ? join(path, 'data', profile) : path;
}

/**
 * One sample of a dataset as text: functions of one variable as bars, of two as shades, up to 12 values as numbers.
 *
 * @throws ArgumentError for a sample outside the dataset, DataError for a damaged shard
 */
export async function sampleText(dataset: Dataset, sample: number): Promise<string> {
  const { fields } = dataset.recipe;
  const names = fields.map(({ name }) => name);
  const columns = await dataset.read(names, sample, 1);
  const widest = Math.max(...names.map((name) => name.length));
  const blocks = fields.map(({ name, type, shape }) => {
    const values = columns[name]!;
    const lines = type === 'utf8' ? [String(values[0])] : fieldText({ shape, values: values as NumericArray });
    return `${name.padEnd(widest)}  ${lines.join(`\n${' '.repeat(widest + 2)}`)}`;
  });
  return [`sample ${sample}`, ...blocks].join('\n');
}

/** Grid, fields and structure of a network, in one line. */
export function networkText({ dimension, shape, fit, paddedShape, inputs, outputs, spec }: Network): string {
  const points = shape.every((along) => along === shape[0]) ? shape[0] : shape.join(' × ');
  const padded = fit ? ` padded to ${paddedShape.join(' × ')}` : '';
  const fields = inputs * outputs > 1 ? `, ${inputs} → ${outputs} fields` : '';
  return `${dimension}D, N = ${points}${padded}${fields}${spec ? `, ${sizesOf(spec)}` : ''}`;
}

function sizesOf(spec: NonNullable<Network['spec']>): string {
  if (spec.structure === 'fourier') {
    return `Fourier, ${spec.boxes} boxes, M = ${spec.modes}, α = ${spec.width}, K = ${spec.layers}`;
  }
  if (spec.structure === 'multiscale-operator') {
    return `multiscale operator, L = ${spec.levels}, w = ${spec.window}, α = ${spec.width}, K = ${spec.layers}`;
  }
  if (spec.structure === 'wavelet') {
    return `wavelet, J = ${spec.levels}, w = ${spec.window}, α = ${spec.channels}, K = ${spec.kernelLayers}`;
  }
  return `L = ${spec.levels}, r = ${spec.channels}, K = ${spec.kernelLayers}`;
}

/** The layers of a network, one per row. */
export function layerTable({ layers }: Network): Table {
  return table({
    columns: [
      { title: 'layer' },
      { title: 'sites', format: 'integer' },
      { title: 'window', format: 'integer' },
      { title: 'channels' },
      { title: 'φ' },
      { title: 'parameters', format: 'integer' },
    ],
    rows: layers.map((layer) => [
      layer.name,
      layer.sites ** layer.dimension,
      layer.window ** layer.dimension,
      `${layer.inputChannels} → ${layer.outputChannels}`,
      layer.activation,
      layer.weight.size + layer.bias.size,
    ]),
  });
}
