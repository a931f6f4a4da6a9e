import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Dataset, openDataset, unreadable } from '@dyadic/dataset';
import { DataError, requireInteger, requireOneOf } from '@dyadic/errors';
import { KINDS, openForeign } from '@dyadic/interchange';
import { describeNetwork, type Network } from '@dyadic/mnn';
import { CHECKPOINT_FILE, EXPERIMENT_FILE, RECIPE_FILE, readExperiment } from '@dyadic/pipeline';
import { table, tableText } from '@dyadic/report';
import { type Checkpoint, readCheckpoint } from '@dyadic/training';
import type { Command } from 'commander';
import { drawSample } from '../output/draw-sample.js';
import { action, numberOption, profileOption } from './context.js';
import { describeForeign } from './inspect-foreign.js';

interface Options {
  readonly profile: string;
  readonly sample: string;
  readonly header: string;
}

const HEADERS = ['auto', 'yes', 'no'] as const;

export function addInspect(program: Command): void {
  program
    .command('inspect')
    .description('show what a dataset, a checkpoint, an experiment or a file of another program holds')
    .argument('<path>', `a dataset folder, a checkpoint, a run folder, an experiment folder, or ${KINDS}`)
    .addOption(profileOption())
    .option('--sample <number>', 'which sample of a dataset to draw', '0')
    .option('--header <answer>', 'whether the first line of a CSV file names columns: yes, no or auto', 'auto')
    .addHelpText(
      'after',
      `
Examples:
  dyadic inspect datasets/nlse-1d
  dyadic inspect datasets/nlse-1d/data/paper
  dyadic inspect burgers.mat
  dyadic inspect apps/nlse-1d/runs/quick/checkpoint.safetensors`,
    )
    .action(
      action<Options>(async (path, { profile, sample, header }, output) => {
        const target = await locate(path, profile);
        if (target.kind === 'foreign') {
          const file = await openForeign(path, { header: requireOneOf('--header', header, HEADERS) });
          const { text, facts } = describeForeign(file);
          await file.close();
          output.result(text, facts);
        } else if (target.kind === 'dataset') {
          const dataset = await openDataset(target.path);
          const number = requireInteger('--sample', numberOption('--sample', sample), {
            min: 0,
            max: dataset.samples - 1,
          });
          output.result(await describeDataset(dataset, number), { kind: 'dataset', ...dataset.manifest });
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

type Target = { readonly kind: 'dataset' | 'checkpoint' | 'foreign'; readonly path: string };

/** Finds out what a path names: a folder by the file that it holds, a file by its name. */
async function locate(path: string, profile: string): Promise<Target> {
  const found = await stat(path).catch((cause) => {
    throw unreadable(path, cause);
  });
  if (!found.isDirectory()) return { kind: path.endsWith('.safetensors') ? 'checkpoint' : 'foreign', path };
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
  if ((await readdir(path)).some((name) => /\.(npy|csv|tsv)$/i.test(name))) return { kind: 'foreign', path };
  throw new DataError(path, `holds none of manifest.json, ${RECIPE_FILE}, ${EXPERIMENT_FILE}, ${CHECKPOINT_FILE}`);
}

/** The dataset's card, and one of its samples. */
async function describeDataset(dataset: Dataset, sample: number): Promise<string> {
  const { recipe, manifest } = dataset;
  const bytes = manifest.shards.reduce((sum, shard) => sum + shard.bytes, 0);
  const card = join(dataset.path, 'README.md');
  const text = await readFile(card, 'utf8').catch((cause) => {
    throw unreadable(card, cause);
  });
  return [
    `${recipe.name}: ${dataset.samples} samples, ${manifest.shards.length} shards, ${(bytes / 1e6).toFixed(1)} MB, seed ${recipe.seed}`,
    '',
    text.trimEnd(),
    '',
    await drawSample(dataset, sample),
  ].join('\n');
}

function checkpointFacts({ network, plan, engine, state }: Checkpoint) {
  const { epoch, bestEpoch, bestError } = state;
  return {
    network: describeNetwork(network),
    parameterCount: network.parameterCount,
    plan,
    engine,
    epoch,
    bestEpoch,
    bestError,
  };
}

function sizesOf(spec: NonNullable<Network['spec']>): string {
  if (spec.structure === 'fourier') return `Fourier, ${spec.modes} modes, width ${spec.width}, ${spec.layers} layers`;
  return `L = ${spec.levels}, r = ${spec.channels}, K = ${spec.kernelLayers}`;
}

function describeCheckpoint(path: string, checkpoint: Checkpoint): string {
  const { network, plan, engine, state } = checkpoint;
  const { dimension, shape: points, fit, inputs, outputs, spec } = network;
  const n = points.every((along) => along === points[0]) ? points[0] : points.join(' × ');
  const grid = `${dimension}D, N = ${n}${fit ? ` padded to ${network.paddedShape.join(' × ')}` : ''}`;
  const fields = inputs * outputs > 1 ? `, ${inputs} → ${outputs} fields` : '';
  const shape = spec ? `, ${sizesOf(spec)}` : '';
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
    `network: ${grid}${fields}${shape}; ${network.parameterCount} parameters`,
    `trained on ${engine}, seed ${plan.seed}`,
    tableText(layers),
  ].join('\n');
}
