/** Removes the comments of a document: entries `$comment` at any depth, as in JSON Schema. */
export function withoutComments(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutComments);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== '$comment');
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutComments(inner)]));
}
