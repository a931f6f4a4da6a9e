/** What the preferred recipes gain over `ours`, on the cells that have both. */
import { formatCell, type Table, table } from '@dyadic/report';
import { recipeOf } from '../cell.js';
import type { Declarations } from '../declarations.js';
import type { CellResult, ResultStore } from '../result.js';
import { entriesOf, type Found, isOfPaper } from './found.js';
import type { Part } from './part.js';

/** A cell of a preferred recipe and the same cell with `ours`. */
interface Pair {
  readonly preferred: CellResult;
  readonly ours: CellResult;
}

/** Cells of the paper's tables that were computed with both recipes; null where none was. */
export async function preferredPart(
  declarations: Declarations,
  store: ResultStore,
  found: readonly Found[],
): Promise<Part | null> {
  const pairs = await pairsOf(declarations, store, found);
  if (pairs.length === 0) return null;
  const gains = pairs
    .map(({ preferred, ours }) => ours.errors.test.mean / preferred.errors.test.mean)
    .sort((a, b) => a - b);
  const [least, median, most] = [gains[0]!, gains[Math.floor(gains.length / 2)]!, gains.at(-1)!];
  const [a, b, c] = [least, median, most].map((gain) => formatCell(gain, 'ratio'));
  return {
    heading: 'What the preferred recipes gain',
    paragraphs: [
      `At equal network, data and sample evaluations the error of ours over that of the preferred recipe is ${a} to ${c}, in the median ${b}, of ${pairs.length} ${pairs.length === 1 ? 'cell' : 'cells'}.`,
    ],
    tables: [preferredTable(pairs)],
  };
}

async function pairsOf(declarations: Declarations, store: ResultStore, found: readonly Found[]): Promise<Pair[]> {
  const pairs = new Map<string, Pair>();
  for (const { name, file, group, entries } of found) {
    const problem = declarations.problems[file.problem]!;
    if (!isOfPaper(name)) continue;
    const done = entries.filter(({ seeds }) => seeds.some(({ result }) => result && result.cell.recipe !== 'ours'));
    const changed = done.filter(({ values }) => !values.recipe && recipeOf(problem, values, group.preset) !== 'ours');
    const rows = changed.map(({ values }) => ({ ...values, recipe: 'ours' }));
    const before = await entriesOf(declarations, store, file.problem, rows, group);
    changed.forEach(({ seeds }, i) => {
      seeds.forEach(({ result: preferred }, seed) => {
        const ours = before[i]!.seeds[seed]!.result;
        if (preferred && ours) pairs.set(preferred.key, { preferred, ours });
      });
    });
  }
  return [...pairs.values()];
}

function preferredTable(pairs: readonly Pair[]): Table {
  const error = { format: 'error', digits: 2 } as const;
  return table({
    columns: [
      { title: 'problem' },
      { title: 'preset' },
      { title: 'scale' },
      { title: 'n_g', format: 'integer' },
      { title: 'r', format: 'integer' },
      { title: 'K', format: 'integer' },
      { title: 'recipe' },
      { title: 'test', ...error },
      { title: 'ours', ...error },
      { title: 'gain', format: 'ratio' },
    ],
    rows: pairs.map(({ preferred: { cell, errors }, ours }) => [
      cell.problem,
      cell.preset,
      cell.scale,
      cell.wells,
      cell.channels,
      cell.kernelLayers,
      cell.recipe,
      errors.test.mean,
      ours.errors.test.mean,
      ours.errors.test.mean / errors.test.mean,
    ]),
  });
}
