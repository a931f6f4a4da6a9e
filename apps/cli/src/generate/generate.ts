import { availableParallelism } from 'node:os';
import { createDataset, type DatasetWriter, type Manifest } from '@dyadic/dataset';
import { DyadicError, InterruptedError } from '@dyadic/errors';
import { Piscina } from 'piscina';
import type { Output } from '../output/output.js';
import type { Problem } from './generator.js';
import type { ResolvedRecipe } from './recipe.js';
import type { Precision } from './samples.js';
import type { ShardResult, ShardTask } from './worker.js';

export interface GenerateOptions {
  /** Worker threads; default one per core. */
  readonly workers?: number;
  readonly repair?: boolean;
  readonly signal: AbortSignal;
}

export interface GenerateOutcome {
  readonly manifest: Manifest;
  /** Samples computed by this call; the others were there already. */
  readonly computed: number;
  readonly seconds: number;
}

/**
 * Computes what a dataset still lacks, shard by shard on worker threads. The bytes do not depend on the number of
 * workers nor on interruptions.
 *
 * @throws InterruptedError on the signal; finished shards are kept
 */
export async function generate(
  { recipe, folder }: ResolvedRecipe,
  { workers = availableParallelism(), repair = false, signal }: GenerateOptions,
  output: Output,
): Promise<GenerateOutcome> {
  const writer = await createDataset(folder, recipe, { repair });
  const missing = writer.missing;
  const before = recipe.samples - missing.reduce((sum, shard) => sum + writer.range(shard).rows, 0);
  const start = performance.now();
  if (missing.length > 0) {
    if (before > 0) output.info(`going on: ${before} of ${recipe.samples} samples are there`);
    await computeShards(writer, missing, before, Math.min(workers, missing.length), signal, output);
  }
  const manifest = await writer.close();
  return { manifest, computed: recipe.samples - before, seconds: (performance.now() - start) / 1000 };
}

async function computeShards(
  writer: DatasetWriter,
  missing: number[],
  before: number,
  workers: number,
  signal: AbortSignal,
  output: Output,
): Promise<void> {
  const { recipe } = writer;
  const filename = new URL('./worker.js', import.meta.url).href;
  const pool = new Piscina<ShardTask, ShardResult>({ filename, minThreads: workers, maxThreads: workers });
  const progress = output.progress(`generate ${recipe.name}`, recipe.samples, 'samples');
  const queue = [...missing];
  let done = before;
  /** One lane keeps one worker busy; one lane more than workers, so that writing does not make a worker wait. */
  const lane = async () => {
    for (let shard = queue.shift(); shard !== undefined; shard = queue.shift()) {
      const { firstRow, rows } = writer.range(shard);
      const result = await pool.run(shardTask(recipe, firstRow, rows), { signal });
      if ('refusal' in result) throw new DyadicError(result.refusal.code, result.refusal.message);
      await writer.write(shard, result.columns, result.failures);
      done += rows;
      progress.update(done);
    }
  };
  try {
    await Promise.all(Array.from({ length: workers + 1 }, lane));
  } catch (error) {
    queue.length = 0;
    if (!signal.aborted) throw error;
    const { shards } = await writer.close();
    const kept = shards.reduce((sum, { rows }) => sum + rows, 0);
    throw new InterruptedError(
      `stopped: ${kept} of ${recipe.samples} samples are kept; the same command goes on from there`,
    );
  } finally {
    progress.stop();
    await pool.destroy();
  }
}

function shardTask(recipe: DatasetWriter['recipe'], first: number, rows: number): ShardTask {
  const problem = recipe.problem as unknown as Problem;
  const precision = recipe.fields.find(({ name }) => name === 'potential')!.type as Precision;
  return { problem, precision, seed: recipe.seed, first, rows };
}
