/** Loads a package by name; a test may put its own in. */
export type Importer = (name: string) => Promise<unknown>;

/** Why a backend cannot run here, as a phrase for people; anything else thrown is a broken install. */
export class Unavailable extends Error {}

/** A CommonJS package arrives under `default` where its names could not be detected. */
export function exportsOf<T>(module: unknown): T {
  const { default: inner } = module as { default?: unknown };
  return (typeof inner === 'object' && inner !== null ? inner : module) as T;
}

export function isNode(): boolean {
  return typeof process !== 'undefined' && process.versions?.node !== undefined;
}
