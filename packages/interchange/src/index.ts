/**
 * Other programs' files beside Dyadic datasets: one reader a format behind one contract, and exports.
 *
 * @packageDocumentation
 */
export { arrayFor, type Fitting, fits, fittingTo } from './fitting.js';
export {
  type ArrayDescription,
  type AxisOrder,
  ForeignArray,
  ForeignFile,
  type ReadOptions,
  shapeText,
} from './foreign.js';
export { KINDS, type OpenOptions } from './formats.js';
export { exportHdf5 } from './hdf5/export.js';
export { type ImportOptions, type ImportOutcome, importData } from './import/import.js';
export type { ImportedColumn, Precision, SampleAxes, SamplesAxis } from './import/layout.js';
export type { NumberArray } from './numbers.js';
export { openForeign } from './open.js';
export { exportParquet } from './parquet/export.js';
