import type { Dataset, Field } from '@dyadic/dataset';
import { ArgumentError } from '@dyadic/errors';

/** The fields of the columns named, in that order; all where none are. @throws ArgumentError for an unknown name */
export function exportedFields({ recipe: { fields } }: Dataset, columns: readonly string[] | undefined): Field[] {
  if (!columns) return [...fields];
  return columns.map((name) => {
    const field = fields.find((candidate) => candidate.name === name);
    if (field) return field;
    throw new ArgumentError('columns', name, `some of ${fields.map((candidate) => candidate.name).join(', ')}`);
  });
}
