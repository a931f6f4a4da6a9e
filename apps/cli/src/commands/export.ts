import { join } from 'node:path';
import { EXPORT_FORMATS, type ExportFormat, exportDataset, openDataset } from '@dyadic/dataset';
import { requireOneOf } from '@dyadic/errors';
import { formatCell } from '@dyadic/report';
import type { Command } from 'commander';
import { action, datasetFolder, profileOption } from './context.js';

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
    .description('write a dataset in a format that other programs read')
    .argument('[folder]', 'the folder of dataset.json, or of manifest.json', '.')
    .addOption(profileOption())
    .option('-f, --format <name>', `one of ${EXPORT_FORMATS.join(', ')}`, 'arrow-stream')
    .option('-o, --out <path>', 'the file, or for npy the folder (default: export.arrows or export-npy in the dataset)')
    .option('-c, --columns <names>', 'columns, separated by commas (default: all)')
    .option('--plain', 'tensors as plain fixed-size lists, for readers that do not know the tensor extension')
    .addHelpText(
      'after',
      `
Examples:
  dyadic export datasets/nlse-1d --format npy --out /tmp/nlse
  dyadic export datasets/nlse-1d --columns potential,solution --plain --out /tmp/nlse.arrows`,
    )
    .action(
      action<Options>(async (path, options, output) => {
        const format: ExportFormat = requireOneOf('--format', options.format, [...EXPORT_FORMATS]);
        const folder = await datasetFolder(path, options.profile);
        const dataset = await openDataset(folder);
        const target = options.out ?? join(folder, format === 'npy' ? 'export-npy' : 'export.arrows');
        const progress = output.progress(`export ${dataset.recipe.name}`, dataset.manifest.shards.length, 'shards');
        const files = await exportDataset(dataset, target, {
          format,
          ...(options.columns !== undefined && { columns: options.columns.split(',') }),
          ...(options.plain && { tensorExtension: false }),
          onShard: (done) => progress.update(done),
        }).finally(() => progress.stop());
        const text = `${dataset.recipe.name}: ${formatCell(dataset.samples, 'integer')} samples in ${files.join(', ')}`;
        output.result(text, { dataset: folder, format, samples: dataset.samples, files });
      }),
    );
}
