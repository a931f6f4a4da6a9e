import type { PipelineEvent } from '@dyadic/pipeline';

/** Work on a cell begins: number `number` of `cells`. */
export interface CellEvent {
  readonly type: 'cell';
  readonly name: string;
  readonly number: number;
  readonly cells: number;
  /** For this cell and those after it, at the rate so far; null before the first has finished. */
  readonly secondsLeft: number | null;
}

/** A cell is done, and its result kept. */
export interface CellDoneEvent {
  readonly type: 'cell-done';
  readonly name: string;
  /** Mean relative error ε of the test split. */
  readonly testError: number;
  readonly trainingSeconds: number;
}

/** What reproducing tells besides what the pipeline does. */
export type ReproductionEvent = PipelineEvent | CellEvent | CellDoneEvent;
