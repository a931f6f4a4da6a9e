import { DataError } from '@dyadic/errors';

/** The entry of a profile. @throws DataError naming the profiles there are */
export function profileOf<T>(path: string, profiles: Readonly<Record<string, T>>, name: string): T {
  // Profiles name folders.
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(name)) {
    throw new DataError(path, `cannot have a profile '${name}'; expected letters, digits, - and _`);
  }
  if (!Object.hasOwn(profiles, name)) {
    throw new DataError(path, `has no profile '${name}'; it has ${Object.keys(profiles).join(', ')}`);
  }
  return profiles[name]!;
}
