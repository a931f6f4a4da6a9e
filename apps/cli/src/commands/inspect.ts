import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Dataset, elements, type NumericArray, openDataset, unreadable } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import { table, tableText } from '@dyadic/report';
import { type Checkpoint, readCheckpoint } from '@dyadic/training';
import type { Command } from 'commander';
import { EXPERIMENT_FILE, readExperiment } from '../experiment/experiment.js';
import { CHECKPOINT_FILE } from '../experiment/run-folder.js';
import { RECIPE_FILE } from '../generate/recipe.js';
import { action, profileOption } from './context.js';

interface Options {
  readonly profile: string;
}

export function addInspect(program: Command): void {
  program
    .command('inspect')
    .description('show what a dataset, a checkpoint or an experiment holds')
    .argument('<path>', 'a dataset folder, a checkpoint file, a run folder or an experiment folder')
    .addOption(profileOption())
    .addHelpText(
      'after',
      `
Examples:
  dyadic inspect datasets/nlse-1d
  dyadic inspect datasets/nlse-1d/data/paper
  dyadic inspect apps/nlse-1d/runs/quick/checkpoint.safetensors`,
    )
    .action(
      action<Options>(async (path, { profile }, output) => {
        const target = await locate(path, profile);
        if (target.kind === 'dataset') {
          const dataset = await openDataset(target.path);
          output.result(await describeDataset(dataset), { kind: 'dataset', ...dataset.manifest });
        } else {
          const checkpoint = await readCheckpoint(target.path);
          output.result(describeCheckpoint(target.path, checkpoint), {
            kind: 'checkpoint',
            ...checkpointFacts(checkpoint),
          });
        }
      }),
    );
}

type Target = { readonly kind: 'dataset' | 'checkpoint'; readonly path: string };

/** Finds out what a path names: a folder by the file that it holds, anything else is taken for a checkpoint. */
async function locate(path: string, profile: string): Promise<Target> {
  const found = await stat(path).catch((cause) => {
    throw unreadable(path, cause);
  });
  if (!found.isDirectory()) return { kind: 'checkpoint', path };
  const holds = (name: string) =>
    stat(join(path, name)).then(
      () => true,
      () => false,
    );
  if (await holds('manifest.json')) return { kind: 'dataset', path };
  if (await holds(RECIPE_FILE)) return { kind: 'dataset', path: join(path, 'data', profile) };
  if (await holds(CHECKPOINT_FILE)) return { kind: 'checkpoint', path: join(path, CHECKPOINT_FILE) };
  if (await holds(EXPERIMENT_FILE)) {
    return { kind: 'checkpoint', path: join((await readExperiment(path, profile)).runFolder, CHECKPOINT_FILE) };
  }
  throw new DataError(path, `holds none of manifest.json, ${RECIPE_FILE}, ${EXPERIMENT_FILE}, ${CHECKPOINT_FILE}`);
}

/** Columns with the range of their values over the first samples. */
async function describeDataset(dataset: Dataset): Promise<string> {
  const { recipe, manifest } = dataset;
  const count = Math.min(dataset.samples, 1000);
  const columns = await dataset.read(
    recipe.fields.map(({ name }) => name),
    0,
    count,
  );
  const rows = recipe.fields.map((field) => {
    const values = columns[field.name]!;
    const size = elements(field) > 1 ? field.shape.join(' × ') : '1';
    const range = field.type === 'utf8' ? [...new Set(values as string[])].join(', ') : rangeOf(values as NumericArray);
    return [field.name, field.type, size, range, field.description];
  });
  const text = tableText(
    table({
      columns: [{ title: 'column' }, { title: 'type' }, { title: 'shape' }, { title: 'values' }, { title: 'meaning' }],
      rows,
      notes: [`Values: least … greatest of the first ${count} samples.`],
    }),
  );
  const bytes = manifest.shards.reduce((sum, shard) => sum + shard.bytes, 0);
  return [
    `${recipe.name}: ${dataset.samples} samples, ${manifest.shards.length} shards, ${(bytes / 1e6).toFixed(1)} MB, seed ${recipe.seed}`,
    `problem: ${JSON.stringify(recipe.problem)}`,
    `generator: ${recipe.generator.name}, revision ${recipe.generator.version}; checksum ${manifest.checksum}`,
    text,
  ].join('\n');
}

function rangeOf(values: NumericArray): string {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  return `${Number(least.toPrecision(4))} … ${Number(greatest.toPrecision(4))}`;
}

function checkpointFacts({ network, plan, engine, state }: Checkpoint) {
  const { epoch, bestEpoch, bestError } = state;
  return { network: network.spec, parameterCount: network.parameterCount, plan, engine, epoch, bestEpoch, bestError };
}

function describeCheckpoint(path: string, checkpoint: Checkpoint): string {
  const { network, plan, engine, state } = checkpoint;
  const { dimension, points, levels, channels, kernelLayers } = network.spec;
  const layers = table({
    columns: [
      { title: 'layer' },
      { title: 'sites', format: 'integer' },
      { title: 'window', format: 'integer' },
      { title: 'channels' },
      { title: 'φ' },
      { title: 'parameters', format: 'integer' },
    ],
    rows: network.layers.map((layer) => [
      layer.name,
      layer.sites ** layer.dimension,
      layer.window ** layer.dimension,
      `${layer.inputChannels} → ${layer.outputChannels}`,
      layer.activation,
      layer.weight.size + layer.bias.size,
    ]),
  });
  return [
    `${path}: epoch ${state.epoch} of ${plan.epochs}, best validation ε ${state.bestError.toExponential(2)} after epoch ${state.bestEpoch}`,
    `network: ${dimension}D, N = ${points}, L = ${levels}, r = ${channels}, K = ${kernelLayers}; ${network.parameterCount} parameters`,
    `trained on ${engine}, seed ${plan.seed}`,
    tableText(layers),
  ].join('\n');
}
