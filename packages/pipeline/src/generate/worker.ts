/** The task of a worker thread: one call computes one shard. */
import { type Columns, canonicalJson, type FailedDraw, type Json } from '@dyadic/dataset';
import { DyadicError } from '@dyadic/errors';
import { importProblem, type Precision, type Problem } from '../problems/problem.js';
import { problemsWith } from '../problems/registry.js';
import { SampleComputer } from './samples.js';

export interface ShardTask {
  /** Name of the problem, and the module that defines it; null for those of this package. */
  readonly problem: { readonly name: string; readonly module: string | null };
  readonly settings: object;
  readonly precision: Precision;
  readonly seed: number;
  readonly first: number;
  readonly rows: number;
}

/** Errors lose their class between threads, so a refusal is returned as data. */
export type ShardResult =
  | { readonly columns: Columns; readonly failures: readonly FailedDraw[] }
  | { readonly refusal: { readonly code: string; readonly message: string } };

/** The computer of the last shard, kept because the next is usually of the same problem. */
let latest: { readonly of: string; readonly computer: SampleComputer } | undefined;

export default async function computeShard(task: ShardTask): Promise<ShardResult> {
  const { problem, settings, precision, seed, first, rows } = task;
  try {
    const of = canonicalJson({ problem, settings, precision } as unknown as Json);
    if (latest?.of !== of) latest = { of, computer: new SampleComputer(await find(problem), settings, precision) };
    return latest.computer.compute(seed, first, rows);
  } catch (error) {
    if (error instanceof DyadicError) return { refusal: { code: error.code, message: error.message } };
    throw error;
  }
}

async function find({ name, module }: ShardTask['problem']): Promise<Problem> {
  return (module === null ? problemsWith().get(name) : await importProblem(module))!;
}
