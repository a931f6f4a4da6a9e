import type { Option, OptionTable, Value } from '@dyadic/errors';
import { z } from 'zod';

/** Schemas of all entries of an object of options; the schemas determine which are optional. */
export type EntriesOf<T> = { readonly [Key in keyof Required<T>]: z.ZodType };

/** The schemas of a table of options, each described by its meaning and default. */
export function entriesOf<Table extends OptionTable>(table: Table): { [Name in keyof Table]: z.ZodType } {
  const entries = Object.entries(table).map(([name, option]) => [name, entryOf(option)]);
  return Object.fromEntries(entries) as { [Name in keyof Table]: z.ZodType };
}

function entryOf(option: Option): z.ZodType {
  const { description, absentMeans } = option;
  const omitted = option.default ?? absentMeans;
  const nullMeans = option.type === 'number' && option.nullMeans ? `; null: ${option.nullMeans}` : '';
  const meaning = `${description}${nullMeans}${omitted === undefined ? '' : `; default ${omitted}`}`;
  return (omitted === undefined ? valueSchema(option) : valueSchema(option).optional()).describe(meaning);
}

function valueSchema(value: Value): z.ZodType {
  switch (value.type) {
    case 'choice':
      return z.literal([...value.choices]);
    case 'integer':
      return within(z.int(), value);
    case 'number': {
      const number = within(z.number(), value);
      return value.nullMeans === undefined ? number : number.nullable();
    }
    case 'list': {
      const list = z.array(valueSchema(value.of)).min(1);
      return value.most === undefined ? list : list.max(value.most);
    }
    case 'object':
      return z.strictObject(entriesOf(value.options));
    case 'either':
      return z.union(value.of.map(valueSchema));
    default:
      return value satisfies never;
  }
}

function within<N extends z.ZodNumber>(
  number: N,
  { least, most, above, below }: { readonly [Bound in 'least' | 'most' | 'above' | 'below']?: number },
): N {
  let bounded = number;
  if (least !== undefined) bounded = bounded.min(least);
  if (most !== undefined) bounded = bounded.max(most);
  if (above !== undefined) bounded = bounded.gt(above);
  if (below !== undefined) bounded = bounded.lt(below);
  return bounded;
}
