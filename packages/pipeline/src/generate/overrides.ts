import { ArgumentError } from '@dyadic/errors';

/** What an entry of a recipe can be replaced by. */
type OverrideValue = number | string | readonly number[];

/** Entries of a recipe to replace, by their path: `{ 'potential.wells': 5, samples: 4000 }`. */
export type RecipeOverrides = Readonly<Record<string, OverrideValue>>;

/** Paths and values end up in the names of folders. */
const PATH = /^[A-Za-z]+(\.[A-Za-z]+)*$/;
const WORD = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;
const EXPECTED = 'entry=value, such as potential.wells=5, potential.preset=localized or potential.strength=[1,2]';

/** Reads `entry=value` as typed: the value is a number, an array of numbers, or a word. @throws ArgumentError */
export function parseOverride(option: string, text: string): RecipeOverrides {
  const [path, ...rest] = text.split('=');
  const typed = rest.join('=');
  let value: unknown = typed;
  try {
    value = JSON.parse(typed);
  } catch {
    // no number: perhaps a word
  }
  if (!isOverride(path!, value)) throw new ArgumentError(option, text, EXPECTED);
  return { [path!]: value };
}

/** Checks overrides that a program made. @throws ArgumentError naming the first that is none */
export function requireOverrides(overrides: RecipeOverrides): void {
  for (const [path, value] of Object.entries(overrides)) {
    if (!isOverride(path, value)) throw new ArgumentError(`overrides['${path}']`, value, EXPECTED);
  }
}

function isOverride(path: string, value: unknown): value is OverrideValue {
  const isValue = Array.isArray(value) ? value.every(Number.isFinite) : Number.isFinite(value);
  return PATH.test(path) && (isValue || (typeof value === 'string' && WORD.test(value)));
}

/** The entries of a recipe or of an experiment with some replaced, or set. Whoever calls has checked the paths. */
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

/** `paper+potential.wells=5+samples=4000`: the same overrides give the same name, in whatever order they come. */
export function folderName(start: readonly string[], overrides: RecipeOverrides): string {
  const changes = Object.keys(overrides)
    .sort()
    .map((path) => `${path}=${nameOf(overrides[path]!)}`);
  return [...start, ...changes].join('+');
}

function nameOf(value: OverrideValue): string {
  return typeof value === 'object' ? `[${value.join(',')}]` : String(value);
}
