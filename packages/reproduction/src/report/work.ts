import { type Table, table } from '@dyadic/report';
import type { CellResult } from '../result.js';
import { grouped } from './found.js';

/** Errors of one network at several scales, the least work first. Null where no network has two. */
export function workTable(results: readonly CellResult[]): Table | null {
  const plain = results.filter(({ cell: { recipe, seed } }) => recipe === 'ours' && seed === 1);
  const groups = grouped(plain, ({ cell }) => {
    const { problem, preset, wells, train, channels, kernelLayers, engine } = cell;
    return [problem, preset, wells, train, channels, kernelLayers, engine].join();
  });
  const several = [...groups.values()].filter((group) => group.length > 1);
  if (several.length === 0) return null;
  const rows = several.flatMap((group) =>
    group
      .map((result) => ({ ...result, evaluations: result.epochs * result.errors.train.samples }))
      .sort((a, b) => a.evaluations - b.evaluations)
      .map(({ cell, errors, evaluations, times }) => [
        cell.problem,
        cell.preset,
        cell.wells,
        cell.channels,
        cell.kernelLayers,
        errors.train.samples,
        evaluations,
        errors.train.mean,
        errors.test.mean,
        times.training,
      ]),
  );
  return table({
    columns: [
      { title: 'problem' },
      { title: 'preset' },
      { title: 'n_g', format: 'integer' },
      { title: 'r', format: 'integer' },
      { title: 'K', format: 'integer' },
      { title: 'samples', format: 'integer' },
      { title: 'evaluations', format: 'integer' },
      { title: 'train', format: 'error', digits: 2 },
      { title: 'test', format: 'error', digits: 2 },
      { title: 'training', format: 'seconds' },
    ],
    rows,
    notes: [
      'Evaluations: sample evaluations, passes of one sample through the network with its gradient; epochs × training samples.',
    ],
  });
}
