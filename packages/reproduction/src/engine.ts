import { type EngineChoice, type Observed, observed, openEngine } from '@dyadic/pipeline';
import { CELL_ENGINES, type Cell, type CellEngine } from './cell.js';

/** What cells are computed on, and what it is called in their keys. */
interface ChosenEngine {
  readonly name: CellEngine;
  readonly engine: NonNullable<EngineChoice['engine']>;
}

/**
 * The engine that a name means. `auto` is the one that `dyadic train` would take for a cell.
 *
 * @param cell - The cell whose network is measured
 */
export async function chooseEngine(
  wanted: CellEngine | 'auto',
  cell: () => Promise<Pick<Cell, 'experiment'>>,
  options: Pick<EngineChoice, 'threads'> & Observed,
): Promise<ChosenEngine> {
  if (wanted !== 'auto') return { name: wanted, engine: wanted };
  const { network, plan } = (await cell()).experiment;
  const workload = { network, batchSize: plan.batchSize };
  const engine = await openEngine({ ...options, engine: 'auto' }, observed(options).onEvent, workload);
  return { name: CELL_ENGINES.find((name) => engine.name.startsWith(name))!, engine };
}
