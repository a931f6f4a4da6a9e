/** Exports by large libraries, which are loaded when they are called. */
type Exporter = typeof import('./hdf5/export.js').exportHdf5;

/** See `hdf5/export.ts`. */
export const exportHdf5: Exporter = async (...args) => (await import('./hdf5/export.js')).exportHdf5(...args);

/** See `parquet/export.ts`. */
export const exportParquet: Exporter = async (...args) => (await import('./parquet/export.js')).exportParquet(...args);
