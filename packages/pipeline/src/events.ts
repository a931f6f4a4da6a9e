/** Events of the functions of this package. The functions print nothing: their caller decides what a reader sees. */

/** A piece of long work under way: `done` of `total` pieces called `unit`. */
export interface ProgressEvent {
  readonly type: 'progress';
  readonly task: Task;
  /** What is worked on, such as the name of a dataset. */
  readonly name: string;
  readonly unit: string;
  readonly done: number;
  readonly total: number;
  /** How it goes, for example the loss; empty where there is nothing to say. */
  readonly note: string;
}

/** The work that a {@link ProgressEvent} measures has ended, finished or not. */
export interface ProgressEndEvent extends Pick<ProgressEvent, 'task' | 'name'> {
  readonly type: 'progress-end';
}

/** Which engine does the arithmetic, and which others were passed over, each with the reason. */
export interface EngineEvent {
  readonly type: 'engine';
  readonly engine: string;
  readonly description: string;
  readonly passedOver: readonly string[];
}

/** Work resumes where an earlier call left it: `done` of `total` pieces are there. */
export interface ResumedEvent extends Pick<ProgressEvent, 'task' | 'name' | 'unit' | 'done' | 'total'> {
  readonly type: 'resumed';
}

/** A sweep starts or resumes a run of `runs`. */
export interface RunEvent {
  readonly type: 'run';
  /** From 1. */
  readonly number: number;
  readonly runs: number;
  readonly folder: string;
}

/** Another process writes to the folder; the call continues once it has finished. */
export interface WaitingEvent {
  readonly type: 'waiting';
  readonly folder: string;
  readonly holder: string;
}

/** A folder that a merge leaves in place, and why. */
export interface KeptEvent {
  readonly type: 'kept';
  readonly folder: string;
  readonly reason: string;
}

/** Something is other than expected, but not wrong. */
export interface WarningEvent {
  readonly type: 'warning';
  readonly message: string;
}

export type Task = 'generate' | 'merge' | 'import' | 'export' | 'train' | 'predict';

export type PipelineEvent =
  | ProgressEvent
  | ProgressEndEvent
  | EngineEvent
  | ResumedEvent
  | RunEvent
  | WaitingEvent
  | KeptEvent
  | WarningEvent;

export type OnEvent = (event: PipelineEvent) => void;

/** Options that every function of this package takes. */
export interface Observed {
  /** Stops the work at the next point from which the same call resumes. Default: never. */
  readonly signal?: AbortSignal;
  /** Default: events are dropped. */
  readonly onEvent?: OnEvent;
}

/** Reports the progress of one piece of work; `end` belongs in a `finally`. */
export interface Progress {
  update(done: number, note?: string): void;
  end(): void;
}

export function progress(
  onEvent: OnEvent,
  { task, name, unit, total }: Pick<ProgressEvent, 'task' | 'name' | 'unit' | 'total'>,
): Progress {
  return {
    update: (done, note = '') => onEvent({ type: 'progress', task, name, unit, done, total, note }),
    end: () => onEvent({ type: 'progress-end', task, name }),
  };
}

/** The defaults of {@link Observed}. */
export function observed({ signal = new AbortController().signal, onEvent = () => {} }: Observed): Required<Observed> {
  return { signal, onEvent };
}
