import { dirname } from 'node:path';
import {
  createFolder,
  type Dataset,
  eachShard,
  elements,
  exportedFields,
  type Field,
  inTemporary,
} from '@dyadic/dataset';
import { ArgumentError } from '@dyadic/errors';
import type { Dataset as Hdf5Dataset } from 'h5wasm';
import { guarded, withHdf5 } from './file.js';

/** Names of columns in the files of the authors' program. */
const PLACES: Readonly<Record<string, string>> = {
  potential: 'Input',
  solution: 'Output',
  density: 'Output',
  chemicalPotential: 'E',
};

const TYPES = { float32: '<f', float64: '<d', int32: '<i', uint32: '<I' } as const;
const ARRAYS = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint32: Uint32Array } as const;

/** Target bytes of a chunk of an array: the size of HDF5's chunk cache. */
const CHUNK_BYTES = 2 ** 20;

/**
 * Exports columns of numbers to one HDF5 file, shard by shard, as arrays of shape (samples, …shape): potentials as `/Input`,
 * solutions or densities as `/Output`, chemical potentials as `/E`, as in the files of the authors' program; others under their
 * own names.
 *
 * @param columns - Default all columns of numbers.
 * @returns the path of the file written
 * @throws ArgumentError for an unknown or repeated column or one of texts, DataError for a damaged shard or a disk error
 */
export async function exportHdf5(
  dataset: Dataset,
  target: string,
  columns: readonly string[] | undefined,
  onShard: (done: number) => void,
): Promise<string[]> {
  const fields = exportedFields(dataset.recipe, columns).filter(({ name, type }) => {
    if (type === 'utf8' && columns)
      throw new ArgumentError('columns', name, 'columns of numbers: HDF5 exports hold no texts');
    return type !== 'utf8';
  });
  await createFolder(dirname(target));
  await inTemporary(target, (temporary) =>
    withHdf5(temporary, 'wx', async (file) => {
      const arrays = fields.map((field) =>
        guarded(target, () => {
          const array = file.create_dataset(description(field, dataset));
          array.resize([dataset.samples, ...field.shape]);
          return array;
        }),
      );
      let [first, done] = [0, 0];
      for await (const [rows, values] of eachShard(dataset, fields)) {
        for (const [i, { name, shape }] of fields.entries()) {
          const ranges = [[first, first + rows], ...shape.map((extent) => [0, extent])];
          guarded(target, () =>
            arrays[i]!.write_slice(ranges as Parameters<Hdf5Dataset['write_slice']>[0], values[name]),
          );
        }
        first += rows;
        onShard(++done);
      }
    }),
  );
  return [target];
}

/** An array that has no rows yet. */
function description(field: Field, { samples, recipe }: Dataset) {
  const { name, shape } = field;
  const type = field.type as keyof typeof TYPES;
  const rowBytes = elements(field) * ARRAYS[type].BYTES_PER_ELEMENT;
  const rows = Math.max(1, Math.min(recipe.shardRows, samples, Math.floor(CHUNK_BYTES / rowBytes)));
  return {
    name: PLACES[name] ?? name,
    data: new ARRAYS[type](0),
    dtype: TYPES[type],
    shape: [0, ...shape],
    maxshape: [samples, ...shape],
    chunks: [rows, ...shape],
  };
}
