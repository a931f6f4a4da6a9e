import type { CellResult } from '../src/result.js';

const SPLIT = { samples: 100, mean: 1e-3, median: 1e-3, worst: 1e-2, worstSample: 3 };

/** A result of a cell, for tests of what is made of results. */
export function cellResult(cell: Partial<CellResult['cell']>, more: Partial<CellResult> = {}): CellResult {
  const errors = { train: { ...SPLIT, samples: 50 }, validation: SPLIT, test: SPLIT };
  return {
    name: '',
    key: '',
    cell: {
      problem: 'kohn-sham-1d',
      preset: 'paper',
      scale: 'laptop',
      recipe: 'ours',
      wells: 2,
      train: 16000,
      channels: 6,
      kernelLayers: 6,
      seed: 1,
      engine: 'wasm',
      ...cell,
    },
    dataset: { checksum: '', generator: '', revision: '' },
    parameters: 1,
    epochs: 20,
    batchSize: 10,
    bestEpoch: 20,
    errors,
    curve: [],
    times: { training: 7, solver: null, networkBatch: 1, networkSingle: 1 },
    machine: { cores: 2, node: '', engine: '' },
    ...more,
  };
}
