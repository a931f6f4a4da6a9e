import { formatCell } from '@dyadic/report';
import type { ReproductionEvent } from '@dyadic/reproduction';
import type { Output } from './output.js';
import type { Progress } from './progress.js';

/** Puts what the library tells into words, bars and lines. */
export function eventsTo(output: Output): (event: ReproductionEvent) => void {
  const bars = new Map<string, Progress>();
  return (event) => {
    switch (event.type) {
      case 'progress': {
        const title = `${event.task} ${event.name}`;
        const bar = bars.get(title) ?? output.progress(title, event.total, event.unit);
        bars.set(title, bar);
        return bar.update(event.done, event.note);
      }
      case 'progress-end': {
        const title = `${event.task} ${event.name}`;
        bars.get(title)?.stop();
        bars.delete(title);
        return;
      }
      case 'engine': {
        const why = event.passedOver.length > 0 ? `; passed over: ${event.passedOver.join(', ')}` : '';
        return output.info(`engine: ${event.description}${why}`);
      }
      case 'resumed':
        return output.info(`resuming: ${event.done} of ${event.total} ${event.unit} are done`);
      case 'run':
        return output.info(`run ${event.number} of ${event.runs}: ${event.folder}`);
      case 'waiting':
        return output.info(`waiting for ${event.holder}, which writes to ${event.folder}`);
      case 'kept':
        return output.info(`kept ${event.folder}: ${event.reason}`);
      case 'warning':
        return output.warn(event.message);
      case 'cell': {
        const left = event.secondsLeft;
        const time = left === null ? '' : `, about ${formatCell(Math.round(left), 'seconds')} left for all`;
        return output.info(`cell ${event.number} of ${event.cells}${time}: ${event.name}`);
      }
      case 'cell-done': {
        const error = formatCell(event.testError, 'error');
        return output.info(`test error ${error}, ${formatCell(event.trainingSeconds, 'seconds')} of training`);
      }
      default:
        event satisfies never;
    }
  };
}
