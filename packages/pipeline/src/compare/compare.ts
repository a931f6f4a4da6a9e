/** Comparison of runs: the entries in which they differ, and their errors. */
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Json, sha256OfFile } from '@dyadic/dataset';
import { ArgumentError } from '@dyadic/errors';
import { describeNetwork } from '@dyadic/mnn';
import { type Checkpoint, type EpochRecord, isFinished, readCheckpoint } from '@dyadic/training';
import { storedEvaluation } from '../experiment/evaluation.js';
import { checkpointPath, readTrainingSeconds } from '../experiment/run-folder.js';

/** One run of a {@link Comparison}. */
export interface ComparedRun {
  /** The path as given. */
  readonly run: string;
  /** Number of parameters of the network. */
  readonly parameters: number;
  /** Epochs done. */
  readonly epochs: number;
  /** Whether all epochs of the plan are done. */
  readonly finished: boolean;
  /** Least mean relative error over the validation samples; null if none was measured yet. */
  readonly validation: number | null;
  /** The epoch of that error. */
  readonly bestEpoch: number;
  /** Mean relative error over the test samples; null unless {@link evaluate} measured it for this checkpoint. */
  readonly test: number | null;
  /** Training time in seconds. */
  readonly seconds: number;
  /** The run's values of the entries that differ between runs, by path; without those that the run lacks. */
  readonly differing: Readonly<Record<string, Json>>;
  /** Losses and errors by epoch. */
  readonly history: readonly EpochRecord[];
}

/** Result of {@link compareRuns}. */
export interface Comparison {
  /** The runs, best first by validation error. */
  readonly runs: readonly ComparedRun[];
  /** Run folders without a checkpoint. */
  readonly empty: readonly string[];
  /** Paths of the entries that differ, sorted. */
  readonly entries: readonly string[];
  /** Entries of the data, such as `dataset`, that differ, so that the errors are not comparable; empty if they are. */
  readonly incomparable: readonly string[];
}

/** The entries that determine the samples of the validation error. */
const MEASURED_ON = ['dataset', 'input', 'output', 'splits.train', 'splits.validation'];

/**
 * Compares runs: reads the entries in which they differ, and their errors. Recomputes nothing.
 *
 * @param runs - Run folders or checkpoint files.
 * @throws ArgumentError for no runs or a repeated one, DataError for a checkpoint that cannot be read
 */
export async function compareRuns(runs: readonly string[]): Promise<Comparison> {
  if (runs.length === 0) throw new ArgumentError('runs', runs, 'at least one');
  const paths = await Promise.all(runs.map(checkpointPath));
  const twice = runs.find((_, i) => paths.indexOf(paths[i]!) < i);
  if (twice !== undefined) throw new ArgumentError('runs', twice, 'every run once');
  const read: { run: string; path: string; checkpoint: Checkpoint; settings: Map<string, Json> }[] = [];
  const empty: string[] = [];
  for (const [index, path] of paths.entries()) {
    if (path !== runs[index] && !(await exists(path))) {
      empty.push(runs[index]!);
      continue;
    }
    const checkpoint = await readCheckpoint(path);
    read.push({ run: runs[index]!, path, checkpoint, settings: settingsOf(checkpoint) });
  }
  const all = new Set(read.flatMap(({ settings }) => [...settings.keys()]));
  const differs = (entry: string) => new Set(read.map(({ settings }) => JSON.stringify(settings.get(entry)))).size > 1;
  const entries = [...all].filter(differs).sort();
  const compared = await Promise.all(
    read.map(async ({ run, path, checkpoint, settings }): Promise<ComparedRun> => {
      const { network, plan, state } = checkpoint;
      const measured = await storedEvaluation(dirname(path));
      const isOfThis = measured !== null && measured.checkpoint === (await sha256OfFile(path));
      return {
        run,
        parameters: network.parameterCount,
        epochs: state.epoch,
        finished: isFinished(plan, state),
        validation: Number.isFinite(state.bestError) ? state.bestError : null,
        bestEpoch: state.bestEpoch,
        test: isOfThis ? measured.splits.test.mean : null,
        seconds: await readTrainingSeconds(dirname(path)),
        differing: Object.fromEntries(entries.filter((entry) => settings.has(entry)).map((e) => [e, settings.get(e)!])),
        history: state.history,
      };
    }),
  );
  compared.sort((a, b) => (a.validation ?? Number.POSITIVE_INFINITY) - (b.validation ?? Number.POSITIVE_INFINITY));
  return { runs: compared, empty, entries, incomparable: entries.filter((entry) => MEASURED_ON.includes(entry)) };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The network, plan and origin of a checkpoint as entries by path, as in `experiment.json`. */
function settingsOf({ network, plan, origin, engine }: Checkpoint): Map<string, Json> {
  const described = { network: describeNetwork(network), training: plan, engine } as unknown as Json;
  const own = typeof origin === 'object' && origin !== null && !Array.isArray(origin) ? origin : { origin };
  return leaves({ ...(own as object), ...(described as object) } as Json);
}

function leaves(value: Json, path = ''): Map<string, Json> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Map([[path, value]]);
  return new Map(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .flatMap(([key, inner]) => [...leaves(inner as Json, path ? `${path}.${key}` : key)]),
  );
}
