import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Json, openDataset, readDocument, sha256, writeFileAtomic } from '@dyadic/dataset';
import { findCheckpoint, generate, observed, openEngine, openSplits, sampleSource } from '@dyadic/pipeline';
import { type Table, table } from '@dyadic/report';
import { isFinished, relativeErrors, summarizeErrors } from '@dyadic/training';
import { z } from 'zod';
import { type Cell, dataOf } from './cell.js';
import type { ShiftFile } from './declarations.js';
import { compactJson, jsonFiles, readIfThere, shownSchema } from './result.js';
import { type RunOptions, runCell, showSample } from './run-cell.js';

/** Raised when what is measured changes. */
const REVISION = 1;

const shiftResultSchema = z.strictObject({
  /** Of all that the numbers follow from. */
  key: z.string(),
  title: z.string(),
  cell: z.string(),
  shifts: z.array(
    z.strictObject({
      name: z.string(),
      samples: z.int(),
      mean: z.number(),
      median: z.number(),
      worst: z.number(),
      /** The sample of largest error. */
      shown: shownSchema,
    }),
  ),
});

/** What is kept of a study of other distributions: `docs/results/shifts/<cell>.json`. */
export type ShiftResult = z.infer<typeof shiftResultSchema>;

/** All results that are there. */
export async function readShifts(folder: string): Promise<ShiftResult[]> {
  const files = await jsonFiles(join(folder, 'shifts'));
  return Promise.all(files.map((file) => readDocument(join(folder, 'shifts', file), shiftResultSchema)));
}

/**
 * Measures the network of a cell on data of other kinds; trains it first where it is not there.
 *
 * @param recompute - Whether what was measured with an earlier revision of the solver is measured anew
 */
export async function measureShifts(
  cell: Cell,
  { title, samples, shifts }: ShiftFile,
  folder: string,
  options: RunOptions,
  recompute = false,
): Promise<ShiftResult> {
  const identify = ({ key, name }: Pick<Cell, 'key' | 'name'>) => ({
    key: sha256({ cell: key, samples, shifts, revision: REVISION } as unknown as Json),
    path: join(folder, 'shifts', `${name}.json`),
  });
  for (const { key, path } of (recompute ? [cell] : [cell, ...cell.earlier]).map(identify)) {
    const found = await readIfThere(path, shiftResultSchema);
    if (found?.key === key) return found;
  }
  const { key, path } = identify(cell);
  const { experiment } = cell;
  const { network, datasetFolder, plan } = experiment;
  let checkpoint = await findCheckpoint(experiment.runFolder);
  if (!checkpoint || !isFinished(plan, checkpoint.state)) {
    await runCell(cell, false, options);
    checkpoint = await findCheckpoint(experiment.runFolder);
  }
  const { state, normalizers } = checkpoint!;
  const engine = await openEngine(options, observed(options).onEvent);
  const session = await engine.open(network);
  try {
    const measured: ShiftResult['shifts'] = [];
    for (const { name, overrides } of shifts) {
      const data = await dataOf(datasetFolder, cell.spec, samples + 2, overrides);
      await generate(data, { ...observed(options), wait: true });
      const dataset = await openDataset(data.folder);
      const splits = { train: 1, validation: 1, test: samples };
      const { test } = openSplits({ ...experiment, splits }, dataset);
      const errors = await relativeErrors(network, session, state.best, sampleSource(experiment, test, normalizers));
      const { mean, median, worst, worstSample } = summarizeErrors(errors);
      const shown = await showSample(session, checkpoint!, test, errors, worstSample, 'worst');
      measured.push({ name, samples, mean, median, worst, shown });
    }
    const result = { key, title, cell: cell.name, shifts: measured };
    await mkdir(join(folder, 'shifts'), { recursive: true });
    await writeFileAtomic(path, `${compactJson(result)}\n`);
    return result;
  } finally {
    session.close();
  }
}

export function shiftTable({ title, cell, shifts }: ShiftResult): Table {
  return table({
    caption: title,
    columns: [
      { title: 'data' },
      { title: 'samples', format: 'integer' },
      { title: 'mean ε', format: 'error' },
      { title: 'median ε', format: 'error' },
      { title: 'worst ε', format: 'error' },
      { title: 'to the first', format: 'ratio' },
    ],
    rows: shifts.map(({ name, samples, mean, median, worst }) => [
      name,
      samples,
      mean,
      median,
      worst,
      mean / shifts[0]!.mean,
    ]),
    notes: [`Network: ${cell}.`],
  });
}
