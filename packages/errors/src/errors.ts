/**
 * What can be done about an error. Packages name it by a code; the command puts it into words and flags, a program acts
 * on it as it likes.
 */
export type Remedy =
  /** Compute the dataset of the recipe in this folder. */
  | { readonly code: 'generate'; readonly folder: string; readonly profile: string }
  /** Compute parts of the dataset in this folder. */
  | { readonly code: 'generate-parts'; readonly folder: string }
  /** Read all shards of the dataset in this folder, and make those again that are damaged or missing, by the call that made it: `generator` names the program. */
  | { readonly code: 'repair'; readonly folder: string; readonly generator?: string }
  /** Train the experiment in this folder. */
  | { readonly code: 'train'; readonly folder: string; readonly profile: string }
  /** Forget the earlier run, or train into another folder. */
  | { readonly code: 'train-anew' }
  /** Name the arrays to import. */
  | { readonly code: 'name-arrays' }
  /** Name the array that is meant. */
  | { readonly code: 'name-array' }
  /** Name the module that defines the problem. */
  | { readonly code: 'name-problem' }
  /** Say which axis of the arrays counts the samples. */
  | { readonly code: 'samples-axis' }
  /** Say whether the axes of a sample are in the order of the file or reversed. */
  | { readonly code: 'axis-order' }
  /** Say whether the first line of a table names its columns. */
  | { readonly code: 'header' }
  /** Make the same call again: it resumes where it stopped. */
  | { readonly code: 'resume' };

/** Options of an error. */
export interface DyadicErrorOptions extends ErrorOptions {
  readonly remedy?: Remedy;
}

/** Base of all errors that are the caller's, the data's or the machine's fault rather than a bug in Dyadic. */
export class DyadicError extends Error {
  /** Stable machine-readable name of the kind of error. */
  readonly code: string;
  /** What can be done about it; undefined where the message says all there is. */
  readonly remedy: Remedy | undefined;

  constructor(code: string, message: string, { remedy, ...options }: DyadicErrorOptions = {}) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.remedy = remedy;
  }
}

/** A function was called with an argument it cannot work with. */
export class ArgumentError extends DyadicError {
  readonly argument: string;
  readonly value: unknown;
  readonly expected: string;

  constructor(argument: string, value: unknown, expected: string) {
    super('bad-argument', `${argument} is ${show(value)}; expected ${expected}`);
    this.argument = argument;
    this.value = value;
    this.expected = expected;
  }
}

/** A file or folder on disk is missing, damaged, or not what it claims to be. */
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

/** A computation left the range of finite numbers, or could not continue. */
export class NumericalError extends DyadicError {
  constructor(message: string) {
    super('numerical', message);
  }
}

/** The work was stopped on request. What was finished is kept; the same call resumes from there. */
export class InterruptedError extends DyadicError {
  constructor(message: string, options: DyadicErrorOptions = {}) {
    super('interrupted', message, { remedy: { code: 'resume' }, ...options });
  }
}

/** Writes a value the way an error message should: short, unambiguous, never throwing. */
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
