import type { Attribute, Dataset } from 'h5wasm';
import { exact, type NumberArray, Unfit } from '../numbers.js';

/**
 * netCDF's packing of numbers (https://docs.unidata.ucar.edu/nug/current/best_practices.html): the value is
 * `scale · stored + offset`, and entries equal to a fill value are missing.
 */
export interface Packing {
  readonly scale: number;
  readonly offset: number;
  readonly fill: readonly number[];
  /** Whether unpacking changes the numbers, which makes them float64. */
  readonly scaled: boolean;
}

/** The packing of a data set, null if there is none, or the reason why it cannot be undone. */
export function packingOf(dataset: Dataset): Packing | null | string {
  const { attrs } = dataset;
  const values = {
    scale_factor: [] as number[],
    add_offset: [] as number[],
    _FillValue: [] as number[],
    missing_value: [] as number[],
  };
  let found = false;
  for (const name of Object.keys(values) as (keyof typeof values)[]) {
    const attribute = attrs[name];
    if (attribute === undefined) continue;
    found = true;
    const numbers = numbersOf(attribute);
    const wanted = name === 'scale_factor' || name === 'add_offset' ? Number.isFinite : () => true;
    if (numbers === null || !numbers.every(wanted) || (name !== 'missing_value' && numbers.length !== 1)) {
      return `has the attribute ${name}, which is no number; remove it or make it one`;
    }
    values[name] = numbers;
  }
  if (!found) return null;
  const [scale = 1] = values.scale_factor;
  const [offset = 0] = values.add_offset;
  const scaled = values.scale_factor.length + values.add_offset.length > 0;
  return { scale, offset, fill: [...values._FillValue, ...values.missing_value], scaled };
}

/** Unpacks stored numbers into `values`. @throws Unfit for a missing one */
export function unpack(
  stored: ArrayLike<number | bigint>,
  { scale, offset, fill }: Packing,
  values: NumberArray,
): NumberArray {
  for (let i = 0; i < stored.length; i++) {
    const value = typeof stored[i] === 'bigint' ? exact(stored[i] as bigint, i) : (stored[i] as number);
    if (fill.includes(value)) throw new Unfit(i, `the fill value ${value}, a missing number,`);
    values[i] = scale * value + offset;
  }
  return values;
}

function numbersOf({ value }: Attribute): number[] | null {
  const list = typeof value === 'object' && value !== null ? Array.from(value as ArrayLike<unknown>) : [value];
  const numbers = list.map((entry) => (typeof entry === 'bigint' ? Number(entry) : entry));
  return numbers.every((entry) => typeof entry === 'number') ? (numbers as number[]) : null;
}
