import { datasetFolder, mergeParts, PARTS_FOLDER } from '@dyadic/pipeline';
import { formatCell } from '@dyadic/report';
import { defineCommand } from '../command.js';
import { flag, PROFILE } from '../flags.js';

interface Flags {
  readonly profile: string;
  readonly keep?: boolean;
  readonly from?: readonly string[];
}

export const addMerge = defineCommand<Flags>({
  name: 'merge',
  summary: 'join the parts that dyadic generate --shard computed',
  argument: { syntax: '[folder]', meaning: 'the folder of dataset.json, or where the data goes', default: '.' },
  flags: [
    PROFILE,
    flag('--from <folders...>', `folders of the parts (default: all in ${PARTS_FOLDER}/ where the data goes)`),
    flag('--keep', 'keep the parts; those named with --from are kept in any case'),
  ],
  notes: `Every shard is read and checked. The bytes are those of a dataset computed at once on one machine. Merged parts
are removed; one that is still being written, and other files, stay.`,
  examples: ['dyadic merge datasets/nlse-1d --profile paper', 'dyadic merge /data/whole --from /data/a /data/b'],
  async run(path, { profile, from, keep = from !== undefined }, { output, onEvent }) {
    const dataset = await datasetFolder(path, profile);
    const { manifest, parts, adopted: shards } = await mergeParts(dataset, from, { keep, onEvent });
    const { checksum } = manifest;
    const { name, samples } = manifest.recipe;
    const text = `${name}: ${formatCell(samples, 'integer')} samples in ${dataset}, from ${parts.length} parts`;
    output.result(text, { dataset, samples, parts: parts.length, shards, checksum });
  },
});
