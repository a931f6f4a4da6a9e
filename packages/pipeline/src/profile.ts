import { DataError } from '@dyadic/errors';

/**
 * The entry of a profile.
 *
 * @param path - The file with the profiles, for error messages.
 * @throws DataError for a name other than letters, digits, - and _, or an unknown one, listing the profiles of the file
 */
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
