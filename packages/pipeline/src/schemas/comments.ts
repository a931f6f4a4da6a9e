/** A document without its comments: entries `$comment` at any depth, as JSON Schema has them, say nothing to the program. */
export function withoutComments(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutComments);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== '$comment');
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutComments(inner)]));
}
