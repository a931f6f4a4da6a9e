import { type Cell, type Choices, resolveCell, workOf } from './cell.js';
import type { Declarations, Values } from './declarations.js';
import type { ReproductionEvent } from './events.js';
import { type CellResult, type ResultStore, resultOf } from './result.js';
import { type RunOptions, runCell } from './run-cell.js';

/** A cell that is wanted, and what is known of it. */
export interface Wanted {
  readonly cell: Cell;
  /** Whether the result must hold samples with their predictions. */
  readonly show: boolean;
  result: CellResult | null;
}

/** A row of a table, or a panel of a figure: the same cell from each seed. */
export interface Entry {
  readonly values: Values;
  readonly seeds: readonly Wanted[];
}

export interface LookUpOptions {
  readonly seeds: number;
  readonly show: boolean;
  /** Take no result from data of an earlier revision of the solver. Default false. */
  readonly recompute?: boolean;
  /** Where the preferred recipe has no result, take that of `ours`. Default false. */
  readonly standIns?: boolean;
}

/** Resolves a list of values, for a number of seeds, and looks up what is done. */
export async function lookUp(
  declarations: Declarations,
  store: ResultStore,
  problem: string,
  rows: readonly Values[],
  choices: Omit<Choices, 'seed'> & LookUpOptions,
): Promise<Entry[]> {
  const { seeds, show, recompute = false, standIns = false, ...common } = choices;
  const find = async (values: Values, seed: number): Promise<Wanted> => {
    const cell = await resolveCell(declarations, problem, values, { ...common, seed });
    const found = await store.find(cell, recompute);
    return { cell, show, result: found && show && !found.shown ? null : found };
  };
  const wanted = async (values: Values, seed: number): Promise<Wanted> => {
    const preferred = await find(values, seed);
    if (preferred.result || !standIns || values.recipe || preferred.cell.spec.recipe === 'ours') return preferred;
    const ours = await find({ ...values, recipe: 'ours' }, seed);
    return ours.result ? ours : preferred;
  };
  return Promise.all(
    rows.map(async (values) => ({
      values,
      seeds: await Promise.all(Array.from({ length: seeds }, (_, i) => wanted(values, i + 1))),
    })),
  );
}

/**
 * Computes the cells that have no result yet, one after the other; every finished one is kept at once. A cell that
 * several tables share is computed once.
 */
export async function computeMissing(
  entries: readonly Entry[],
  store: ResultStore,
  {
    recompute = false,
    onEvent = () => {},
    ...options
  }: RunOptions & Pick<LookUpOptions, 'recompute'> & { readonly onEvent?: (event: ReproductionEvent) => void },
): Promise<void> {
  const all = entries.flatMap(({ seeds }) => seeds);
  const queue = [...new Map(all.filter(({ result }) => !result).map((wanted) => [wanted.cell.key, wanted])).values()];
  const start = performance.now();
  let done = 0;
  for (const [i, { cell }] of queue.entries()) {
    const left = queue.slice(i).reduce((sum, wanted) => sum + workOf(wanted.cell), 0);
    const seconds = done > 0 ? (((performance.now() - start) / 1000) * left) / done : null;
    onEvent({ type: 'cell', name: cell.name, number: i + 1, cells: queue.length, secondsLeft: seconds });
    const show = all.some((wanted) => wanted.show && wanted.cell.key === cell.key);
    // Another process may have finished it in the meantime.
    const found = await store.find(cell, recompute);
    const isDone = found && (found.shown || !show);
    const result = isDone ? found : await runCell(cell, show, { ...options, onEvent });
    if (!isDone) await store.save(result);
    for (const wanted of all) if (wanted.cell.key === cell.key) wanted.result = resultOf(wanted.cell, result);
    const { errors, times } = result;
    onEvent({ type: 'cell-done', name: cell.name, testError: errors.test.mean, trainingSeconds: times.training });
    done += workOf(cell);
  }
}
