/** Exports that use large libraries; loads a library when it is first used. */
type Exporter = typeof import('./hdf5/export.js').exportHdf5;

/**
 * Exports columns of numbers to one HDF5 file, shard by shard, as arrays of shape (samples, …shape): potentials as `/Input`,
 * solutions or densities as `/Output`, chemical potentials as `/E`, as in the files of the authors' program; others under their
 * own names.
 *
 * The arguments are the dataset, the file, the names of columns (default all columns of numbers), and a function called with the
 * number of shards done. Returns the paths of the files written.
 *
 * @throws ArgumentError for an unknown or repeated column or one of texts, DataError for a damaged shard or a disk error
 */
export const exportHdf5: Exporter = async (...args) => (await import('./hdf5/export.js')).exportHdf5(...args);

/**
 * Exports columns to one uncompressed Parquet file, shard by shard: scalars as plain columns, tensors as row-major lists, with
 * their shapes as JSON under `dyadic.shapes` in the metadata.
 *
 * The arguments are the dataset, the file, the names of columns (default all), and a function called with the number of shards
 * done. Returns the paths of the files written.
 *
 * @throws ArgumentError for an unknown or repeated column, DataError for a damaged shard or a disk error
 */
export const exportParquet: Exporter = async (...args) => (await import('./parquet/export.js')).exportParquet(...args);
