/**
 * Other programs' files beside Dyadic datasets: HDF5 and Parquet written, HDF5 read.
 *
 * @packageDocumentation
 */
export { exportHdf5 } from './hdf5/export.js';
export { type ImportOptions, importHdf5, type Precision, SAMPLES_AXES, type SamplesAxis } from './hdf5/import.js';
export { exportParquet } from './parquet/export.js';
