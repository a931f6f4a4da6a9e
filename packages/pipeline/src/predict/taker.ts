/** Who takes inputs, and what it takes: checks that all forms of inputs share. */
import { DataError } from '@dyadic/errors';
import type { Network } from '@dyadic/mnn';
import type { TrainedOn } from '../problems/problem.js';
import type { Problems } from '../problems/registry.js';

/** Inputs of a network in the units of the data, one sample after the other. */
export interface Inputs {
  readonly count: number;
  readonly values: Float32Array;
}

/** The network that receives the inputs. */
export interface Taker {
  readonly network: Network;
  /** Names of the network's input fields. */
  readonly columns: readonly string[];
  /** Those of the columns that are one number per sample. */
  readonly numbers: readonly string[];
  /** The origin of its training data, if its checkpoint records it. */
  readonly trained: TrainedOn | undefined;
  /** Path of its checkpoint. */
  readonly checkpoint: string;
  /** The problems that can read inputs given by their parameters. */
  readonly problems: Problems;
}

export const FINITE = 'a finite number, in the float32 of the network too';

/** Extents of one input field: the grid of the network. */
export function inputShape({ shape }: Network): readonly number[] {
  return shape;
}

/** Extents of a sample in a column. */
export function wantedShape(network: Network, numbers: readonly string[], column: string): readonly number[] {
  return numbers.includes(column) ? [1] : inputShape(network);
}

/** Checks that the inputs are of the problem of the training: another has other units and another domain. @throws DataError */
export function requireEquation(path: string, equation: string, trained: TrainedOn | undefined): void {
  if (trained && equation !== trained.equation) {
    throw new DataError(path, `equation is '${equation}'; the network was trained on '${trained.equation}'`);
  }
}
