import { z } from 'zod';

type Entries = Readonly<Record<string, unknown>>;

/** A recipe told by what differs from another: `{ variantOf, description, changes }`. */
const variantSchema = z.strictObject({
  variantOf: z.string(),
  description: z.string(),
  /** A JSON merge patch (RFC 7396): objects are merged entry by entry, null takes an entry away. */
  changes: z.looseObject({}),
});

/** Recipes by name, the variants among them made whole. A variant names a recipe that stands before it. */
export function completeVariants(recipes: unknown, context: z.RefinementCtx): unknown {
  if (!isObject(recipes)) return recipes;
  const complete: Record<string, unknown> = {};
  for (const [name, recipe] of Object.entries(recipes)) {
    complete[name] = recipe;
    if (!isObject(recipe) || !Object.hasOwn(recipe, 'variantOf')) continue;
    const { data: variant, error } = variantSchema.safeParse(recipe);
    if (!variant) {
      context.issues.push(
        ...(error.issues.map((issue) => ({ ...issue, path: [name, ...issue.path], input: recipe })) as never[]),
      );
    } else if (!Object.hasOwn(complete, variant.variantOf) || variant.variantOf === name) {
      const before = Object.keys(complete).slice(0, -1).join(', ');
      const message = `expected a recipe that stands before it: ${before || 'there is none'}`;
      context.issues.push({ code: 'custom', path: [name, 'variantOf'], message, input: variant.variantOf });
    } else {
      const { description, changes } = variant;
      complete[name] = merged(complete[variant.variantOf], { ...changes, description });
    }
  }
  return complete;
}

/** RFC 7396. */
function merged(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = merged(result[name], value);
  }
  return result;
}

function isObject(value: unknown): value is Entries {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
