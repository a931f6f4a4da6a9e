/** Documents changed at random, by somebody who knows the format: what fuzzers of readers feed them. */
import type { Json } from '@dyadic/dataset';
import type { RandomStream } from '@dyadic/random';

/** Values that have broken readers: of the wrong type, at the ends of ranges, with names that objects have anyway. */
const NASTY: readonly Json[] = [
  null,
  true,
  '',
  'constructor',
  [],
  {},
  [[]],
  -1,
  0,
  0.5,
  1,
  2,
  3,
  20,
  1000,
  5000,
  2 ** 20,
  2 ** 24,
  2 ** 31,
  2 ** 53,
  1e-308,
  1e308,
  '1',
  'soap',
  'adamw',
  'x'.repeat(300),
];

/** A copy of a document with one to three entries replaced, removed, renamed or added. */
export function mutated<T extends Json>(document: T, stream: RandomStream): T {
  const copy = structuredClone(document) as Json;
  for (let change = 1 + stream.integer(3); change > 0; change--) {
    const nodes = nodesOf(copy);
    if (nodes.length === 0) break;
    const node = nodes[stream.integer(nodes.length)] as Record<string, Json>;
    const keys = Object.keys(node);
    const key = keys[stream.integer(Math.max(1, keys.length))] ?? 'new';
    const value = structuredClone(NASTY[stream.integer(NASTY.length)]!);
    const kind = stream.integer(8);
    if (kind === 0) delete node[key];
    else if (kind === 1) define(node, ['__proto__', 'toString', 'prototype', 'new'][stream.integer(4)]!, value);
    else if (kind === 2 && typeof node[key] === 'number')
      node[key] = Math.min(1e300, (node[key] as number) * 10 ** (stream.integer(9) - 2));
    else node[key] = value;
  }
  return copy as T;
}

/** An entry of its own, be its name `__proto__`. */
function define(node: object, key: string, value: Json): void {
  Object.defineProperty(node, key, { value, enumerable: true, configurable: true, writable: true });
}

/** The document's objects and arrays. */
function nodesOf(value: Json): object[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value, ...Object.values(value).flatMap(nodesOf)];
}
