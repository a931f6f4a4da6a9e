/** The command lines that the page gives its readers; a test of the command runs them. */
import type { CellResult } from '../result.js';
import type { Group } from './found.js';

/** Writes the page. */
export const REPORT_COMMAND = 'npx dyadic report';

/** Measures the constants of all finished cells. */
export const CONSTANTS_COMMAND = 'npx dyadic reproduce --constants';

/** With any command that reproduces: results from data of an earlier revision of the solver are recomputed. */
export const RECOMPUTE_OPTION = 'npx dyadic reproduce … --recompute';

/** Compares other models on the same data. */
export const COMPARISON_COMMAND = 'node bench/comparison.mjs --results docs/results';

/** Computes tables, figures or shifts of one scale, preset, engine and number of seeds. */
export function reproduceCommand(
  kind: 'table' | 'figure' | 'shift',
  names: readonly string[],
  { scale, preset, engine, seeds }: Group,
): string {
  const options = [
    `--${kind} ${names.join(' ')}`,
    `--scale ${scale}`,
    `--preset ${preset}`,
    ...(seeds > 1 ? [`--seeds ${seeds}`] : []),
    ...(engine === 'wasm' ? [] : [`--engine ${engine}`]),
  ];
  return `npx dyadic reproduce ${options.join(' ')}`;
}

/** The group that a cell belongs to, by itself. */
export function groupOf({ scale, preset, engine, seed }: CellResult['cell']): Group {
  return { scale, preset, engine, seeds: seed };
}
