import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CreateOptions, createDataset, type DatasetWriter, LockedError, type Manifest } from '@dyadic/dataset';
import { DyadicError, InterruptedError } from '@dyadic/errors';
import { Piscina } from 'piscina';
import { type Observed, observed, progress } from '../events.js';
import type { Precision, Problem } from '../problems/problem.js';
import { presentationOfRecipe } from '../problems/registry.js';
import { isOfPart, type Part, partFolder } from './part.js';
import type { ResolvedRecipe } from './recipe.js';
import type { ShardResult, ShardTask } from './worker.js';

/**
 * Piscina tries `require` before `import`, and Node.js 20 crashes when a thread is ended while it requires an ES module:
 * whoever stopped a run in its first moments would see that.
 */
const NO_REQUIRE_OF_MODULES = process.allowedNodeEnvironmentFlags.has('--no-experimental-require-module')
  ? ['--no-experimental-require-module']
  : [];

/** How often to look whether a folder is free. */
const POLL_MILLISECONDS = 500;

export interface GenerateOptions extends Observed {
  /** The folder that the data goes to; default that of the resolved recipe. */
  readonly out?: string;
  /** Worker threads; default one per core. */
  readonly workers?: number;
  readonly repair?: boolean;
  /** Computes one part of the dataset only, into a folder of its own, for `dyadic merge` to join. */
  readonly part?: Part;
  /** Waits while another process writes to the folder, in place of refusing. Default false. */
  readonly wait?: boolean;
}

export interface GenerateOutcome {
  /** Where the samples are. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** Samples of the dataset, or of its part. */
  readonly samples: number;
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
  { recipe, problem, folder: resolved }: ResolvedRecipe,
  {
    out: whole = resolved,
    workers = availableParallelism(),
    repair = false,
    part,
    wait = false,
    ...rest
  }: GenerateOptions = {},
): Promise<GenerateOutcome> {
  const watch = observed(rest);
  const folder = part ? partFolder(whole, part) : whole;
  const create = { repair, about: presentationOfRecipe(recipe)?.about ?? '' };
  const writer = wait
    ? await createWhenFree(folder, recipe, create, watch)
    : await createDataset(folder, recipe, create);
  try {
    const count = (shards: readonly number[]) => shards.reduce((sum, shard) => sum + writer.range(shard).rows, 0);
    const missing = writer.missing.filter((shard) => isOfPart(shard, part));
    const samples = part ? count(shardsOf(writer).filter((shard) => isOfPart(shard, part))) : recipe.samples;
    const before = samples - count(missing);
    const start = performance.now();
    if (missing.length > 0) {
      const { name } = recipe;
      if (before > 0) {
        watch.onEvent({ type: 'resumed', task: 'generate', name, unit: 'samples', done: before, total: samples });
      }
      await computeShards(writer, problem, missing, { before, samples }, Math.min(workers, missing.length), watch);
    }
    const seconds = (performance.now() - start) / 1000;
    return { folder, manifest: await writer.close(), samples, computed: samples - before, seconds };
  } finally {
    await writer.close();
  }
}

/** Opens a dataset once nobody writes to it any more. @throws InterruptedError on the signal */
async function createWhenFree(
  folder: string,
  recipe: ResolvedRecipe['recipe'],
  options: CreateOptions,
  { signal, onEvent }: Required<Observed>,
): Promise<DatasetWriter> {
  let waitsFor: string | undefined;
  for (;;) {
    try {
      return await createDataset(folder, recipe, options);
    } catch (error) {
      if (!(error instanceof LockedError)) throw error;
      if (waitsFor !== error.holder) onEvent({ type: 'waiting', folder, holder: error.holder });
      waitsFor = error.holder;
    }
    await sleep(POLL_MILLISECONDS, undefined, { signal }).catch(() => {
      throw new InterruptedError(`stopped while waiting for ${waitsFor}, which writes to ${folder}`);
    });
  }
}

async function computeShards(
  writer: DatasetWriter,
  problem: Problem,
  missing: readonly number[],
  { before, samples }: { before: number; samples: number },
  workers: number,
  { signal, onEvent }: Required<Observed>,
): Promise<void> {
  const { recipe } = writer;
  const filename = new URL('./worker.js', import.meta.url).href;
  const pool = new Piscina<ShardTask, ShardResult>({
    filename,
    minThreads: workers,
    maxThreads: workers,
    // Flags of the process are not for workers: some, such as --expose-gc, keep them from starting.
    execArgv: NO_REQUIRE_OF_MODULES,
  });
  const bar = progress(onEvent, { task: 'generate', name: recipe.name, unit: 'samples', total: samples });
  const queue = [...missing];
  let done = before;
  let failure: unknown;
  /** Ends the workers at once. A signal given to the pool would have it start others, to be ended while they load. */
  const halt = () => {
    queue.length = 0;
    void pool.destroy();
  };
  /** One lane keeps one worker busy; one lane more than workers, so that writing does not make a worker wait. */
  const lane = async () => {
    for (let shard = queue.shift(); shard !== undefined; shard = queue.shift()) {
      const { firstRow, rows } = writer.range(shard);
      const result = await pool.run(shardTask(recipe, problem, firstRow, rows));
      if ('refusal' in result) throw new DyadicError(result.refusal.code, result.refusal.message);
      await writer.write(shard, result.columns, result.failures);
      done += rows;
      bar.update(done);
    }
  };
  const halting = (error: unknown) => {
    failure ??= error;
    halt();
  };
  // A worker that cannot start, for lack of open files or of memory, has no task to report to.
  pool.on('error', halting);
  signal.addEventListener('abort', halt);
  if (signal.aborted) halt();
  // All lanes come to an end: shards that are being written are kept, and count.
  await Promise.all(Array.from({ length: workers + 1 }, () => lane().catch(halting)));
  signal.removeEventListener('abort', halt);
  bar.end();
  await pool.destroy();
  if (signal.aborted && done < samples) {
    throw new InterruptedError(`stopped: ${done} of ${samples} samples are kept`);
  }
  if (failure !== undefined) throw failure;
}

/** All shards of a dataset, done or not. */
export function shardsOf({ recipe: { samples, shardRows } }: Pick<DatasetWriter, 'recipe'>): number[] {
  return Array.from({ length: Math.ceil(samples / shardRows) }, (_, shard) => shard);
}

function shardTask(recipe: DatasetWriter['recipe'], problem: Problem, first: number, rows: number): ShardTask {
  const settings = recipe.problem;
  const shape = problem.domain(settings).axes.map(({ points }) => points);
  const precision = recipe.fields.find((field) => field.shape.join() === shape.join())!.type as Precision;
  const module = problem.module?.url ?? null;
  return { problem: { name: problem.name, module }, settings, precision, seed: recipe.seed, first, rows };
}
