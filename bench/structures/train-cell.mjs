/** One training of a comparison: how long it took, and how well it did. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { contentChecksum, sha256 } from '@dyadic/dataset';
import { networkFromDocument } from '@dyadic/mnn';
import { findCheckpoint, openExperiment, sampleSource, train } from '@dyadic/pipeline';
import { prepareSamples, relativeErrors, summarizeErrors } from '@dyadic/training';
import { bestTime } from '../timing.mjs';

/** Samples that are predicted together when inference is timed. */
const INFERENCE_BATCH = 40;

/**
 * Trains `document` on the data of an experiment in place of its network, resuming what is in its run folder, which also keeps the CPU
 * seconds.
 *
 * @param isDone - Told the key of the cell: network, plan, data and splits. If it is done, null comes back.
 */
export async function trainCell({ experiment, document, plan, engine, threads, signal, isDone }) {
  const network = networkFromDocument(document);
  const open = await openExperiment({ ...experiment, network, plan });
  const { runFolder, splits } = open.experiment;
  const key = sha256({ network: document, plan, data: contentChecksum(open.dataset.manifest), splits });
  if (isDone(key)) return null;
  const cpu = join(runFolder, 'cpu-seconds.json');
  const before = existsSync(cpu) ? JSON.parse(readFileSync(cpu, 'utf8')) : 0;
  const start = process.cpuUsage();
  const used = () => before + process.cpuUsage(start).user / 1e6;
  try {
    await train(open, { engine: 'wasm', threads, signal });
  } finally {
    mkdirSync(runFolder, { recursive: true });
    writeFileSync(cpu, String(used()));
  }
  const trainingSeconds = used();
  const { state, normalizers } = await findCheckpoint(runFolder);
  const session = await engine.open(network);
  const errors = {};
  for (const split of ['train', 'validation', 'test']) {
    const source = sampleSource(open.experiment, open.splits[split], normalizers);
    errors[split] = summarizeErrors(await relativeErrors(network, session, state.best, source));
  }
  const { inputs } = prepareSamples(network, await open.splits.test.read(0, INFERENCE_BATCH), normalizers);
  const inferenceSeconds = (await bestTime(() => session.predict(state.best, inputs), 0.5)) / INFERENCE_BATCH;
  session.close();
  const { epochs, seed, batchSize } = plan;
  const steps = Math.ceil(open.splits.train.count / batchSize) * epochs;
  const { parameterCount: parameters } = network;
  return { key, epochs, seed, steps, parameters, errors, trainingSeconds, inferenceSeconds, machine: cpus()[0].model };
}
