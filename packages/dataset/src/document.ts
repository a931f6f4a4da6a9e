import { DataError, show } from '@dyadic/errors';
import { sha256 as portableSha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { z } from 'zod';

/** A value that JSON can represent. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * JSON with sorted keys and no spaces, so equal values give equal texts. Skips `undefined` entries of objects.
 *
 * @throws TypeError for a non-finite number
 */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const object = value as { readonly [key: string]: Json };
    const keys = Object.keys(object).filter((key) => object[key] !== undefined);
    return `{${keys
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(object[key]!)}`)
      .join(',')}}`;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`${value} has no JSON form`);
  return JSON.stringify(value);
}

/** SHA-256, in hexadecimal, of bytes or of the canonical JSON of a value. Runs in Node and in browsers. */
export function sha256(content: Uint8Array | Json): string {
  const bytes = content instanceof Uint8Array ? content : new TextEncoder().encode(canonicalJson(content));
  // Node's own hash is several times faster. Not imported, so bundlers for browsers have nothing to resolve.
  const crypto = globalThis.process?.getBuiltinModule?.('node:crypto');
  return crypto ? crypto.createHash('sha256').update(bytes).digest('hex') : bytesToHex(portableSha256(bytes));
}

/** The first entry in which two JSON values differ, in words: `a.b was 1, is now 2`; null if they are equal. */
export function firstDifference(found: Json | undefined, wanted: Json | undefined, path = ''): string | null {
  if (isNode(found) && isNode(wanted)) {
    for (const key of new Set([...Object.keys(found), ...Object.keys(wanted)])) {
      const difference = firstDifference(found[key], wanted[key], path ? `${path}.${key}` : key);
      if (difference) return difference;
    }
    return null;
  }
  return found === wanted ? null : `${path} was ${JSON.stringify(found)}, is now ${JSON.stringify(wanted)}`;
}

function isNode(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null;
}

/** Parses the text of the JSON file `path` and checks it against a schema. @throws DataError */
export function parseText<T>(path: string, text: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    // Some editors write a byte order mark before UTF-8.
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new DataError(path, `is not JSON (${(cause as Error).message})`, { cause });
  }
  return parseDocument(path, value, schema);
}

/**
 * Checks a value read from the file `path` against a schema.
 *
 * @returns the value as the schema outputs it, with defaults filled in
 * @throws DataError naming the file, the first wrong entry, its value and what was expected
 */
export function parseDocument<T>(path: string, value: unknown, schema: z.ZodType<T>): T {
  const parsed = checked(path, () => schema.safeParse(value));
  if (parsed.success) return parsed.data;
  const issue = deepest(parsed.error.issues[0]!);
  const where = issue.path.join('.') || 'the document';
  const found = issue.path.reduce<unknown>((node, key) => (node as Record<PropertyKey, unknown>)?.[key], value);
  throw new DataError(path, `${where} is ${show(found)}; ${expectation(issue)}`);
}

/** Runs a check, and reports a document nested too deeply for the stack. @throws DataError */
function checked<T>(path: string, check: () => T): T {
  try {
    return check();
  } catch (cause) {
    if (cause instanceof RangeError) throw new DataError(path, 'is nested too deeply', { cause });
    throw cause;
  }
}

/** The error for a file or folder that cannot be read, from the error of `node:fs`. */
export function unreadable(path: string, cause: unknown): DataError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return new DataError(path, 'does not exist', { cause });
  if (code === 'EISDIR') return new DataError(path, 'is a folder; expected a file', { cause });
  if (code === 'ENOTDIR') return new DataError(path, 'is not in a folder', { cause });
  if (code === 'EACCES' || code === 'EPERM') return new DataError(path, 'cannot be read: permission denied', { cause });
  return new DataError(path, `cannot be read (${(cause as Error).message})`, { cause });
}

/** Most names that a message lists. */
const MOST_NAMES = 5;

type Issue = z.core.$ZodIssue;

/** The issue to report: in a union, that of the branch that matched furthest. */
function deepest(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const inner = issue.errors.flatMap((issues) => issues.slice(0, 1));
  const furthest = inner.sort((a, b) => b.path.length - a.path.length)[0];
  return furthest ? deepest({ ...furthest, path: [...issue.path, ...furthest.path] }) : issue;
}

function expectation(issue: Issue): string {
  if (issue.code === 'unrecognized_keys') return `unknown entry ${listed(issue.keys)}`;
  return issue.message.replace(/^Invalid (input|option): /, '').replace(/^Too small: |^Too big: /, '');
}

/** The first few names, and the number of the others. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).map((name) => show(name));
  return [...shown, ...(names.length > MOST_NAMES ? [`and ${names.length - MOST_NAMES} more`] : [])].join(', ');
}
