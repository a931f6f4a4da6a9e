/** Events of the functions of this package. The functions print nothing: their caller decides what a reader sees. */

/** Progress of a long task: `done` of `total` units. */
export interface ProgressEvent {
  readonly type: 'progress';
  readonly task: Task;
  /** The object of the work, such as the name of a dataset. */
  readonly name: string;
  /** Name of the units in the plural, such as `samples`. */
  readonly unit: string;
  readonly done: number;
  readonly total: number;
  /** A remark, such as the current error; may be empty. */
  readonly note: string;
}

/** The task of a {@link ProgressEvent} has ended, whether or not it finished. */
export interface ProgressEndEvent extends Pick<ProgressEvent, 'task' | 'name'> {
  readonly type: 'progress-end';
}

/** The engine in use. */
export interface EngineEvent {
  readonly type: 'engine';
  /** Name of the engine, which determines the last bits of results. */
  readonly engine: string;
  /** Hardware and mode, in words. */
  readonly description: string;
  /** The engines that were not used, each with the reason. */
  readonly passedOver: readonly string[];
}

/** Work resumes where an earlier call left it, with `done` of `total` units finished. */
export interface ResumedEvent extends Pick<ProgressEvent, 'task' | 'name' | 'unit' | 'done' | 'total'> {
  readonly type: 'resumed';
}

/** A sweep starts or resumes a run. */
export interface RunEvent {
  readonly type: 'run';
  /** Number of the run, from 1 to `runs`. */
  readonly number: number;
  readonly runs: number;
  /** The run folder. */
  readonly folder: string;
}

/** Another process is writing to the folder; the call continues when it has finished. */
export interface WaitingEvent {
  readonly type: 'waiting';
  readonly folder: string;
  /** The other process, in words: `process 17 on host`. */
  readonly holder: string;
}

/** A merge leaves the folder of a part in place. */
export interface KeptEvent {
  readonly type: 'kept';
  readonly folder: string;
  readonly reason: string;
}

/** Something is unexpected but not an error. */
export interface WarningEvent {
  readonly type: 'warning';
  readonly message: string;
}

/** The tasks that report progress. */
export type Task = 'generate' | 'merge' | 'import' | 'export' | 'train' | 'predict';

/** All events of this package, distinguished by `type`. */
export type PipelineEvent =
  | ProgressEvent
  | ProgressEndEvent
  | EngineEvent
  | ResumedEvent
  | RunEvent
  | WaitingEvent
  | KeptEvent
  | WarningEvent;

/** Receives events synchronously. */
export type OnEvent = (event: PipelineEvent) => void;

/** Options common to the long-running functions of this package. */
export interface Observed {
  /** Stops the work at the next point from which the same call can resume. Default: never. */
  readonly signal?: AbortSignal;
  /** Receives events. Default: ignores them. */
  readonly onEvent?: OnEvent;
}

/** Reports the progress of one task; call `end` in a `finally`. */
export interface Progress {
  update(done: number, note?: string): void;
  end(): void;
}

/** A reporter of progress to `onEvent`. */
export function progress(
  onEvent: OnEvent,
  { task, name, unit, total }: Pick<ProgressEvent, 'task' | 'name' | 'unit' | 'total'>,
): Progress {
  return {
    update: (done, note = '') => onEvent({ type: 'progress', task, name, unit, done, total, note }),
    end: () => onEvent({ type: 'progress-end', task, name }),
  };
}

/** Fills in the defaults of {@link Observed}. */
export function observed({ signal = new AbortController().signal, onEvent = () => {} }: Observed): Required<Observed> {
  return { signal, onEvent };
}
