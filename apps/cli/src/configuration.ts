import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DataError } from '@dyadic/errors';

/** A module in the working folder, whose default export may name the modules of problems: `{ problems: ['./darcy.mjs'] }`. */
const CONFIGURATION_FILE = 'dyadic.config.mjs';

/**
 * The problems that the working folder's configuration names. Only the folder that the user works in is looked at, never
 * that of a data file.
 *
 * @throws DataError when the configuration does not load or says something else
 */
export async function configuredProblems(folder: string): Promise<string[]> {
  const path = join(folder, CONFIGURATION_FILE);
  if (!existsSync(path)) return [];
  const { default: configuration } = await import(pathToFileURL(path).href).catch((cause) => {
    throw new DataError(path, `does not load (${cause.message})`, { cause });
  });
  const { problems = [], ...others } = Object(configuration) as { problems?: unknown };
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) throw new DataError(path, `has the unknown entry '${unknown}'; expected problems`);
  if (!Array.isArray(problems) || !problems.every((one) => typeof one === 'string')) {
    throw new DataError(path, 'problems is no list of paths; expected such as ["./darcy.mjs"]');
  }
  return problems.map((one) => resolve(folder, one));
}
