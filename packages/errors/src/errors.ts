/**
 * What the caller can do about an error, as a code. The command line turns it into words and flags; a program can branch on it.
 */
export type Remedy =
  /** Compute the dataset of the recipe in this folder. */
  | { readonly code: 'generate'; readonly folder: string; readonly profile: string }
  /** Compute parts of the dataset in this folder. */
  | { readonly code: 'generate-parts'; readonly folder: string }
  /** Verify all shards of the dataset in this folder, and regenerate damaged or missing ones with the program `generator`. */
  | { readonly code: 'repair'; readonly folder: string; readonly generator?: string }
  /** Train the experiment in this folder. */
  | { readonly code: 'train'; readonly folder: string; readonly profile: string }
  /** Discard the earlier run, or train into another folder. */
  | { readonly code: 'train-anew' }
  /** Name the arrays to import. */
  | { readonly code: 'name-arrays' }
  /** Name the array to read. */
  | { readonly code: 'name-array' }
  /** Name the module that defines the problem. */
  | { readonly code: 'name-problem' }
  /** State which axis of the arrays counts the samples. */
  | { readonly code: 'samples-axis' }
  /** State whether the axes of a sample are in the order of the file or reversed. */
  | { readonly code: 'axis-order' }
  /** State whether the first line of a table is a header. */
  | { readonly code: 'header' }
  /** Repeat the call: it resumes where it stopped. */
  | { readonly code: 'resume' };

/** Options of {@link DyadicError}: those of `Error`, and a remedy. */
export interface DyadicErrorOptions extends ErrorOptions {
  readonly remedy?: Remedy;
}

/** Base class of all errors caused by the caller, the data or the machine; any other error is a bug in Dyadic. */
export class DyadicError extends Error {
  /** Stable machine-readable name of the kind of error. */
  readonly code: string;
  /** What the caller can do about it; undefined if the message suffices. */
  readonly remedy: Remedy | undefined;

  constructor(code: string, message: string, { remedy, ...options }: DyadicErrorOptions = {}) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.remedy = remedy;
  }
}

/** An argument or option has an invalid value. `code` is `bad-argument`. */
export class ArgumentError extends DyadicError {
  /** Name of the argument, with the path to the offending entry: `grid.points[1]`. */
  readonly argument: string;
  /** The value found. */
  readonly value: unknown;
  /** The values allowed, in words. */
  readonly expected: string;

  constructor(argument: string, value: unknown, expected: string) {
    super('bad-argument', `${argument} is ${show(value)}; expected ${expected}`);
    this.argument = argument;
    this.value = value;
    this.expected = expected;
  }
}

/** A file or folder on disk is missing, damaged, or not what it claims to be. `code` is `bad-data`. */
export class DataError extends DyadicError {
  /** The file or folder concerned. */
  readonly path: string;
  /** What is wrong with it. */
  readonly problem: string;

  constructor(path: string, problem: string, options?: DyadicErrorOptions) {
    super('bad-data', `${path}: ${problem}`, options);
    this.path = path;
    this.problem = problem;
  }
}

/** A computation produced non-finite numbers, did not converge, or could not continue. `code` is `numerical`. */
export class NumericalError extends DyadicError {
  constructor(message: string) {
    super('numerical', message);
  }
}

/** The work was stopped on request. `code` is `interrupted`. Finished work is kept; the same call resumes from there. */
export class InterruptedError extends DyadicError {
  constructor(message: string, options: DyadicErrorOptions = {}) {
    super('interrupted', message, { remedy: { code: 'resume' }, ...options });
  }
}

/** Formats any value for an error message: short and unambiguous. Never throws. */
export function show(value: unknown): string {
  if (typeof value === 'string') return value.length > 60 ? `'${value.slice(0, 57)}…'` : `'${value}'`;
  if (typeof value === 'number' || typeof value === 'bigint' || value === null || value === undefined) {
    return String(value);
  }
  if (ArrayBuffer.isView(value)) {
    return `a ${value.constructor.name} of length ${(value as unknown as { length: number }).length}`;
  }
  if (Array.isArray(value) && value.length > 8) return `an array of length ${value.length}`;
  if (typeof value === 'function') return 'a function';
  try {
    const text = JSON.stringify(value);
    return text.length > 60 ? `${text.slice(0, 57)}…` : text;
  } catch {
    return `a ${typeof value}`;
  }
}
