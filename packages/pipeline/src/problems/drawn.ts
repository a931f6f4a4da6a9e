/** Numbers of a recipe that may be ranges: each sample then draws its own, from a separate stream, and they become columns. */
import { randomStream } from '@dyadic/random';
import { z } from 'zod';
import type { ProblemColumn } from './problem.js';

/** A number, or a range from which each sample draws it uniformly. */
export type Drawn = number | readonly [low: number, high: number];

/** Schema of {@link Drawn}: a number that satisfies `number`, or two such numbers [low, high] with low < high. */
export function drawn(number: z.ZodNumber) {
  const range = z.tuple([number, number]).refine(([low, high]) => low < high, 'expected [low, high], low < high');
  return z.union([number, range]);
}

/**
 * Plans the draws of a number. That of sample `index` is a pure function of (seed, index), from the stream (seed, `name`, index),
 * so drawing a parameter or fixing it changes no other draw.
 *
 * @param name - Purpose of the random stream, such as `nlse/beta`.
 */
export function drawNumber(name: string, value: Drawn): (seed: number, index: number) => number {
  if (typeof value === 'number') return () => value;
  return (seed, index) => randomStream(seed, name, index).uniform(...value);
}

/**
 * The float64 column of a drawn number; no column for a number that is the same for all samples.
 *
 * @param of - Returns the number from a sample's input or solution.
 */
export function drawnColumn<From>(
  value: Drawn,
  name: string,
  description: string,
  of: (from: From) => number,
): ProblemColumn<From>[] {
  if (typeof value === 'number') return [];
  return [{ field: { name, type: 'float64', shape: [], description }, value: of }];
}
