import { join } from 'node:path';
import { EXPORT_FORMATS, exportDataset, openDataset } from '@dyadic/dataset';
import { ArgumentError, requireOneOf } from '@dyadic/errors';
import { exportHdf5, exportParquet } from '@dyadic/interchange';
import { formatCell } from '@dyadic/report';
import type { Command } from 'commander';
import { action, datasetFolder, profileOption } from './context.js';
import { exportRun } from './export-run.js';

const FORMATS = [...EXPORT_FORMATS, 'hdf5', 'parquet', 'onnx', 'tensorboard'] as const;

/** Where an export goes in the dataset's folder unless it is told. */
const TARGETS = {
  'arrow-stream': 'export.arrows',
  npy: 'export-npy',
  hdf5: 'export.h5',
  parquet: 'export.parquet',
} as const;

interface Options {
  readonly profile: string;
  readonly format: string;
  readonly out?: string;
  readonly columns?: string;
  readonly plain?: boolean;
}

export function addExport(program: Command): void {
  program
    .command('export')
    .description('write a dataset or a run in a format that other programs read')
    .argument('[folder]', 'the folder of dataset.json, or of manifest.json; for onnx and tensorboard a run folder', '.')
    .addOption(profileOption())
    .option('-f, --format <name>', `one of ${FORMATS.join(', ')}`, 'arrow-stream')
    .option(
      '-o, --out <path>',
      'the file, or for npy the folder (default: export… in the dataset, model.onnx in the run)',
    )
    .option('-c, --columns <names>', 'columns, separated by commas (default: all that the format can hold)')
    .option('--plain', 'arrow-stream: tensors as plain fixed-size lists, for readers that do not know the extension')
    .addHelpText(
      'after',
      `
Examples:
  dyadic export datasets/nlse-1d --format npy --out /tmp/nlse
  dyadic export datasets/nlse-1d --columns potential,solution --plain --out /tmp/nlse.arrows
  dyadic export datasets/nlse-1d --format hdf5 --out /tmp/nlse.h5
  dyadic export apps/nlse-1d/runs/quick --format onnx --out /tmp/nlse.onnx`,
    )
    .action(
      action<Options>(async (path, options, output) => {
        const format = requireOneOf('--format', options.format, FORMATS);
        if (options.plain && format !== 'arrow-stream') {
          throw new ArgumentError('--plain', format, 'the format arrow-stream: no other has the tensor extension');
        }
        if (format === 'onnx' || format === 'tensorboard') return exportRun(path, { ...options, format }, output);
        const folder = await datasetFolder(path, options.profile);
        const dataset = await openDataset(folder);
        const names = dataset.recipe.fields.map(({ name }) => name);
        const columns = options.columns?.split(',').map((name) => requireOneOf('--columns', name, names));
        const target = options.out ?? join(folder, TARGETS[format]);
        const progress = output.progress(`export ${dataset.recipe.name}`, dataset.manifest.shards.length, 'shards');
        const onShard = (done: number) => progress.update(done);
        const write = () => {
          if (format === 'hdf5') return exportHdf5(dataset, target, columns, onShard);
          if (format === 'parquet') return exportParquet(dataset, target, columns, onShard);
          const tensorExtension = options.plain ? { tensorExtension: false } : {};
          return exportDataset(dataset, target, { format, ...(columns && { columns }), ...tensorExtension, onShard });
        };
        const files = await write().finally(() => progress.stop());
        const text = `${dataset.recipe.name}: ${formatCell(dataset.samples, 'integer')} samples in ${files.join(', ')}`;
        output.result(text, { dataset: folder, format, samples: dataset.samples, files });
      }),
    );
}
