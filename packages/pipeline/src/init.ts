import { access, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DataError } from '@dyadic/errors';
import { EXPERIMENT_FILE } from './experiment/experiment.js';
import { RECIPE_FILE } from './generate/recipe.js';
import type { Problem } from './problems/problem.js';

/** Options of {@link init}. */
export interface InitOptions {
  /** Name of the dataset and of the experiment. */
  readonly name: string;
  /** The problem whose starter to write. */
  readonly problem: Problem;
}

/**
 * Writes a starter `dataset.json` and `experiment.json` with explanatory comments: 300 samples, and a network that trains on them
 * in seconds.
 *
 * @param folder - Created if missing.
 * @returns the absolute paths of the files written
 * @throws DataError if one of them already exists, or the problem has no starter
 */
export async function init(folder: string, { name, problem }: InitOptions): Promise<string[]> {
  const { starter } = problem;
  if (!starter)
    throw new DataError(folder, `the problem '${problem.name}' has no first files; write ${RECIPE_FILE} by hand`);
  const documents = {
    [RECIPE_FILE]: {
      $comment: 'The recipe of a dataset: dyadic generate computes it. Entries named $comment are for people.',
      name,
      description: 'what this data is, in one line',
      seed: 1,
      equation: problem.name,
      ...starter.recipe,
      profiles: {
        $comment:
          'amounts of samples, by name; quick is the one used unless another is asked for. A shard is the unit of work',
        quick: { samples: 300, shardRows: 50 },
      },
    },
    [EXPERIMENT_FILE]: {
      $comment: 'A network and how it is trained: dyadic train, then dyadic evaluate.',
      name,
      description: 'what is learned, in one line',
      dataset: '.',
      ...starter.experiment,
      profiles: {
        $comment: 'amounts of work, by name, as those of the dataset',
        quick: {
          splits: { $comment: 'disjoint parts of the dataset', train: 200, validation: 50, test: 50 },
          training: {
            $comment: 'all options: docs/options.md',
            epochs: 40,
            batchSize: 10,
            seed: 1,
            optimizer: { name: 'soap', beta2: 0.99 },
            schedule: { shape: 'cosine', learningRate: 0.003, warmup: 0.02 },
            loss: 'error',
            initial: { scheme: 'fan-in', gain: 0.3, bias: 0.1 },
            augment: 'torus',
          },
        },
      },
    },
  };
  const files = Object.entries(documents).map(([file, document]) => [join(folder, file), document] as const);
  for (const [path] of files) {
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) throw new DataError(path, 'already exists; nothing was written');
  }
  await mkdir(folder, { recursive: true });
  for (const [path, document] of files) await writeFile(path, `${JSON.stringify(document, null, 2)}\n`, { flag: 'wx' });
  return files.map(([path]) => resolve(path));
}
