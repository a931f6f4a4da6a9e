/** Loads a package by name; tests substitute their own. */
export type Importer = (name: string) => Promise<unknown>;

/** A backend cannot run here; the message is a short phrase. Any other error is a broken install. */
export class Unavailable extends Error {}

/** The exports of a module: a CommonJS package has them under `default` if their names could not be detected. */
export function exportsOf<T>(module: unknown): T {
  const { default: inner } = module as { default?: unknown };
  return (typeof inner === 'object' && inner !== null ? inner : module) as T;
}

export function isNode(): boolean {
  return typeof process !== 'undefined' && process.versions?.node !== undefined;
}
