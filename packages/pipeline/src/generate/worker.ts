/** What a worker thread runs: one call computes one shard. */
import { type Columns, canonicalJson, type FailedDraw, type Json } from '@dyadic/dataset';
import { DyadicError } from '@dyadic/errors';
import type { Problem } from '../problems/problem.js';
import { type Precision, SampleComputer } from './samples.js';

export interface ShardTask {
  readonly problem: Problem;
  readonly precision: Precision;
  readonly seed: number;
  readonly first: number;
  readonly rows: number;
}

/** An error loses its class on the way between threads, so a refusal travels as data. */
export type ShardResult =
  | { readonly columns: Columns; readonly failures: readonly FailedDraw[] }
  | { readonly refusal: { readonly code: string; readonly message: string } };

/** The computer of the last shard: the next is of the same problem, as a rule. */
let latest: { readonly of: string; readonly computer: SampleComputer } | undefined;

export default function computeShard({ problem, precision, seed, first, rows }: ShardTask): ShardResult {
  try {
    const of = canonicalJson({ problem, precision } as unknown as Json);
    if (latest?.of !== of) latest = { of, computer: new SampleComputer(problem, precision) };
    return latest.computer.compute(seed, first, rows);
  } catch (error) {
    if (error instanceof DyadicError) return { refusal: { code: error.code, message: error.message } };
    throw error;
  }
}
