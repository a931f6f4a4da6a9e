/**
 * The paper's tables and figures: declarations, cells, results and the page that is made of them. Private: no other
 * package and no user depends on it, only the command.
 *
 * @packageDocumentation
 */
export { CELL_ENGINES, defaultPreset, resolveCell } from './cell.js';
export { constantTable, measureConstants, readConstants } from './constants.js';
export {
  type Declarations,
  entryOf,
  jsonSchemas,
  type ProblemFile,
  readDeclarations,
  scalesOf,
  type Values,
} from './declarations.js';
export type { CellDoneEvent, CellEvent, ReproductionEvent } from './events.js';
export { writeReport } from './report/report.js';
export { findTables } from './report/report-found.js';
export { readComparison } from './report/report-parts.js';
export { resultRows, resultTable } from './report/summary.js';
export { computeMissing, type Entry, lookUp, type Wanted } from './reproduce.js';
export { ResultStore } from './result.js';
export type { RunOptions } from './run-cell.js';
export { selection } from './selection.js';
export { measureShifts, readShifts, shiftTable } from './shift.js';
