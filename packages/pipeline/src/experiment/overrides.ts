/** Entries of an experiment to replace for a run, by path. */
import { canonicalJson, type Json, sha256 } from '@dyadic/dataset';
import { ArgumentError } from '@dyadic/errors';

/** Entries of an experiment to replace or add, by path: `{ 'training.batchSize': 50, 'network.channels': 8 }`. */
export type ExperimentOverrides = Readonly<Record<string, Json>>;

/** Longer names are too long for a file system. */
const MOST_LETTERS = 180;
const WORD = /^[A-Za-z0-9_.+-]+$/;

/** Identifiers separated by dots, none of which can reach an object's prototype. */
const PATH = /^[A-Za-z][A-Za-z0-9]*(\.[A-Za-z][A-Za-z0-9]*)*$/;

/** Checks the form of paths; the schema of the experiment checks whether such entries exist. @throws ArgumentError */
export function requirePaths(argument: string, overrides: ExperimentOverrides): void {
  const wrong = Object.keys(overrides).find((path) => !PATH.test(path));
  if (wrong !== undefined) throw new ArgumentError(argument, wrong, 'the path of an entry, such as training.batchSize');
}

/**
 * The name of a run with overrides, such as `quick+network.channels=8+training.batchSize=50`; independent of their order. Hashes
 * replace values other than numbers and words, and names of more than 180 characters.
 *
 * @param start - First parts of the name, such as the profile.
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
