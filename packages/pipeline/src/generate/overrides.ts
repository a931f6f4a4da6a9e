import { ArgumentError } from '@dyadic/errors';

/** A replacement value for an entry of a recipe. */
type OverrideValue = number | string | readonly number[];

/** Replacement values for entries of a recipe, by path: `{ 'potential.wells': 5, samples: 4000 }`. */
export type RecipeOverrides = Readonly<Record<string, OverrideValue>>;

/** Paths and values become parts of folder names. */
const PATH = /^[A-Za-z]+(\.[A-Za-z]+)*$/;
const WORD = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;
const EXPECTED = 'entry=value, such as potential.wells=5, potential.preset=localized or potential.strength=[1,2]';

/**
 * Parses `entry=value`, where the value is a number, an array of numbers, or a word.
 *
 * @param option - Name of the argument in error messages.
 * @throws ArgumentError for any other text
 */
export function parseOverride(option: string, text: string): RecipeOverrides {
  const [path, ...rest] = text.split('=');
  const typed = rest.join('=');
  let value: unknown = typed;
  try {
    value = JSON.parse(typed);
  } catch {
    // not JSON: perhaps a word
  }
  if (!isOverride(path!, value)) throw new ArgumentError(option, text, EXPECTED);
  return { [path!]: value };
}

/** Checks overrides from a program. @throws ArgumentError naming the first invalid one */
export function requireOverrides(overrides: RecipeOverrides): void {
  for (const [path, value] of Object.entries(overrides)) {
    if (!isOverride(path, value)) throw new ArgumentError(`overrides['${path}']`, value, EXPECTED);
  }
}

function isOverride(path: string, value: unknown): value is OverrideValue {
  const isValue = Array.isArray(value) ? value.every(Number.isFinite) : Number.isFinite(value);
  return PATH.test(path) && (isValue || (typeof value === 'string' && WORD.test(value)));
}

/** A copy of the entries of a recipe or an experiment with some replaced or added. The caller checks the paths. */
export function replaceEntries(entries: object, overrides: Readonly<Record<string, unknown>>): object {
  const replaced = structuredClone(entries) as Record<string, unknown>;
  for (const [path, value] of Object.entries(overrides)) {
    const keys = path.split('.');
    let node = replaced;
    for (const key of keys.slice(0, -1)) {
      const inner = node[key];
      node = (node[key] = typeof inner === 'object' && inner !== null ? inner : {}) as Record<string, unknown>;
    }
    node[keys.at(-1)!] = value;
  }
  return replaced;
}

/** A folder name such as `paper+potential.wells=5+samples=4000`; independent of the order of the overrides. */
export function folderName(start: readonly string[], overrides: RecipeOverrides): string {
  const changes = Object.keys(overrides)
    .sort()
    .map((path) => `${path}=${nameOf(overrides[path]!)}`);
  return [...start, ...changes].join('+');
}

function nameOf(value: OverrideValue): string {
  return typeof value === 'object' ? `[${value.join(',')}]` : String(value);
}
