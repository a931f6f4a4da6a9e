/** Checks of arguments: each returns the value, or throws an error that names it. */
import { ArgumentError, show } from './errors.js';

/** A closed range of numbers; an absent end means no bound. */
export interface Range {
  readonly min?: number;
  readonly max?: number;
}

/** Returns `value` if it is a safe integer within the range. @throws ArgumentError */
export function requireInteger(argument: string, value: unknown, { min, max }: Range = {}): number {
  if (!Number.isSafeInteger(value) || !within(value as number, min, max)) {
    throw new ArgumentError(argument, value, `an integer${rangeText(min, max)}`);
  }
  return value as number;
}

/** Returns `value` if it is a finite number within the range. @throws ArgumentError */
export function requireFinite(argument: string, value: unknown, { min, max }: Range = {}): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || !within(value, min, max)) {
    throw new ArgumentError(argument, value, `a finite number${rangeText(min, max)}`);
  }
  return value;
}

/** Returns `value` if it is a finite number above zero. @throws ArgumentError */
export function requirePositive(argument: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) {
    throw new ArgumentError(argument, value, 'a finite number above 0');
  }
  return value;
}

/** Returns `value` if it is one of the choices. @throws ArgumentError */
export function requireOneOf<T extends string | number>(argument: string, value: unknown, choices: readonly T[]): T {
  if (!choices.includes(value as T)) {
    throw new ArgumentError(argument, value, `one of ${choices.map((choice) => show(choice)).join(', ')}`);
  }
  return value as T;
}

/** Checks that an array has the given length. @throws ArgumentError */
export function requireLength(argument: string, value: ArrayLike<unknown>, length: number): void {
  if (value?.length !== length) throw new ArgumentError(argument, value, `an array of length ${length}`);
}

/** Checks that every entry of an array is finite; the error names the first that is not. @throws ArgumentError */
export function requireFiniteArray(argument: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) throw new ArgumentError(`${argument}[${i}]`, values[i], 'a finite number');
  }
}

/**
 * Checks that `options` is an object whose keys are all known, so that a misspelt option is not silently ignored.
 *
 * @throws ArgumentError
 */
export function requireKnownOptions(argument: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ArgumentError(argument, options, `an object with some of the options ${known.join(', ')}`);
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key))
      throw new ArgumentError(`${argument}.${key}`, key, `one of the options ${known.join(', ')}`);
  }
}

function within(value: number, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY): boolean {
  return value >= min && value <= max;
}

function rangeText(min?: number, max?: number): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` of at least ${min}`;
  if (max !== undefined) return ` of at most ${max}`;
  return '';
}
