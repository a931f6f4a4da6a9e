import type { Json } from '@dyadic/dataset';
import { type Table, table } from '@dyadic/report';
import type { SweepOutcome } from './sweep.js';

/** A table of the runs of a sweep, best first: their entries, chosen epochs and validation errors. */
export function sweepTable({ runs, done }: SweepOutcome): Table {
  const entries = [...new Set(done.flatMap(({ set }) => Object.keys(set)))];
  const [best] = done;
  return table({
    columns: [
      ...entries.map((title) => ({ title })),
      { title: 'chosen epoch', format: 'integer' },
      { title: 'validation ε', format: 'error' },
    ],
    rows: done.map(({ set, bestEpoch, validation }) => [
      ...entries.map((entry) => textOf(set[entry]!)),
      bestEpoch,
      validation,
    ]),
    caption: 'Mean relative error ε of the validation samples, best first',
    notes: [
      ...(best?.status === 'trained' ? [`The best run: ${best.folder}.`] : []),
      ...(done.length < runs
        ? [`${done.length} of the ${runs} runs of the sweep: the others are of other parts.`]
        : []),
      ...(done.some(({ status }) => status === 'diverged') ? ['Runs without an error diverged.'] : []),
    ],
  });
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
