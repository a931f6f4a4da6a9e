import { rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createDataset, type Field, sha256, sha256OfFile, verifyDataset } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import type { Engine } from '@dyadic/mnn';
import {
  type Checkpoint,
  type Ensemble,
  ensembleOf,
  means,
  openCheckpoint,
  readCheckpoint,
  separateFields,
  trainedColumns,
} from '@dyadic/training';
import { type EngineChoice, openEngine } from '../engine.js';
import { type Observed, observed } from '../events.js';
import { checkpointPath } from '../experiment/checkpoint-path.js';
import { type ColumnNames, firstInfinite } from '../experiment/columns.js';
import { predictedColumns, trainedOn } from '../experiment/run-folder.js';
import { type Problems, problemsWith } from '../problems/registry.js';
import { type ForeignOptions, readInputs } from './inputs.js';

/** Rows of a shard. */
const SHARD_ROWS = 1000;

/** Result of {@link predict}. */
export interface PredictOutcome {
  /** Number of samples. */
  readonly samples: number;
  /** Number of samples that this call predicted; an earlier one predicted the others. */
  readonly computed: number;
  /** Seconds of the network alone, without reading and writing. */
  readonly seconds: number;
  /** Names of the input columns. */
  readonly input: ColumnNames;
  /** Names of the output columns. */
  readonly output: ColumnNames;
}

/** Options of {@link predict}. */
export interface PredictOptions extends EngineChoice, Observed, ForeignOptions {
  /** The problems that can read inputs given by their parameters; default those of this package. */
  readonly problems?: Problems;
  /**
   * Runs or checkpoints of networks of the same map, trained alike but for the seed: what is predicted is the mean over them and the
   * first, and every output gets a column of its relative spread, `<output>-spread`, one number a sample. Default none.
   */
  readonly uncertainty?: readonly string[];
  /** Reads every existing shard and predicts damaged ones again. Default false. */
  readonly repair?: boolean;
}

/**
 * Applies a trained network, with the parameters that the validation split chose, to inputs, and writes inputs and predictions as a
 * dataset, in the units of the data. A killed prediction resumes when run again.
 *
 * @param run - A run folder or a checkpoint file.
 * @param inputs - A dataset folder, a JSON file of inputs, or a file that `@dyadic/interchange` reads.
 * @param folder - The folder of the new dataset; created if missing.
 * @throws DataError for a checkpoint or inputs that cannot be used, a folder that contains something else, and damaged existing
 * shards
 */
export async function predict(
  run: string,
  inputs: string,
  folder: string,
  { engine: name, threads, problems = problemsWith(), repair = false, uncertainty = [], ...rest }: PredictOptions,
): Promise<PredictOutcome> {
  const { onEvent } = observed(rest);
  const path = await checkpointPath(run);
  const checkpoint = await readCheckpoint(path);
  const others = await Promise.all(uncertainty.map((other) => checkpointOfMap(other, checkpoint)));
  const { network } = checkpoint;
  const { input: columns, output, numbers } = trainedColumns(checkpoint);
  const { output: targets } = predictedColumns(checkpoint);
  const taker = { network, columns, numbers, trained: trainedOn(checkpoint), checkpoint: path, problems };
  const warn = (message: string) => onEvent({ type: 'warning', message });
  const { count, values } = await readInputs(inputs, taker, warn, rest);
  const shape = [...network.shape];
  const field = (name: string, of: string, description: string): Field => {
    return { name, type: 'float32', shape: numbers.includes(of) ? [] : shape, description };
  };
  // Creates the folder last, so that a refused call leaves no manifest that a corrected call would find.
  const engine = await openEngine({ engine: name, threads }, onEvent);
  const isNew = (await stat(folder).catch(() => null)) === null;
  const recipe = {
    name: 'prediction',
    seed: 0,
    samples: count,
    shardRows: SHARD_ROWS,
    fields: [
      ...columns.map((name) => field(name, name, `from ${basename(inputs)}`)),
      ...targets.map((name, c) => field(name, output[c]!, others.length > 0 ? MEAN : 'what the network makes of it')),
      ...(others.length > 0 ? targets.map((name) => spreadField(name)) : []),
    ],
    generator: { name: 'dyadic predict', version: '1' },
    problem: {
      checkpoint: await sha256OfFile(path),
      ...(others.length > 0 && { members: others.map(({ sha256 }) => sha256) }),
      potentials: sha256(new Uint8Array(values.buffer)),
    },
  };
  const provenance = 'Predicted again from the same inputs and checkpoint by the same engine, the bytes are the same.';
  const writer = await createDataset(folder, recipe, { provenance, repair });
  let [computed, seconds] = [0, 0];
  let model: Predictor | undefined;
  let overflow: DataError | undefined;
  try {
    model = await predictorOf([checkpoint, ...others.map((other) => other.checkpoint)], engine);
    for (const shard of writer.missing) {
      const { firstRow, rows } = writer.range(shard);
      const taken = values.slice(firstRow * network.inputSize, (firstRow + rows) * network.inputSize);
      const start = performance.now();
      const { mean: predicted, spread } = await model.predict(taken);
      seconds += (performance.now() - start) / 1000;
      const wrong = firstInfinite(predicted);
      if (wrong >= 0) {
        overflow = new DataError(
          inputs,
          `sample ${firstRow + Math.floor(wrong / network.outputSize)} gets a prediction that is not finite`,
        );
        throw overflow;
      }
      const separate = [
        ...separateFields(taken, rows, network.inputs),
        ...separateFields(predicted, rows, network.outputs),
        ...(spread ? separateFields(spread, rows, network.outputs) : []),
      ];
      const written = recipe.fields.map(({ name, shape }, c) => [
        name,
        shape.length === 0 ? means(separate[c]!, rows) : separate[c]!,
      ]);
      await writer.write(shard, Object.fromEntries(written));
      computed += rows;
    }
  } finally {
    model?.close();
    await writer.close();
    if (overflow && isNew) await rm(folder, { recursive: true });
  }
  // Existing shards were checked by size only.
  if (computed < count && !repair) await requireWhole(folder);
  const one = (names: readonly string[]): ColumnNames => (names.length === 1 ? names[0]! : names);
  return { samples: count, computed, seconds, input: one(columns), output: one(targets) };
}

const MEAN = 'what the networks make of it, the mean';

function spreadField(name: string): Field {
  const description = `how far a network is from the mean, relative to the norm of ${name}: its standard deviation`;
  return { name: `${name}-spread`, type: 'float32', shape: [], description };
}

/** What a network makes of inputs, or several together. */
interface Predictor {
  predict(fields: Float32Array): Promise<{ readonly mean: Float32Array; readonly spread?: Float32Array }>;
  close(): void;
}

async function predictorOf(checkpoints: readonly Checkpoint[], engine: Engine): Promise<Predictor> {
  if (checkpoints.length > 1) return openEnsemble(checkpoints, engine);
  const model = await openCheckpoint(checkpoints[0]!, engine);
  return { predict: async (fields) => ({ mean: await model.predict(fields) }), close: () => model.close() };
}

/** Opens the networks of checkpoints together. The caller closes the ensemble. */
export async function openEnsemble(checkpoints: readonly Checkpoint[], engine: Engine): Promise<Ensemble> {
  return ensembleOf(await Promise.all(checkpoints.map((checkpoint) => openCheckpoint(checkpoint, engine))));
}

/** The checkpoint of another run of the same map. @throws DataError where it takes or gives other columns, or others of a sample */
export async function checkpointOfMap(
  run: string,
  first: Checkpoint,
): Promise<{ readonly checkpoint: Checkpoint; readonly sha256: string }> {
  const path = await checkpointPath(run);
  const checkpoint = await readCheckpoint(path);
  const map = (one: Checkpoint) => {
    const { input, output } = trainedColumns(one);
    return `${input} ↦ ${output} on ${one.network.shape.join(' × ')} points`;
  };
  if (map(checkpoint) !== map(first)) throw new DataError(path, `is of ${map(checkpoint)}; expected ${map(first)}`);
  return { checkpoint, sha256: await sha256OfFile(path) };
}

async function requireWhole(folder: string): Promise<void> {
  const [first] = (await verifyDataset(folder)).problems;
  if (!first) return;
  throw new DataError(join(folder, first.file), first.problem, {
    remedy: { code: 'repair', folder, generator: 'dyadic predict' },
  });
}
