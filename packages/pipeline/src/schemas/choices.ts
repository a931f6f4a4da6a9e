import { z } from 'zod';

/** One of the values of a union of texts; a value that is left out does not compile. */
export function choices<T extends string>() {
  return <const V extends readonly T[]>(...values: [T] extends [V[number]] ? V : never) =>
    z.enum(values as unknown as [T, ...T[]]);
}

/** Entries of an object of options, all of which must be here; which are optional, the schemas say. */
export type EntriesOf<T> = { readonly [Key in keyof Required<T>]: z.ZodType };
