import { DataError } from '@dyadic/errors';

/** The entry of a profile. @throws DataError naming the profiles there are */
export function profileOf<T>(path: string, profiles: Readonly<Record<string, T>>, name: string): T {
  if (!Object.hasOwn(profiles, name)) {
    throw new DataError(path, `has no profile '${name}'; it has ${Object.keys(profiles).join(', ')}`);
  }
  return profiles[name]!;
}
