/** Entries of an experiment that are replaced for a run, by their path. */
import { canonicalJson, type Json, sha256 } from '@dyadic/dataset';
import { ArgumentError } from '@dyadic/errors';

/** Entries to replace, or set, by their path: `{ 'training.batchSize': 50, 'network.channels': 8 }`. */
export type ExperimentOverrides = Readonly<Record<string, Json>>;

/** Longer names have no place in a file system. */
const MOST_LETTERS = 180;
const WORD = /^[A-Za-z0-9_.+-]+$/;

/** Identifiers with dots between them, which lead to no object's prototype. */
const PATH = /^[A-Za-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)*$/;

/** Checks that paths are such. Whether there are entries of these names, the schema of the experiment says. @throws ArgumentError */
export function requirePaths(argument: string, overrides: ExperimentOverrides): void {
  const wrong = Object.keys(overrides).find((path) => !PATH.test(path));
  if (wrong !== undefined) throw new ArgumentError(argument, wrong, 'the path of an entry, such as training.batchSize');
}

/**
 * `quick+network.channels=8+training.batchSize=50`: the same overrides give the same name, in whatever order they come. Values
 * that are no numbers or words, and names that are too long, stand there by their hash.
 */
export function runName(start: readonly string[], overrides: ExperimentOverrides): string {
  const changes = Object.keys(overrides)
    .sort()
    .map((path) => `${path}=${valueName(overrides[path]!)}`);
  const name = [...start, ...changes].join('+');
  return name.length <= MOST_LETTERS ? name : [...start, sha256(overrides as Json).slice(0, 16)].join('+');
}

function valueName(value: Json): string {
  const text = typeof value === 'string' ? value : canonicalJson(value);
  return WORD.test(text) ? text : sha256(value).slice(0, 8);
}
