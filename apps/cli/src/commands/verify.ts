import { verifyDataset } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import { datasetFolder } from '@dyadic/pipeline';
import { formatCell } from '@dyadic/report';
import { defineCommand } from '../command.js';
import { PROFILE } from '../flags.js';

export const addVerify = defineCommand<{ readonly profile: string }>({
  name: 'verify',
  summary: 'read a whole dataset and name everything that is wrong with it',
  argument: { syntax: '<folder>', meaning: 'the folder of dataset.json, or of manifest.json' },
  flags: [PROFILE],
  examples: ['dyadic verify datasets/nlse-1d', 'dyadic verify datasets/nlse-1d/data/paper'],
  async run(path, { profile }, { output }) {
    const folder = await datasetFolder(path, profile);
    const { manifest, problems } = await verifyDataset(folder);
    for (const { file, problem } of problems) output.warn(`${file}: ${problem}`);
    if (problems.length > 0) {
      const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
      const generator = manifest?.recipe.generator.name;
      throw new DataError(folder, `${count} found`, { remedy: { code: 'repair', folder, generator } });
    }
    const { recipe, shards, checksum } = manifest!;
    const { samples } = recipe;
    const text = `${folder}: ${formatCell(samples, 'integer')} samples in ${shards.length} shards; all checksums match`;
    output.result(text, { dataset: folder, samples, shards: shards.length, checksum });
  },
});
