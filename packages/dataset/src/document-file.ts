import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { parseText, unreadable } from './document.js';

/**
 * Reads a JSON file and checks it against a schema.
 *
 * @returns the value as the schema outputs it, with defaults filled in
 * @throws DataError naming the file, the first wrong entry, its value and what was expected
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
