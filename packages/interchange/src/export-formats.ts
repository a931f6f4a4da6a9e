import { join } from 'node:path';
import { type Dataset, exportDataset } from '@dyadic/dataset';
import { ArgumentError, requireOneOf } from '@dyadic/errors';
import { exportHdf5, exportParquet } from './exports.js';

/** Options of {@link exportAs}. */
export interface ExportAsOptions {
  /**
   * The file, or for `npy` the folder. Default: `export.arrows`, `export-npy`, `export.h5` or `export.parquet` in the dataset's
   * folder.
   */
  readonly target?: string;
  /** Names of columns. Default: all that the format can store. */
  readonly columns?: readonly string[];
  /** `false` writes the tensors of an Arrow stream as plain fixed-size lists. Default: as in the recipe. */
  readonly tensorExtension?: boolean;
  /** Called with the number of shards done. */
  readonly onShard?: (done: number) => void;
}

/** The writer of a format, and the default name of its file or folder. */
interface ExportKind {
  readonly target: string;
  write(dataset: Dataset, target: string, options: ExportAsOptions): Promise<string[]>;
}

/** The formats of exports. To add one, add an entry. */
const EXPORTS = {
  'arrow-stream': {
    target: 'export.arrows',
    write: (dataset, target, options) => exportDataset(dataset, target, { ...options, format: 'arrow-stream' }),
  },
  npy: {
    target: 'export-npy',
    write: (dataset, target, options) => exportDataset(dataset, target, { ...options, format: 'npy' }),
  },
  hdf5: {
    target: 'export.h5',
    write: (dataset, target, { columns, onShard = () => {} }) => exportHdf5(dataset, target, columns, onShard),
  },
  parquet: {
    target: 'export.parquet',
    write: (dataset, target, { columns, onShard = () => {} }) => exportParquet(dataset, target, columns, onShard),
  },
} as const satisfies Record<string, ExportKind>;

/** A format of {@link exportAs}. */
export type ExportAsFormat = keyof typeof EXPORTS;
/** The formats of {@link exportAs}. */
export const EXPORT_AS_FORMATS = Object.keys(EXPORTS) as readonly ExportAsFormat[];

/**
 * Exports a dataset, shard by shard, to a format that other programs read: `arrow-stream`, `npy`, `hdf5` or `parquet`. Replaces
 * existing files.
 *
 * @returns the paths of the files written
 * @throws ArgumentError for an unknown format or column, a column that the format cannot store, and for `tensorExtension` with a
 * format other than `arrow-stream`; DataError for a damaged shard or a disk error
 */
export async function exportAs(
  dataset: Dataset,
  format: ExportAsFormat,
  options: ExportAsOptions = {},
): Promise<string[]> {
  const kind: ExportKind = EXPORTS[requireOneOf('format', format, EXPORT_AS_FORMATS)];
  if (options.tensorExtension !== undefined && format !== 'arrow-stream') {
    throw new ArgumentError('tensorExtension', format, 'the format arrow-stream: no other has the tensor extension');
  }
  const names = dataset.recipe.fields.map(({ name }) => name);
  for (const column of options.columns ?? []) requireOneOf('columns', column, names);
  return kind.write(dataset, options.target ?? join(dataset.path, kind.target), options);
}
