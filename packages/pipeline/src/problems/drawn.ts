/** Numbers of a recipe that may be ranges: each sample draws its own, in a stream of its own, and they become columns. */
import { randomStream } from '@dyadic/random';
import { z } from 'zod';
import type { ProblemColumn } from './problem.js';

/** A number, or the range that each sample draws it from uniformly. */
export type Drawn = number | readonly [low: number, high: number];

/** A recipe's entry for a number, or a range of such numbers in ascending order. */
export function drawn(number: z.ZodNumber) {
  const range = z.tuple([number, number]).refine(([low, high]) => low < high, 'expected [low, high], low < high');
  return z.union([number, range]);
}

/**
 * Plans the draws of a number: that of sample `index` is a pure function of (seed, index), from the stream
 * (seed, `name`, index). A parameter that is not drawn changes no other draw, and neither does one that is.
 *
 * @param name - Of the stream, such as `nlse/beta`.
 */
export function drawNumber(name: string, value: Drawn): (seed: number, index: number) => number {
  if (typeof value === 'number') return () => value;
  return (seed, index) => randomStream(seed, name, index).uniform(...value);
}

/** The column of a number that is drawn; none where it is the same for all samples. */
export function drawnColumn<From>(
  value: Drawn,
  name: string,
  description: string,
  of: (from: From) => number,
): ProblemColumn<From>[] {
  if (typeof value === 'number') return [];
  return [{ field: { name, type: 'float64', shape: [], description }, value: of }];
}
