import { openDataset } from '@dyadic/dataset';
import { ArgumentError } from '@dyadic/errors';
import { EXPORT_AS_FORMATS, exportAs } from '@dyadic/interchange';
import { datasetFolder } from '@dyadic/pipeline';
import { formatCell } from '@dyadic/report';
import { defineCommand } from '../command.js';
import { choiceFlag, flag, PROFILE, readFlag } from '../flags.js';
import { exportRun, RUN_FORMATS } from './export-run.js';

const FORMATS = [...EXPORT_AS_FORMATS, ...RUN_FORMATS] as const;

interface Flags {
  readonly profile: string;
  readonly format: (typeof FORMATS)[number];
  readonly out?: string;
  readonly columns?: readonly string[];
  readonly plain?: boolean;
}

export const addExport = defineCommand<Flags>({
  name: 'export',
  summary: 'write a dataset or a run in a format that other programs read',
  argument: {
    syntax: '[folder]',
    meaning: 'the folder of dataset.json, or of manifest.json; for onnx and tensorboard a run folder',
    default: '.',
  },
  flags: [
    PROFILE,
    choiceFlag('-f, --format <name>', 'what is written', FORMATS, 'arrow-stream'),
    flag(
      '-o, --out <path>',
      'the file, or for npy the folder (default: export… in the dataset, model.onnx or tensorboard in the run)',
    ),
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
    'dyadic export apps/nlse-1d/runs/quick --format onnx --out /tmp/nlse.onnx',
  ],
  words: { columns: '--columns' },
  async run(path, { profile, format, out, columns, plain }, { output }) {
    if (plain && format !== 'arrow-stream') {
      throw new ArgumentError('--plain', format, 'the format arrow-stream: no other has the tensor extension');
    }
    if (format === 'onnx' || format === 'tensorboard') return exportRun(path, { format, out, columns }, output);
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
