import { join } from 'node:path';
import { type Dataset, exportDataset } from '@dyadic/dataset';
import { ArgumentError, requireOneOf } from '@dyadic/errors';
import { exportHdf5, exportParquet } from './exports.js';

/** What of a dataset is exported, and where to. */
export interface ExportAsOptions {
  /** The file, or the folder of a format with a file per column. Default: `export…` in the dataset's folder. */
  readonly target?: string;
  /** Names of columns. Default: all that the format can hold. */
  readonly columns?: readonly string[];
  /** `false` writes the tensors of an Arrow stream as plain fixed-size lists. Default true. */
  readonly tensorExtension?: boolean;
  /** Called with the number of shards that were read. */
  readonly onShard?: (done: number) => void;
}

/** How a format is written, and what its file or folder is called unless a target is given. */
interface ExportKind {
  readonly target: string;
  write(dataset: Dataset, target: string, options: ExportAsOptions): Promise<string[]>;
}

/** The formats that datasets are exported to. Another one is an entry here. */
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

export type ExportAsFormat = keyof typeof EXPORTS;
export const EXPORT_AS_FORMATS = Object.keys(EXPORTS) as readonly ExportAsFormat[];

/**
 * Writes a dataset, shard by shard, in one of the formats that other programs read: `arrow-stream`, `npy`, `hdf5`, `parquet`.
 *
 * @returns The files written.
 * @throws ArgumentError for an unknown format or column, and for `tensorExtension` where there is none; DataError for a
 * damaged shard or disk trouble
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
