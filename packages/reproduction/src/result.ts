import { access, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readDocument, writeFileAtomic } from '@dyadic/dataset';
import { z } from 'zod';
import { CELL_ENGINES, type Cell } from './cell.js';

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

/** A sample with its solution and prediction, for figures: nine digits (six before), four of the input. */
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
    engine: z.enum(CELL_ENGINES),
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

  /**
   * The result of a cell; null when there is none. Entries of several names may come to one cell: whichever it is kept
   * under, it is given back as that of the entry asked for. A result from data of an earlier revision of the solver
   * serves where that agrees with the present one but for rounding.
   *
   * @param present - Take none but the present revision's
   * @throws DataError when a file that it may be in is damaged
   */
  async find(cell: Cell, present = false): Promise<CellResult | null> {
    for (const { key } of present ? [cell] : [cell, ...cell.earlier]) {
      const ending = `_${key.slice(0, 8)}.json`;
      const all = await this.#read((file) => file.endsWith(ending));
      const found = all.filter((one) => one.key === key).sort((a, b) => Number(!a.shown) - Number(!b.shown));
      if (found[0]) return resultOf(cell, found[0]);
    }
    return null;
  }

  async save(result: CellResult): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    await writeFileAtomic(join(this.#folder, `${result.name}.json`), `${compactJson(result)}\n`);
  }

  /** What all results that are there are of. @throws DataError naming a file that is none */
  async specs(): Promise<CellResult['cell'][]> {
    return (await this.#read(() => true)).map(({ cell }) => cell);
  }

  async #read(isMeant: (file: string) => boolean): Promise<CellResult[]> {
    const files = (await jsonFiles(this.#folder)).filter(isMeant);
    return Promise.all(files.map((file) => readDocument(join(this.#folder, file), resultSchema)));
  }
}

/** A result as that of an entry that comes to the same cell. */
export function resultOf({ name, spec }: Cell, result: CellResult): CellResult {
  return { ...result, name, cell: spec };
}

/** The JSON files of a folder, which need not be there; others may lie beside them. */
export async function jsonFiles(folder: string): Promise<string[]> {
  const files = await readdir(folder).catch(() => [] as string[]);
  return files.filter((file) => file.endsWith('.json')).sort();
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
