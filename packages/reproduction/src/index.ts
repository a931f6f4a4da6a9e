/**
 * The paper's tables and figures: declarations, cells, results and the page that is made of them. Private: no other
 * package and no user depends on it, only the command.
 *
 * @packageDocumentation
 */
export { CELL_ENGINES, type CellEngine } from './cell.js';
export { type Declarations, jsonSchemas, readDeclarations } from './declarations.js';
export type { CellDoneEvent, CellEvent, ReproductionEvent } from './events.js';
export type { Wanted } from './look-up.js';
export { writeReport } from './report/report.js';
export { type Reproduced, type ReproduceOptions, type Request, reproduce } from './reproduce.js';
