import { type Column, formatCell, type Table, type Cell as TableCell, table } from '@dyadic/report';
import type { TableFile, Values, Variable } from '../declarations.js';
import type { Entry } from '../look-up.js';
import type { CellResult } from '../result.js';

/** Headings of what cells differ in. */
export const TITLES: Readonly<Record<Variable, string>> = {
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

/** A column of a result table; one without values is left out. */
interface ResultColumn extends Column {
  readonly values: readonly TableCell[];
  /** Where all rows agree, the column is left out for this remark under the table. */
  readonly remark?: (value: string) => string;
}

/** A table of the paper beside what was computed here. */
export function resultTable(name: string, file: TableFile, entries: readonly Entry[]): Table {
  const summaries = entries.map((entry, i) => summarize(entry, file.rows[i]!.paper.test));
  const columns = resultColumns(file, entries, summaries);
  const agree = ({ remark, values }: ResultColumn) => remark !== undefined && new Set(values).size === 1;
  const shown = columns.filter((column) => !agree(column));
  const remarks = columns
    .filter(agree)
    .map(({ remark, values, format, digits }) =>
      remark!(formatCell(values[0]!, format, { ...(digits && { digits }) })),
    );
  return table({
    caption: /^\d+$/.test(name) ? `Table ${name}: ${file.title}` : file.title,
    columns: shown.map(({ values: _, remark: __, ...column }) => column),
    rows: file.rows.map((_, i) => shown.map(({ values }) => values[i]!)),
    notes: [
      ...(remarks.length > 0 ? [`All rows: ${remarks.join('; ')}.`] : []),
      ...file.notes,
      ...parameterNotes(file, summaries),
    ],
  });
}

function resultColumns(file: TableFile, entries: readonly Entry[], summaries: readonly Summary[]): ResultColumn[] {
  const error = { format: 'error', digits: 2 } as const;
  const of = <T>(f: (summary: Summary, i: number) => T) => summaries.map(f);
  const bests = (f: (best: CellResult) => TableCell) => of(({ best }) => (best ? f(best) : null));
  const printed = (f: (paper: TableFile['rows'][number]['paper']) => number | undefined) =>
    file.rows.map(({ paper }) => f(paper) ?? null);
  const varied = file.varies.map((variable): ResultColumn => {
    const values = file.rows.map(({ paper: _, ...row }) => String({ ...file.common, ...row }[variable] ?? 'ours'));
    return { title: TITLES[variable], values };
  });
  const inCommon = (words: string) => (file.rows.length > 1 ? { remark: (text: string) => `${words} ${text}` } : {});
  const samples = of(({ train }) => train);
  const asPrinted = samples.every((count, i) => count === { ...file.common, ...file.rows[i] }.train);
  const seeds = of(({ done }, i) => `${done.length}/${entries[i]!.seeds.length}`);
  const recipes = of(({ best }) => best?.cell.recipe ?? null);
  const isOurs = file.varies.includes('recipe') || recipes.every((recipe) => recipe === null || recipe === 'ours');
  const several = entries.some((entry) => entry.seeds.length > 1);
  const all: ResultColumn[] = [
    ...varied,
    { title: 'paper', ...error, values: printed(({ test }) => test), ...inCommon('paper’s error') },
    { title: 'test', ...error, values: bests(({ errors }) => errors.test.mean) },
    { title: 'ratio', format: 'ratio', values: of(({ ratio }) => ratio) },
    ...(several
      ? [
          { title: 'median', ...error, values: of(({ median }) => median) },
          { title: 'over seeds', align: 'right' as const, values: of(({ done }) => spreadOver(done)) },
          { title: 'seeds', align: 'right' as const, values: seeds, remark: (text: string) => `${text} seeds done` },
        ]
      : []),
    { title: 'paper, train', ...error, values: printed(({ train }) => train), ...inCommon('paper’s training error') },
    { title: 'train', ...error, values: bests(({ errors }) => errors.train.mean) },
    ...(asPrinted && file.varies.includes('train')
      ? []
      : [
          {
            title: 'samples',
            format: 'integer' as const,
            values: samples,
            remark: (text: string) => `${text} training samples`,
          },
        ]),
    {
      title: 'parameters',
      format: 'integer',
      values: of(({ parameters }) => parameters),
      remark: (text) => `${text} parameters`,
    },
    {
      title: 'epochs × batch',
      align: 'right',
      values: bests(({ epochs, batchSize }) => `${epochs} × ${batchSize}`),
      remark: (text) => text.replace(' × ', ' epochs in batches of '),
    },
    ...(isOurs ? [] : [{ title: 'recipe', values: recipes, remark: (text: string) => `recipe ${text}` }]),
    {
      title: 'revision',
      align: 'right',
      values: of(({ done }) => [...new Set(done.map(({ dataset }) => dataset.revision))].join(', ') || null),
      remark: (text) => `data of revision ${text} of the solver`,
    },
    { title: 'training', format: 'seconds', values: bests(({ times }) => times.training) },
  ];
  const always = ['test', 'training'];
  return all.filter(({ title, values }) => always.includes(title) || values.some((value) => value !== null));
}

/** The least and the largest test error of several seeds; nothing of one. */
function spreadOver(done: readonly CellResult[]): string | null {
  if (done.length < 2) return null;
  const tests = done.map(({ errors }) => errors.test.mean);
  const [least, most] = [Math.min(...tests), Math.max(...tests)].map((x) => formatCell(x, 'error', { digits: 2 }));
  return `${least} to ${most}`;
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

/** `r = 6, K = 5`: values as the paper has them. */
export function describeValues(values: Values): string {
  return Object.entries(values)
    .filter(([key]) => key in TITLES)
    .map(([key, value]) => `${TITLES[key as Variable]} = ${value}`)
    .join(', ');
}

/** Where the paper's parameter count is not that of its own formula. */
function parameterNotes({ rows }: TableFile, summaries: readonly Summary[]): string[] {
  return rows.flatMap(({ paper: { parameters }, ...values }, i) => {
    const ours = summaries[i]!.parameters;
    if (parameters === undefined || parameters === ours) return [];
    const [printed, formula] = [parameters, ours].map((count) => formatCell(count, 'integer'));
    return [`${describeValues(values)}: the paper prints ${printed} parameters; its formula gives ${formula}.`];
  });
}
