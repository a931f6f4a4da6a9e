import { formatCell, type Table, table } from '@dyadic/report';
import type { TableFile, Values, Variable } from '../declarations.js';
import type { Entry } from '../reproduce.js';
import type { CellResult } from '../result.js';

/** Headings of what cells differ in. */
const TITLES: Readonly<Record<Variable, string>> = {
  train: 'N_train',
  wells: 'n_g',
  channels: 'r',
  kernelLayers: 'K',
  recipe: 'recipe',
};

/** What the seeds of an entry make together. */
export interface Summary {
  readonly parameters: number;
  /** Training samples at this scale. */
  readonly train: number;
  readonly done: readonly CellResult[];
  /** The result that the validation split prefers; null when none is there yet. */
  readonly best: CellResult | null;
  /** Median of the test errors over the seeds. */
  readonly median: number | null;
  /** Test error of the best, relative to the paper's. */
  readonly ratio: number | null;
}

export function summarize(entry: Entry, paper: number | undefined): Summary {
  const done = entry.seeds.flatMap(({ result }) => (result ? [result] : []));
  const by = (f: (result: CellResult) => number) => [...done].sort((a, b) => f(a) - f(b));
  const best = by(({ errors }) => errors.validation.mean)[0] ?? null;
  const sorted = by(({ errors }) => errors.test.mean);
  const { network, splits } = entry.seeds[0]!.cell.experiment;
  return {
    parameters: network.parameterCount,
    train: splits.train,
    done,
    best,
    median: sorted[Math.floor((sorted.length - 1) / 2)]?.errors.test.mean ?? null,
    ratio: best && paper ? best.errors.test.mean / paper : null,
  };
}

/** A table of the paper beside what was computed here. */
export function resultTable(name: string, file: TableFile, entries: readonly Entry[]): Table {
  const summaries = entries.map((entry, i) => summarize(entry, file.rows[i]!.paper.test));
  const rows = file.rows.map(({ paper, ...values }, i) => {
    const { parameters, train, done, best, median, ratio } = summaries[i]!;
    return [
      ...file.varies.map((variable) => cellOf(variable, { ...file.common, ...values })),
      train,
      paper.test ?? null,
      best?.errors.test.mean ?? null,
      ratio,
      median,
      `${done.length}/${entries[i]!.seeds.length}`,
      paper.train ?? null,
      best?.errors.train.mean ?? null,
      parameters,
      best ? `${best.epochs} × ${best.batchSize}` : null,
      best?.times.training ?? null,
    ];
  });
  return table({
    caption: /^\d+$/.test(name) ? `Table ${name}: ${file.title}` : file.title,
    columns: [
      ...file.varies.map((variable) => ({ title: TITLES[variable] })),
      { title: 'samples', format: 'integer' },
      { title: 'paper', format: 'error', digits: 2 },
      { title: 'test', format: 'error', digits: 2 },
      { title: 'ratio', format: 'ratio' },
      { title: 'median', format: 'error', digits: 2 },
      { title: 'seeds', align: 'right' },
      { title: 'paper, train', format: 'error', digits: 2 },
      { title: 'train', format: 'error', digits: 2 },
      { title: 'parameters', format: 'integer' },
      { title: 'epochs × batch', align: 'right' },
      { title: 'training', format: 'seconds' },
    ],
    rows,
    notes: [...file.notes, ...parameterNotes(file, summaries)],
  });
}

/** The same for programs. */
export function resultRows(file: TableFile, entries: readonly Entry[]): object[] {
  return file.rows.map(({ paper, ...values }, i) => {
    const { parameters, train, done, best, median, ratio } = summarize(entries[i]!, paper.test);
    const seeds = done.map(({ cell, errors, epochs, bestEpoch, times }) => ({
      seed: cell.seed,
      train: errors.train.mean,
      validation: errors.validation.mean,
      test: errors.test.mean,
      epochs,
      bestEpoch,
      seconds: times.training,
    }));
    return {
      ...file.common,
      ...values,
      samples: train,
      parameters,
      paper,
      seeds,
      best: best?.cell.seed,
      median,
      ratio,
    };
  });
}

function cellOf(variable: Variable, values: Values): string {
  return String(values[variable] ?? 'ours');
}

/** Where the paper's parameter count is not that of its own formula. */
function parameterNotes({ rows }: TableFile, summaries: readonly Summary[]): string[] {
  return rows.flatMap(({ paper: { parameters }, ...values }, i) => {
    const ours = summaries[i]!.parameters;
    if (parameters === undefined || parameters === ours) return [];
    const which = Object.entries(values).map(([key, value]) => `${TITLES[key as Variable]} = ${value}`);
    const [printed, formula] = [parameters, ours].map((count) => formatCell(count, 'integer'));
    return [
      `${which.join(', ')}: the paper prints ${printed} parameters; the formula that gives all its others gives ${formula}.`,
    ];
  });
}
