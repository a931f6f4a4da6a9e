/** What is reproduced: declarations of problems, tables, figures and shifts. */
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readDocument, unreadable } from '@dyadic/dataset';
import { ArgumentError, DataError } from '@dyadic/errors';
import { type JsonSchema, jsonSchemaOf, startSchema } from '@dyadic/pipeline';
import { ALIGNMENTS } from '@dyadic/training';
import { z } from 'zod';
import { completeVariants } from './variants.js';

const count = z.int().min(1);
const error = z.number().positive();

/** Entries whose meaning the network and training packages define are checked by them, not here. */
const options = z.looseObject({});

/** Entries with names that may be part of a file's name. */
const named = <T extends z.ZodType>(entry: T) =>
  z.record(z.string().regex(/^[\w.-]+$/), entry, {
    error: ({ code }) => (code === 'invalid_key' ? 'expected a name of letters, digits, -, _ and . only' : undefined),
  });

const normalization = z.enum(['standard', 'mean', 'relative-mean', 'mean-scale', 'rms-scale']);

/** How networks are trained: everything but the amount of work, which the scale decides. */
const trainingRecipeSchema = z.strictObject({
  /** In one line, what is special about it. */
  description: z.string(),
  normalization: z.strictObject({
    input: normalization,
    output: normalization,
    /** Its `periods` may be the number of wells of a cell, which is that of its electrons. */
    align: z
      .strictObject({ by: z.enum(ALIGNMENTS), periods: z.union([count, z.literal('wells')]).optional() })
      .optional(),
  }),
  /** Samples per step: a number, or a share of the training samples. */
  batch: z.union([z.strictObject({ size: count }), z.strictObject({ share: z.number().positive().max(1) })]),
  /** The training plan without `epochs`, `batchSize`, `seed` and `validateEvery`. */
  training: options,
  start: startSchema.optional(),
  /** What it sets of the network besides, such as its `output`; nothing that has parameters. */
  network: options.default({}),
});
export type TrainingRecipe = z.infer<typeof trainingRecipeSchema>;

const scaleSchema = z.strictObject({
  /** Of the table's number of training samples: this share, and at most so many. */
  train: z
    .strictObject({ share: z.number().positive().max(1).default(1), most: count.optional() })
    .default({ share: 1 }),
  validation: count,
  test: count,
  /** Passes of a training sample through the network with its gradient: they fix the epochs, so all cells train alike. */
  sampleEvaluations: count,
});
export type Scale = z.infer<typeof scaleSchema>;

const problemSchema = z.strictObject({
  description: z.string(),
  /** Folder of the recipe whose `potential` and sample count the cells change, relative to the file. */
  dataset: z.string(),
  input: z.string(),
  output: z.string(),
  presets: z.array(z.string()).min(1),
  /** The network but for `channels` and `kernelLayers`. */
  network: options,
  /** The network that most tables of the problem share; tables of times and gaps are of it. */
  typicalNetwork: z.strictObject({ channels: count, kernelLayers: count }).optional(),
  recipes: z.preprocess(completeVariants, named(trainingRecipeSchema)),
  /** Recipes that entries without one of their own have in place of `ours`, for data on which it is better. */
  preferred: z
    .array(z.strictObject({ recipe: z.string(), preset: z.string(), wells: z.array(count).optional() }))
    .default([]),
  scales: named(scaleSchema),
});
export type ProblemFile = z.infer<typeof problemSchema>;

/** What the cells of a table differ in. */
export const VARIABLES = ['train', 'wells', 'channels', 'kernelLayers', 'recipe'] as const;
export type Variable = (typeof VARIABLES)[number];

const valuesSchema = z.strictObject({
  /** N_train of the paper. */
  train: count.optional(),
  /** n_g */
  wells: count.optional(),
  /** r */
  channels: count.optional(),
  /** K */
  kernelLayers: count.optional(),
  recipe: z.string().optional(),
});
export type Values = z.infer<typeof valuesSchema>;

const paperSchema = z.strictObject({
  parameters: z.int().optional(),
  train: error.optional(),
  /** The error on samples that were not trained on, whatever the paper calls them. */
  test: error.optional(),
});

const tableSchema = z.strictObject({
  problem: z.string(),
  title: z.string(),
  varies: z.array(z.enum(VARIABLES)).min(1),
  common: valuesSchema,
  rows: z.array(valuesSchema.extend({ paper: paperSchema.default({}) })).min(1),
  notes: z.array(z.string()).default([]),
});
export type TableFile = z.infer<typeof tableSchema>;

const figureSchema = z.strictObject({
  problem: z.string(),
  title: z.string(),
  cells: z.array(valuesSchema).min(1),
});
export type FigureFile = z.infer<typeof figureSchema>;

const overrideValue = z.union([z.number(), z.string(), z.array(z.number())]);

const shiftSchema = z.strictObject({
  problem: z.string(),
  title: z.string(),
  /** Whose network is measured. */
  cell: valuesSchema,
  /** Of each kind of data. */
  samples: count,
  /** What the recipe of the data has in place of what the cell's has. The first is what the others are compared with. */
  shifts: z.array(z.strictObject({ name: z.string(), overrides: z.record(z.string(), overrideValue) })).min(1),
});
export type ShiftFile = z.infer<typeof shiftSchema>;

/** All declarations of a folder, by name: `problems/<name>.json`, `tables/`, `figures/` and `shifts/` likewise. */
export interface Declarations {
  readonly folder: string;
  readonly problems: Readonly<Record<string, ProblemFile>>;
  readonly tables: Readonly<Record<string, TableFile>>;
  readonly figures: Readonly<Record<string, FigureFile>>;
  readonly shifts: Readonly<Record<string, ShiftFile>>;
}

/** Reads a folder of declarations. @throws DataError naming the file and entry that is wrong */
export async function readDeclarations(folder: string): Promise<Declarations> {
  // One after the other: of several that are missing the same is always named.
  const problems = await readAll(join(folder, 'problems'), problemSchema);
  const tables = await readAll(join(folder, 'tables'), tableSchema);
  const figures = await readAll(join(folder, 'figures'), figureSchema);
  const shifts = await readAll(join(folder, 'shifts'), shiftSchema);
  for (const [kind, files] of Object.entries({ tables, figures, shifts })) {
    for (const [name, { problem }] of Object.entries(files)) {
      if (Object.hasOwn(problems, problem)) continue;
      const known = Object.keys(problems).join(', ');
      throw new DataError(join(folder, kind, `${name}.json`), `names the problem '${problem}'; there are ${known}`);
    }
  }
  return { folder, problems, tables, figures, shifts };
}

/** Names of the scales that problems have, the least work first. */
export function scalesOf(problems: Declarations['problems']): string[] {
  const all = Object.values(problems).map(({ scales }) => Object.keys(scales));
  // Those with the most scales first: others leave some out, and the order stays.
  return [...new Set(all.sort((a, b) => b.length - a.length).flat())];
}

async function readAll<T>(folder: string, schema: z.ZodType<T>): Promise<Record<string, T>> {
  const files = await readdir(folder).catch((cause) => {
    throw unreadable(folder, cause);
  });
  const names = files.filter((file) => file.endsWith('.json')).map((file) => basename(file, '.json'));
  const read = async (name: string) => [name, await readDocument(join(folder, `${name}.json`), schema)] as const;
  return Object.fromEntries(await Promise.all(names.sort(byNumber).map(read)));
}

/** Table 9 comes before table 10. */
function byNumber(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
  return Number.isNaN(x) ? (a < b ? -1 : 1) : x - y;
}

/** An entry by its name. @throws ArgumentError naming the entries there are */
export function entryOf<T>(argument: string, entries: Readonly<Record<string, T>>, name: string): T {
  if (Object.hasOwn(entries, name)) return entries[name]!;
  throw new ArgumentError(argument, name, `one of ${Object.keys(entries).join(', ')}`);
}

/** The JSON Schemas of the declarations, by file name. */
export function jsonSchemas(): Readonly<Record<string, JsonSchema>> {
  return {
    'problem.schema.json': jsonSchemaOf(problemSchema, 'problems/<name>.json, data, networks and recipes'),
    'table.schema.json': jsonSchemaOf(tableSchema, 'tables/<name>.json, a table of the paper'),
    'figure.schema.json': jsonSchemaOf(figureSchema, 'figures/<name>.json, a figure of the paper'),
    'shift.schema.json': jsonSchemaOf(shiftSchema, 'shifts/<name>.json, errors on data of other kinds'),
  };
}
