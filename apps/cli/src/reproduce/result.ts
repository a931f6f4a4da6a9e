import { access, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readDocument, writeFileAtomic } from '@dyadic/dataset';
import { z } from 'zod';
import type { Cell } from './cell.js';

const number = z.number();

const splitSchema = z.strictObject({
  samples: z.int(),
  /** Mean of ε, eq (4.1). */
  mean: number,
  median: number,
  worst: number,
  /** Number of the worst sample within the split. */
  worstSample: z.int(),
});

/** A sample with its solution and prediction, for figures: six digits, four of the input. */
export const shownSchema = z.strictObject({
  /** `median` or `worst`. */
  which: z.string(),
  sample: z.int(),
  error: number,
  input: z.array(number),
  solution: z.array(number),
  prediction: z.array(number),
});
export type Shown = z.infer<typeof shownSchema>;

const resultSchema = z.strictObject({
  name: z.string(),
  key: z.string(),
  cell: z.strictObject({
    problem: z.string(),
    preset: z.string(),
    scale: z.string(),
    recipe: z.string(),
    wells: z.int(),
    train: z.int(),
    channels: z.int(),
    kernelLayers: z.int(),
    seed: z.int(),
  }),
  dataset: z.strictObject({ checksum: z.string(), generator: z.string(), revision: z.string() }),
  parameters: z.int(),
  epochs: z.int(),
  batchSize: z.int(),
  bestEpoch: z.int(),
  errors: z.strictObject({ train: splitSchema, validation: splitSchema, test: splitSchema }),
  /** Validation error after some of the epochs, the first and last among them. */
  curve: z.array(z.tuple([z.int(), number])),
  /** Seconds. */
  times: z.strictObject({
    training: number,
    solver: number.nullable(),
    networkBatch: number,
    networkSingle: number,
  }),
  machine: z.strictObject({ cores: z.int(), node: z.string(), engine: z.string() }),
  /** Kohn-Sham: mean test error of the samples in each tenth of the gaps, ascending. */
  byGap: z.array(z.strictObject({ from: number, to: number, mean: number })).optional(),
  shown: z.array(shownSchema).optional(),
});

/** What is kept of a cell: `docs/results/cells/<name>.json`. */
export type CellResult = z.infer<typeof resultSchema>;

/** Results on disk. */
export class ResultStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = join(folder, 'cells');
  }

  /** The result of a cell; null when there is none, or one of something else. @throws DataError when it is damaged */
  async find({ name, key }: Cell): Promise<CellResult | null> {
    const found = await readIfThere(join(this.#folder, `${name}.json`), resultSchema);
    return found?.key === key ? found : null;
  }

  async save(result: CellResult): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    await writeFileAtomic(join(this.#folder, `${result.name}.json`), `${compactJson(result)}\n`);
  }

  /** Names of all results that are there. */
  async names(): Promise<string[]> {
    const files = await readdir(this.#folder).catch(() => [] as string[]);
    return files.filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length));
  }
}

/** A document; null when the file does not exist. @throws DataError when it is damaged */
export async function readIfThere<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  return exists ? readDocument(path, schema) : null;
}

/** Indented JSON, but arrays of numbers on one line. */
export function compactJson(value: unknown): string {
  return JSON.stringify(value, null, 1).replace(/\[[-\d.,\s\]e[]*\]/g, (array) => array.replace(/\s+/g, ''));
}
