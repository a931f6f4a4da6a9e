/** What a worker thread runs: one call computes one shard. */
import type { Columns } from '@dyadic/dataset';
import { DyadicError } from '@dyadic/errors';
import { type NlseProblem, nlseColumns } from './nlse.js';

export interface ShardTask {
  readonly problem: NlseProblem;
  readonly precision: 'float32' | 'float64';
  readonly seed: number;
  readonly first: number;
  readonly rows: number;
}

/** An error loses its class on the way between threads, so a refusal travels as data. */
export type ShardResult =
  | { readonly columns: Columns }
  | { readonly refusal: { readonly code: string; readonly message: string } };

export default function computeShard({ problem, precision, seed, first, rows }: ShardTask): ShardResult {
  try {
    return { columns: nlseColumns(problem, precision, seed, first, rows) };
  } catch (error) {
    if (error instanceof DyadicError) return { refusal: { code: error.code, message: error.message } };
    throw error;
  }
}
