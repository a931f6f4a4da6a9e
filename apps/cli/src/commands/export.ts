import { openDataset } from '@dyadic/dataset';
import { ArgumentError } from '@dyadic/errors';
import { EXPORT_AS_FORMATS, type ExportAsFormat, exportAs } from '@dyadic/interchange';
import { datasetFolder } from '@dyadic/pipeline';
import { formatCell } from '@dyadic/report';
import { defineCommand } from '../command.js';
import { choiceFlag, flag, PROFILE, readFlag } from '../flags.js';

interface Flags {
  readonly profile: string;
  readonly format: ExportAsFormat;
  readonly out?: string;
  readonly columns?: readonly string[];
  readonly plain?: boolean;
}

export const addExport = defineCommand<Flags>({
  name: 'export',
  summary: 'write a dataset in a format that other programs read',
  argument: { syntax: '[folder]', meaning: 'the folder of dataset.json, or of manifest.json', default: '.' },
  flags: [
    PROFILE,
    choiceFlag('-f, --format <name>', 'what is written', EXPORT_AS_FORMATS, 'arrow-stream'),
    flag('-o, --out <path>', 'the file, or for npy the folder (default: export… in the dataset)'),
    readFlag(
      '-c, --columns <names>',
      'columns, separated by commas (default: all that the format can hold)',
      (_, text) => text.split(','),
    ),
    flag('--plain', 'arrow-stream: tensors as plain fixed-size lists, for readers that do not know the extension'),
  ],
  examples: [
    'dyadic export datasets/nlse-1d --format npy --out /tmp/nlse',
    'dyadic export datasets/nlse-1d --columns potential,solution --plain --out /tmp/nlse.arrows',
    'dyadic export datasets/nlse-1d --format hdf5 --out /tmp/nlse.h5',
  ],
  words: { columns: '--columns' },
  async run(path, { profile, format, out, columns, plain }, { output }) {
    if (plain && format !== 'arrow-stream') {
      throw new ArgumentError('--plain', format, 'the format arrow-stream: no other has the tensor extension');
    }
    const folder = await datasetFolder(path, profile);
    const dataset = await openDataset(folder);
    const { samples, recipe, manifest } = dataset;
    const progress = output.progress(`export ${recipe.name}`, manifest.shards.length, 'shards');
    const files = await exportAs(dataset, format, {
      target: out,
      columns,
      tensorExtension: plain ? false : undefined,
      onShard: (done) => progress.update(done),
    }).finally(() => progress.stop());
    const text = `${recipe.name}: ${formatCell(samples, 'integer')} samples in ${files.join(', ')}`;
    output.result(text, { dataset: folder, format, samples, files });
  },
});
