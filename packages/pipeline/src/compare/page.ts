import { basename, dirname } from 'node:path';
import type { Json } from '@dyadic/dataset';
import { lineFigure, PALETTE, page, type Table, table } from '@dyadic/report';
import type { ComparedRun, Comparison } from './compare.js';

/** Most distinguishable curves of a figure: each color solid, then each dashed. */
const MOST_CURVES = 2 * PALETTE.length;

/** Names of the runs in figures and tables: without their common folder, if they have one. */
function namesOf(runs: readonly string[]): { readonly folder: string | null; name(run: string): string } {
  const folders = new Set(runs.map((run) => dirname(run)));
  const [folder] = folders;
  if (folders.size !== 1 || runs.length === 1) return { folder: null, name: (run) => run };
  return { folder: folder!, name: (run) => basename(run) };
}

/** A table of the runs, best first: the entries in which they differ, and their errors. */
export function comparisonTable({ runs, empty, entries, incomparable }: Comparison): Table {
  const { folder, name } = namesOf([...runs.map(({ run }) => run), ...empty]);
  return table({
    columns: [
      { title: 'run' },
      ...entries.map((title) => ({ title })),
      { title: 'parameters', format: 'integer' },
      { title: 'epochs (chosen)', align: 'right' },
      { title: 'validation ε', format: 'error' },
      { title: 'test ε', format: 'error' },
      { title: 'training', format: 'seconds' },
    ],
    rows: runs.map((one) => [
      name(one.run),
      ...entries.map((entry) => cell(one.differing[entry])),
      one.parameters,
      `${one.epochs}${one.finished ? '' : ' so far'} (${one.bestEpoch})`,
      one.validation,
      one.test,
      one.seconds,
    ]),
    caption: 'Mean relative error ε, eq (4.1), of the parameters that the validation split chose; best first',
    notes: [
      ...(folder === null ? [] : [`Runs of ${folder}.`]),
      ...(incomparable.length > 0
        ? [`Errors are of different samples (${incomparable.join(', ')}) and say little about each other.`]
        : []),
      ...(empty.length > 0 ? [`Without a checkpoint yet: ${empty.map(name).join(', ')}.`] : []),
      ...(runs.some(({ test }) => test === null) ? ['Test errors are those that dyadic evaluate measured.'] : []),
    ],
  });
}

function cell(value: Json | undefined): string | null {
  if (value === undefined) return null;
  return typeof value === 'string' ? shortened(value) : JSON.stringify(value);
}

/** Abbreviates hashes to 12 digits. */
function shortened(text: string): string {
  return /^[0-9a-f]{64}$/.test(text) ? text.slice(0, 12) : text;
}

/** The learning curves of the best 14 runs at most, as one `<svg>` element; null if no run has a validation error yet. */
export async function comparisonFigure({ runs, empty }: Comparison): Promise<string | null> {
  const { name } = namesOf([...runs.map(({ run }) => run), ...empty]);
  const measured = runs.filter(({ validation }) => validation !== null).slice(0, MOST_CURVES);
  if (measured.length === 0) return null;
  return lineFigure({
    series: measured.map(({ run, history }, index) => {
      const points = history.filter(({ validation }) => validation !== null);
      return {
        name: name(run),
        x: points.map(({ epoch }) => epoch),
        y: points.map(({ validation }) => validation),
        color: PALETTE[index % PALETTE.length]!,
        stroke: index < PALETTE.length ? 'solid' : 'dashed',
      } as const;
    }),
    x: { title: 'epoch' },
    y: { title: 'validation ε', scale: 'log' },
    description: 'Mean relative error of the validation samples by epoch, a line for each run',
  });
}

/** The table and the learning curves as one self-contained HTML document. */
export async function comparisonPage(comparison: Comparison): Promise<string> {
  const svg = await comparisonFigure(comparison);
  const shown = Math.min(MOST_CURVES, comparison.runs.filter((run: ComparedRun) => run.validation !== null).length);
  const which = shown < comparison.runs.length ? `the best ${shown} of ${comparison.runs.length} runs` : 'all runs';
  return page({
    title: `${comparison.runs.length} runs`,
    sections: [
      { heading: 'Runs', tables: [comparisonTable(comparison)] },
      ...(svg === null
        ? []
        : [
            {
              heading: 'Learning curves',
              figures: [{ svg, caption: `Mean relative error of the validation samples by epoch, of ${which}.` }],
            },
          ]),
    ],
  });
}
