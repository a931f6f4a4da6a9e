import * as z from 'zod';
import { canonicalJson, type Json, sha256 } from './document.js';

/** Number of the on-disk format; readers refuse others. */
export const FORMAT_VERSION = 2;

const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]*$/, 'expected a name of letters, digits, - and _');

/** One column of a dataset: a scalar, or a tensor of fixed shape, per sample. */
export const fieldSchema = z.strictObject({
  name,
  type: z.enum(['float32', 'float64', 'int32', 'uint32', 'utf8']),
  /** Extents of one sample's tensor, row-major; empty for a scalar. */
  shape: z.array(z.int().min(1)),
  description: z.string(),
});
export type Field = z.infer<typeof fieldSchema>;

function haveDistinctNames(fields: readonly Field[]): boolean {
  return new Set(fields.map((field) => field.name)).size === fields.length;
}
const axisSchema = z.strictObject({
  points: z.int().min(1),
  /** Coordinate of the first point, and the distance to the next. */
  first: z.number(),
  spacing: z.number().positive(),
  /** Name of the coordinate in figures; default x, or x₁, x₂, … */
  name: z.string().optional(),
  unit: z.string().optional(),
});

/** The uniform grid that the fields of a dataset live on, axis by axis. */
export const domainSchema = z.strictObject({ periodic: z.boolean(), axes: z.array(axisSchema).min(1).max(3) });
export type Domain = z.infer<typeof domainSchema>;

/** How figures and the card show a dataset: what it is, the grid, and symbols and units by the name of a column. */
export const presentationSchema = z.strictObject({
  /** What the card says of the problem, in Markdown. */
  about: z.string(),
  domain: domainSchema.optional(),
  symbols: z.record(z.string(), z.string()),
  units: z.record(z.string(), z.string()),
});
export type Presentation = z.infer<typeof presentationSchema>;

const jsonObject = z.record(z.string(), z.json());

/**
 * Everything the content of a dataset follows from: which problem, which seed, which program, how many samples in
 * shards of how many, with which columns. Two datasets of equal recipes hold equal bytes.
 */
export const recipeSchema = z.strictObject({
  name,
  seed: z.int().min(0),
  /** Samples in all. */
  samples: z.int().min(1),
  /** Rows of each shard but the last. */
  shardRows: z.int().min(1),
  fields: z.array(fieldSchema).min(1).refine(haveDistinctNames, 'expected each name of a column once'),
  /** The program that computes the samples; another version may compute other last bits. */
  generator: z.strictObject({
    name: z.string(),
    version: z.string(),
    /** Of the file that defines the problem, where a user brought one. */
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
  }),
  /** What is computed: equation, grid, potentials, solver settings. Opaque to the store. */
  problem: jsonObject,
  /** How figures and the card show the dataset. Left out by the problems of this repository, whose data are older than this entry. */
  presentation: presentationSchema.optional(),
  /** `false` writes tensors as plain fixed-size lists, for readers that choke on the tensor extension type. */
  tensorExtension: z.boolean().default(true),
});
export type Recipe = z.infer<typeof recipeSchema>;
/** A {@link Recipe} as written by hand, defaults left out. */
export type RecipeInput = z.input<typeof recipeSchema>;

/**
 * Most shards of a dataset, most bytes of a shard (it is in memory as a whole while it is written), and most characters
 * of the fields' description (each shard repeats it).
 */
const MOST_SHARDS = 1_000_000;
const MOST_SHARD_BYTES = 2 ** 31;
const MOST_FIELD_CHARACTERS = 2 ** 16;

/** What is wrong with the sizes of a recipe; null if they can be handled. */
export function sizeProblem(recipe: Recipe): string | null {
  const rowBytes = recipe.fields.reduce((sum, field) => sum + 8 * elements(field), 0);
  const rows = Math.min(recipe.shardRows, recipe.samples);
  if (rows * rowBytes > MOST_SHARD_BYTES) {
    return `shardRows is ${recipe.shardRows}, which makes shards of up to ${rows * rowBytes} bytes; expected at most ${MOST_SHARD_BYTES}`;
  }
  if (shardCount(recipe) > MOST_SHARDS) {
    return `${recipe.samples} samples in shards of ${recipe.shardRows} rows make ${shardCount(recipe)} shards; expected at most ${MOST_SHARDS}`;
  }
  const characters = JSON.stringify(recipe.fields).length;
  if (characters > MOST_FIELD_CHARACTERS) {
    return `fields take ${characters} characters of JSON; expected at most ${MOST_FIELD_CHARACTERS}`;
  }
  return null;
}

/** Bytes a record batch aims at: what other readers take in one piece. */
const BATCH_BYTES = 2 ** 20;

/** Rows of each record batch of a shard but the last. */
export function batchRows(recipe: Recipe): number {
  const rowBytes = recipe.fields.reduce((sum, field) => sum + 8 * elements(field), 0);
  return Math.max(1, Math.min(recipe.shardRows, Math.floor(BATCH_BYTES / rowBytes)));
}

/** SHA-256 of a recipe's canonical JSON and the format version: the identity of a dataset. */
export function recipeHash(recipe: Recipe): string {
  return sha256(`${FORMAT_VERSION}:${canonicalJson(recipe as unknown as Json)}`);
}

/** Numbers per sample of a field. */
export function elements({ shape }: Field): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

export function shardCount({ samples, shardRows }: Recipe): number {
  return Math.ceil(samples / shardRows);
}

/** First row and number of rows of a shard. */
export function shardRange({ samples, shardRows }: Recipe, shard: number): { firstRow: number; rows: number } {
  const firstRow = shard * shardRows;
  return { firstRow, rows: Math.min(shardRows, samples - firstRow) };
}

/** File name of a shard; a function of its number, so that no manifest can point elsewhere. */
export function shardFile(shard: number): string {
  return `shard-${String(shard).padStart(5, '0')}.arrow`;
}
