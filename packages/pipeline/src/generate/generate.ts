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
 * Piscina tries `require` before `import`, and Node.js 20 crashes when a thread is terminated while it requires an ES module, as
 * when a user stops a run in its first moments.
 */
const NO_REQUIRE_OF_MODULES = process.allowedNodeEnvironmentFlags.has('--no-experimental-require-module')
  ? ['--no-experimental-require-module']
  : [];

/** Interval of checks whether a folder is free. */
const POLL_MILLISECONDS = 500;

/** Options of {@link generate}. */
export interface GenerateOptions extends Observed {
  /** Folder of the data; default that of the resolved recipe. */
  readonly out?: string;
  /** Worker threads; default one per core. */
  readonly workers?: number;
  /** Reads every existing shard and computes damaged ones again. Default false. */
  readonly repair?: boolean;
  /** Computes only one part of the dataset, into its own folder, for {@link mergeParts}. Default: all. */
  readonly part?: Part;
  /** Waits while another process writes to the folder, instead of throwing. Default false. */
  readonly wait?: boolean;
}

/** Result of {@link generate}. */
export interface GenerateOutcome {
  /** Folder of the data. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** Number of samples of the dataset, or of the part. */
  readonly samples: number;
  /** Number of samples that this call computed; an earlier one computed the others. */
  readonly computed: number;
  /** Wall-clock time of computing and writing them, in seconds. */
  readonly seconds: number;
}

/**
 * Computes the missing shards of a dataset on worker threads. The bytes depend neither on the number of workers nor on
 * interruptions.
 *
 * @throws InterruptedError when `signal` aborts; finished shards are kept. LockedError when another process writes to the folder,
 * unless `wait`. DataError for a folder that cannot be used, see `createDataset` of `@dyadic/dataset`. DyadicError with code
 * `numerical` when ten draws for one sample fail
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

/** Opens a dataset as soon as no other process writes to it. @throws InterruptedError when the signal aborts */
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
    // Workers do not inherit flags of the process: some, such as --expose-gc, prevent them from starting.
    execArgv: NO_REQUIRE_OF_MODULES,
  });
  const bar = progress(onEvent, { task: 'generate', name: recipe.name, unit: 'samples', total: samples });
  const queue = [...missing];
  let done = before;
  let failure: unknown;
  /** Stops all workers immediately. A signal passed to the pool would make it start replacements. */
  const halt = () => {
    queue.length = 0;
    void pool.destroy();
  };
  /** Keeps one worker busy. There is one lane more than workers, so that no worker waits for writing. */
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
  // A worker that cannot start, for lack of file descriptors or memory, has no task to report to.
  pool.on('error', halting);
  signal.addEventListener('abort', halt);
  if (signal.aborted) halt();
  // Waits for all lanes: shards being written are kept, and count.
  await Promise.all(Array.from({ length: workers + 1 }, () => lane().catch(halting)));
  signal.removeEventListener('abort', halt);
  bar.end();
  await pool.destroy();
  if (signal.aborted && done < samples) {
    throw new InterruptedError(`stopped: ${done} of ${samples} samples are kept`);
  }
  if (failure !== undefined) throw failure;
}

/** Numbers of all shards of a dataset, finished or not. */
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
