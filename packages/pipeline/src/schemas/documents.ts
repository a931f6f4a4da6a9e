import { z } from 'zod';
import { experimentSchema } from '../experiment/experiment.js';
import { metricsSchema } from '../experiment/metrics.js';
import { recipeFileSchema } from '../generate/recipe.js';
import { type Problems, problemsWith } from '../problems/registry.js';
import { sweepSchema } from '../sweep/plan.js';

/** A JSON Schema: plain JSON. */
export type JsonSchema = { readonly [key: string]: unknown };

/** Converts a schema to JSON Schema, for documents as users write them: defaults optional, `$comment` allowed in any object. */
export function jsonSchemaOf(schema: z.ZodType, title: string): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    // Every object may have a comment: see `withoutComments`.
    override: ({ jsonSchema }) => {
      if (jsonSchema.type !== 'object') return;
      jsonSchema.properties = { $comment: { type: 'string' }, ...jsonSchema.properties };
    },
  });
  return { $schema, title, ...rest };
}

/** The JSON Schemas of the files that users write, by file name; a user-defined problem adds its entries. */
export function jsonSchemas(problems: Problems = problemsWith()): Readonly<Record<string, JsonSchema>> {
  const recipes = [...problems.values()].map(recipeFileSchema) as [z.ZodType, ...z.ZodType[]];
  return {
    'dataset.schema.json': jsonSchemaOf(z.union(recipes), 'dataset.json, the recipe of a dataset'),
    'experiment.schema.json': jsonSchemaOf(experimentSchema, 'experiment.json, a network and how it is trained'),
    'sweep.schema.json': jsonSchemaOf(sweepSchema, 'sweep.json, what dyadic sweep tries'),
  };
}

/** The JSON Schemas of files written for other programs, by file name. */
export function resultSchemas(): Readonly<Record<string, JsonSchema>> {
  return { 'metrics.schema.json': { ...z.toJSONSchema(metricsSchema), title: 'a line of metrics.jsonl' } };
}
