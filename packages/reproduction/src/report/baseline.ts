/** The baseline of every map: a constant prediction. Where solutions hardly vary, any network has a small error. */
import { formatCell, table } from '@dyadic/report';
import type { Cell } from '../cell.js';
import { type Constant, constantOf, SAMPLES } from '../constants.js';
import { CONSTANTS_COMMAND } from './commands.js';
import { doneOf, type Found } from './found.js';
import type { Part } from './part.js';
import { summarize } from './summary.js';

/** A constant's error below this makes a map so nearly constant that the page warns of its ratios. */
const NEARLY_CONSTANT = 0.02;

/** Data of one kind that networks were trained on. */
export interface Kind {
  /** One of its cells. */
  readonly cell: Cell;
  /** Least test error of any network. */
  readonly best: { readonly error: number; readonly scale: string };
  /** Least error that the paper prints; null when it prints none. */
  readonly paper: number | null;
  /** Mean error of a constant; null while it is not measured. */
  readonly constant: number | null;
  /** Of the solver's residual; null where the problem has none. */
  readonly tolerance: number | null;
}

/** The kinds of data of all finished cells. */
export function kindsOf(found: readonly Found[], constants: readonly Constant[]): Kind[] {
  const kinds = new Map<string, Kind>();
  for (const one of found) {
    for (const i of doneOf(one)) {
      const { cell } = one.entries[i]!.seeds[0]!;
      const { problem, preset, wells, scale } = cell.spec;
      const key = [problem, preset, wells].join();
      const known = kinds.get(key);
      const error = summarize(one.entries[i]!, undefined).best!.errors.test.mean;
      const printed = [known?.paper ?? null, one.file.rows[i]!.paper.test ?? null].filter((value) => value !== null);
      kinds.set(key, {
        cell,
        best: known && known.best.error <= error ? known.best : { error, scale },
        paper: printed.length > 0 ? Math.min(...printed) : null,
        constant: constantOf(cell, constants)?.mean ?? null,
        tolerance: toleranceOf(cell),
      });
    }
  }
  return [...kinds.values()];
}

function toleranceOf({ dataset: { recipe } }: Cell): number | null {
  const solver = recipe.problem.solver;
  const tolerance = typeof solver === 'object' && solver !== null && 'tolerance' in solver ? solver.tolerance : null;
  return typeof tolerance === 'number' ? tolerance : null;
}

/** Errors of a constant beside those of the networks; null while nothing is done. */
export function baselinePart(kinds: readonly Kind[]): Part | null {
  if (kinds.length === 0) return null;
  const measured = kinds.filter(({ constant }) => constant !== null);
  const missing = kinds.length - measured.length;
  const flat = measured.filter(({ constant }) => constant! < NEARLY_CONSTANT);
  const named = flat.map(({ cell: { spec }, constant }) => {
    return `${spec.problem}, preset ${spec.preset}, n_g = ${spec.wells} (${formatCell(constant, 'error', { digits: 2 })})`;
  });
  const rows = measured.map(({ cell: { spec }, constant, paper, best }) => [
    spec.problem,
    spec.preset,
    spec.wells,
    constant,
    paper,
    best.error,
    best.scale,
    constant! / best.error,
  ]);
  const error = { format: 'error', digits: 2 } as const;
  const columns = [
    { title: 'problem' },
    { title: 'preset' },
    { title: 'n_g', format: 'integer' as const },
    { title: 'constant', ...error },
    { title: 'paper, least', ...error },
    { title: 'network, least', ...error },
    { title: 'scale' },
    { title: 'constant / network', format: 'ratio' as const },
  ];
  return {
    heading: 'Baseline: a constant prediction',
    paragraphs: [
      `How hard is each map? A constant, the mean of ${SAMPLES} samples, has these mean test errors on ${SAMPLES} others.`,
      ...(named.length > 0
        ? [
            `A constant is already within ${100 * NEARLY_CONSTANT} % for ${named.join('; ')}. There a small error, or a small ratio to the paper’s, means little.`,
          ]
        : []),
      ...(missing > 0
        ? [`Not measured yet for ${missing} of ${kinds.length} kinds of data: ${CONSTANTS_COMMAND}`]
        : []),
    ],
    tables: rows.length > 0 ? [table({ columns, rows })] : [],
  };
}
