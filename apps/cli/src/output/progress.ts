import { formatCell } from '@dyadic/report';
import cliProgress from 'cli-progress';

/** A piece of long work under way. */
export interface Progress {
  /** So much is done now; `note` says how it goes, for example the loss. */
  update(done: number, note?: string): void;
  /** No more updates. */
  stop(): void;
}

export interface ProgressReport {
  readonly done: number;
  readonly total: number;
  /** Pieces a second, since the start. */
  readonly rate: number;
  /** Seconds left at that rate. */
  readonly secondsLeft: number;
  readonly note: string;
}

/** Between two lines of a log. */
const SECONDS_BETWEEN_LINES = 10;

/** A bar that redraws itself, for terminals. */
export function createBar(title: string, total: number, unit: string): Progress {
  const format = `${title} {bar} {percentage}% | {value}/{total} ${unit} | {rate}/s | {left} left {note}`;
  const bar = new cliProgress.SingleBar(
    { format, hideCursor: true, clearOnComplete: true, fps: 8, gracefulExit: false },
    cliProgress.Presets.shades_classic,
  );
  const measure = meter(total);
  bar.start(total, 0, { rate: '–', left: '–', note: '' });
  return {
    update(done, note = '') {
      const { rate, secondsLeft } = measure(done, note);
      bar.update(done, { rate: formatRate(rate), left: formatLeft(secondsLeft), note: note && `| ${note}` });
    },
    stop: () => bar.stop(),
  };
}

/** A line now and then, for logs; `emit` replaces the line by something else. */
export function createLines(
  title: string,
  total: number,
  unit: string,
  emit: (report: ProgressReport) => void = (report) => writeLine(title, unit, report),
): Progress {
  const measure = meter(total);
  let last = performance.now();
  return {
    update(done, note = '') {
      const report = measure(done, note);
      const due = performance.now() - last > 1000 * SECONDS_BETWEEN_LINES;
      if (!due && done < total) return;
      last = performance.now();
      emit(report);
    },
    stop() {},
  };
}

function writeLine(title: string, unit: string, { done, total, rate, secondsLeft, note }: ProgressReport): void {
  const left = done < total ? `, ${formatLeft(secondsLeft)} left` : '';
  const tail = note && ` | ${note}`;
  process.stderr.write(`${title}: ${done}/${total} ${unit}, ${formatRate(rate)}/s${left}${tail}\n`);
}

/** Rate since the first update, so that work done by an earlier run does not count. */
function meter(total: number): (done: number, note: string) => ProgressReport {
  const start = performance.now();
  let first: number | undefined;
  return (done, note) => {
    first ??= done > 0 ? done - 1 : 0;
    const rate = (done - first) / Math.max(1e-3, (performance.now() - start) / 1000);
    return { done, total, rate, secondsLeft: rate > 0 ? (total - done) / rate : Number.POSITIVE_INFINITY, note };
  };
}

function formatRate(rate: number): string {
  return rate >= 100 ? rate.toFixed(0) : rate.toPrecision(2);
}

function formatLeft(seconds: number): string {
  return Number.isFinite(seconds) ? formatCell(Math.round(seconds), 'seconds') : '?';
}
