import * as z from 'zod';
import { canonicalJson, type Json, sha256 } from './document.js';

/** Version of the on-disk format. Readers refuse other versions. */
export const FORMAT_VERSION = 2;

const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]*$/, 'expected a name of letters, digits, - and _');

/** Schema of {@link Field}. */
export const fieldSchema = z.strictObject({
  name,
  type: z.enum(['float32', 'float64', 'int32', 'uint32', 'utf8']),
  /** Extents of one sample's tensor, row-major; empty for a scalar. */
  shape: z.array(z.int().min(1)),
  description: z.string(),
});
/** One column of a dataset: per sample a scalar, or a tensor of fixed shape. */
export type Field = z.infer<typeof fieldSchema>;

function haveDistinctNames(fields: readonly Field[]): boolean {
  return new Set(fields.map((field) => field.name)).size === fields.length;
}
const axisSchema = z.strictObject({
  points: z.int().min(1),
  /** Coordinate of the first point. */
  first: z.number(),
  /** Distance between neighbouring points. */
  spacing: z.number().positive(),
  /** Name of the coordinate in figures; default x, or x₁, x₂, … */
  name: z.string().optional(),
  unit: z.string().optional(),
});

/** Schema of {@link Domain}. */
export const domainSchema = z.strictObject({ periodic: z.boolean(), axes: z.array(axisSchema).min(1).max(3) });
/** The uniform grid of a dataset's fields, axis by axis; one to three axes. */
export type Domain = z.infer<typeof domainSchema>;

/** Schema of {@link Presentation}. */
export const presentationSchema = z.strictObject({
  /** The card's description of the problem, in Markdown. */
  about: z.string(),
  domain: domainSchema.optional(),
  symbols: z.record(z.string(), z.string()),
  units: z.record(z.string(), z.string()),
});
/** The part of a recipe for figures and cards: description, grid, symbols and units by column name. */
export type Presentation = z.infer<typeof presentationSchema>;

const jsonObject = z.record(z.string(), z.json());

/**
 * Schema of {@link Recipe}.
 */
export const recipeSchema = z.strictObject({
  name,
  seed: z.int().min(0),
  /** Samples in all. */
  samples: z.int().min(1),
  /** Rows of each shard but the last. */
  shardRows: z.int().min(1),
  fields: z.array(fieldSchema).min(1).refine(haveDistinctNames, 'expected each name of a column once'),
  /** The program that computes the samples; another version may change the last bits. */
  generator: z.strictObject({
    name: z.string(),
    version: z.string(),
    /** SHA-256 of the module that defines the problem, for a user's own problem. */
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
  }),
  /** The problem: equation, grid, potentials, solver settings. Opaque to the store. */
  problem: jsonObject,
  /** Absent for the problems of this repository, whose datasets are older than this entry. */
  presentation: presentationSchema.optional(),
  /** `false` writes tensors as plain fixed-size lists, for readers that lack the tensor extension type. Default true. */
  tensorExtension: z.boolean().default(true),
});
/**
 * Everything that determines the content of a dataset: problem, seed, program, number of samples, rows per shard, and columns.
 * Datasets of equal recipes hold equal bytes.
 */
export type Recipe = z.infer<typeof recipeSchema>;
/** A {@link Recipe} without the entries that have defaults. */
export type RecipeInput = z.input<typeof recipeSchema>;

/**
 * Most shards of a dataset, most bytes of a shard (which is built in memory), and most characters of the JSON of the fields
 * (which every shard repeats).
 */
const MOST_SHARDS = 1_000_000;
const MOST_SHARD_BYTES = 2 ** 31;
const MOST_FIELD_CHARACTERS = 2 ** 16;

/** The problem with the sizes of a recipe, in words; null if the store can handle them. */
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

/** Target bytes of a record batch: a convenient unit for other readers. */
const BATCH_BYTES = 2 ** 20;

/** Rows of every record batch of a shard except the last. */
export function batchRows(recipe: Recipe): number {
  const rowBytes = recipe.fields.reduce((sum, field) => sum + 8 * elements(field), 0);
  return Math.max(1, Math.min(recipe.shardRows, Math.floor(BATCH_BYTES / rowBytes)));
}

/** SHA-256, in hexadecimal, of the format version and the canonical JSON of a recipe: the identity of a dataset. */
export function recipeHash(recipe: Recipe): string {
  return sha256(`${FORMAT_VERSION}:${canonicalJson(recipe as unknown as Json)}`);
}

/** Numbers per sample of a field: Π shape, 1 for a scalar. */
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

/** File name of a shard: a function of its number, so no manifest can point elsewhere. */
export function shardFile(shard: number): string {
  return `shard-${String(shard).padStart(5, '0')}.arrow`;
}
