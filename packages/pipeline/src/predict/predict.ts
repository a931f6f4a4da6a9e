import { rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createDataset, type Field, sha256, sha256OfFile, verifyDataset } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import { type Model, means, openCheckpoint, readCheckpoint, separateFields, trainedColumns } from '@dyadic/training';
import { type EngineChoice, openEngine } from '../engine.js';
import { type Observed, observed } from '../events.js';
import { type ColumnNames, firstInfinite } from '../experiment/columns.js';
import { checkpointPath, predictedColumns, trainedOn } from '../experiment/run-folder.js';
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
  { engine: name, threads, problems = problemsWith(), repair = false, ...rest }: PredictOptions,
): Promise<PredictOutcome> {
  const { onEvent } = observed(rest);
  const path = await checkpointPath(run);
  const checkpoint = await readCheckpoint(path);
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
      ...targets.map((name, c) => field(name, output[c]!, 'what the network makes of it')),
    ],
    generator: { name: 'dyadic predict', version: '1' },
    problem: { checkpoint: await sha256OfFile(path), potentials: sha256(new Uint8Array(values.buffer)) },
  };
  const provenance = 'Predicted again from the same inputs and checkpoint by the same engine, the bytes are the same.';
  const writer = await createDataset(folder, recipe, { provenance, repair });
  let [computed, seconds] = [0, 0];
  let model: Model | undefined;
  let overflow: DataError | undefined;
  try {
    model = await openCheckpoint(checkpoint, engine);
    for (const shard of writer.missing) {
      const { firstRow, rows } = writer.range(shard);
      const taken = values.slice(firstRow * network.inputSize, (firstRow + rows) * network.inputSize);
      const start = performance.now();
      const predicted = await model.predict(taken);
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

async function requireWhole(folder: string): Promise<void> {
  const [first] = (await verifyDataset(folder)).problems;
  if (!first) return;
  throw new DataError(join(folder, first.file), first.problem, {
    remedy: { code: 'repair', folder, generator: 'dyadic predict' },
  });
}
