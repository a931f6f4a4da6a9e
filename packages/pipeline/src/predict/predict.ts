import { rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createDataset, denormalize, type Field, normalize, sha256, sha256OfFile } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import type { Session } from '@dyadic/mnn';
import { readCheckpoint } from '@dyadic/training';
import { type EngineChoice, openEngine } from '../engine.js';
import { type Observed, observed } from '../events.js';
import { CHECKPOINT_FILE, trainedColumns, trainedOn } from '../experiment/run-folder.js';
import { type Problems, problemsWith } from '../problems/registry.js';
import { firstInfinite, readPotentials } from './inputs.js';

/** Rows of a shard. */
const SHARD_ROWS = 1000;

export interface PredictOptions extends EngineChoice, Observed {
  /** Which problems may read inputs told by their parameters; default those of this package. */
  readonly problems?: Problems;
}

export interface PredictOutcome {
  readonly samples: number;
  /** Samples predicted by this call; the others were there already. */
  readonly computed: number;
  /** Seconds of the network alone, without reading and writing. */
  readonly seconds: number;
  /** What the columns are called. */
  readonly input: string;
  readonly output: string;
}

/**
 * Applies the best parameters of a checkpoint to potentials, and writes both as a dataset of Arrow shards. Killed and run
 * again, it goes on.
 *
 * @param run - A run folder or a checkpoint file
 * @throws DataError for a checkpoint or potentials that can not be used, and for a folder that holds something else
 */
export async function predict(
  run: string,
  potentials: string,
  folder: string,
  { engine: name, threads, problems = problemsWith(), ...rest }: PredictOptions,
): Promise<PredictOutcome> {
  const { onEvent } = observed(rest);
  const isFolder = (await stat(run).catch(() => null))?.isDirectory() ?? false;
  const path = isFolder ? join(run, CHECKPOINT_FILE) : run;
  const checkpoint = await readCheckpoint(path);
  const { network, normalizers, state } = checkpoint;
  const { input, output: target } = trainedColumns(checkpoint);
  const taker = { network, column: input, trained: trainedOn(checkpoint), checkpoint: path, problems };
  const { count, values } = await readPotentials(potentials, taker, (message) => onEvent({ type: 'warning', message }));
  const shape = new Array<number>(network.dimension).fill(network.points);
  const field = (name: string, description: string): Field => ({ name, type: 'float32', shape, description });
  // The folder last of all: what is refused leaves no manifest there that a corrected call would meet.
  const engine = await openEngine({ engine: name, threads }, onEvent);
  const isNew = (await stat(folder).catch(() => null)) === null;
  const writer = await createDataset(folder, {
    name: 'prediction',
    seed: 0,
    samples: count,
    shardRows: SHARD_ROWS,
    fields: [field(input, `from ${basename(potentials)}`), field(target, 'what the network makes of it')],
    generator: { name: 'dyadic predict', version: '1' },
    problem: { checkpoint: await sha256OfFile(path), potentials: sha256(new Uint8Array(values.buffer)) },
  });
  let [computed, seconds] = [0, 0];
  let session: Session | undefined;
  let overflow: DataError | undefined;
  try {
    session = await engine.open(network);
    for (const shard of writer.missing) {
      const { firstRow, rows } = writer.range(shard);
      const inputs = values.slice(firstRow * network.inputSize, (firstRow + rows) * network.inputSize);
      const start = performance.now();
      const outputs = await session.predict(state.best, normalize(normalizers.input, inputs));
      seconds += (performance.now() - start) / 1000;
      const predicted = Float32Array.from(denormalize(normalizers.output, outputs));
      const wrong = firstInfinite(predicted);
      if (wrong >= 0) {
        overflow = new DataError(
          potentials,
          `sample ${firstRow + Math.floor(wrong / network.outputSize)} gets a prediction that is not finite`,
        );
        throw overflow;
      }
      await writer.write(shard, { [input]: inputs, [target]: predicted });
      computed += rows;
    }
  } finally {
    session?.close();
    await writer.close();
    if (overflow && isNew) await rm(folder, { recursive: true });
  }
  return { samples: count, computed, seconds, input, output: target };
}
