import { readdir } from 'node:fs/promises';
import { isShard, MANIFEST_FILE, unreadable, verifyDataset } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import { RECIPE_FILE } from '@dyadic/pipeline';
import { formatCell } from '@dyadic/report';
import type { Command } from 'commander';
import { action, datasetFolder, profileOption } from './context.js';

interface Options {
  readonly profile: string;
}

export function addVerify(program: Command): void {
  program
    .command('verify')
    .description('read a whole dataset and name everything that is wrong with it')
    .argument('<folder>', 'the folder of dataset.json, or of manifest.json')
    .addOption(profileOption())
    .addHelpText(
      'after',
      `
Examples:
  dyadic verify datasets/nlse-1d
  dyadic verify datasets/nlse-1d/data/paper`,
    )
    .action(
      action<Options>(async (path, { profile }, output) => {
        const folder = await datasetFolder(path, profile);
        await requireTraces(folder);
        const { manifest, problems } = await verifyDataset(folder);
        for (const { file, problem } of problems) output.warn(`${file}: ${problem}`);
        const generator = manifest?.recipe.generator.name;
        if (problems.length > 0) {
          const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
          throw new DataError(folder, `${count} found`, {
            remedy: { code: 'repair', folder, ...(generator !== undefined && { generator }) },
          });
        }
        const { samples } = manifest!.recipe;
        const text = `${folder}: ${formatCell(samples, 'integer')} samples in ${manifest!.shards.length} shards, all as written`;
        output.result(text, {
          dataset: folder,
          samples,
          shards: manifest!.shards.length,
          checksum: manifest!.checksum,
        });
      }),
    );
}

/** Refuses a folder in which there is nothing to repair: neither a manifest nor a shard. */
async function requireTraces(folder: string): Promise<void> {
  const names = await readdir(folder).catch((cause) => {
    throw unreadable(folder, cause);
  });
  if (!names.some((name) => name === MANIFEST_FILE || isShard(name))) {
    throw new DataError(folder, `holds no dataset; expected the folder of ${MANIFEST_FILE} or of ${RECIPE_FILE}`);
  }
}
