/**
 * Files of other programs: one reader per format behind one interface, import into datasets, and export of datasets.
 *
 * @packageDocumentation
 */

export { EXPORT_AS_FORMATS, type ExportAsFormat, type ExportAsOptions, exportAs } from './export-formats.js';
export { exportHdf5, exportParquet } from './exports.js';
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
export { type ImportOptions, type ImportOutcome, importData } from './import/import.js';
export type { ImportedColumn, Precision, SampleAxes, SamplesAxis } from './import/layout.js';
export type { NumberArray } from './numbers.js';
export { holdsArrayFiles, openForeign } from './open.js';
export { type ImportSuggestion, suggestImport } from './suggestion.js';
