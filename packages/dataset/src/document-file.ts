import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { parseText, unreadable } from './document.js';

/**
 * Reads a JSON file and checks it against a schema.
 *
 * @throws DataError that names the file and the first entry that is wrong, its value and what was expected.
 */
export async function readDocument<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw unreadable(path, cause);
  }
  return parseText(path, text, schema);
}
