import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MANIFEST_FILE } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import { mergeParts, PARTS_FOLDER, partOfFolder } from '@dyadic/pipeline';
import { formatCell } from '@dyadic/report';
import type { Command } from 'commander';
import { eventsTo } from '../output/events.js';
import { action, datasetFolder, profileOption } from './context.js';

interface Options {
  readonly profile: string;
  readonly keep?: boolean;
  readonly from?: readonly string[];
}

export function addMerge(program: Command): void {
  program
    .command('merge')
    .description('join the parts that dyadic generate --shard computed')
    .argument('[folder]', 'the folder of dataset.json, or where the data goes', '.')
    .addOption(profileOption())
    .option('--from <folders...>', `folders of the parts (default: all in ${PARTS_FOLDER}/ where the data goes)`)
    .option('--keep', 'keep the parts; those named with --from are kept in any case')
    .addHelpText(
      'after',
      `
Every shard is read and checked. The bytes are those of a dataset computed at once on one machine. Parts that were joined
are removed; one that is still being written, and other files, stay.

Examples:
  dyadic merge datasets/nlse-1d --profile paper
  dyadic merge /data/whole --from /data/a /data/b`,
    )
    .action(
      action<Options>(async (path, { profile, from, keep = from !== undefined }, output) => {
        const folder = await datasetFolder(path, profile);
        const parts = from ?? (await partFolders(folder));
        const { manifest, adopted } = await mergeParts(folder, parts, { keep, onEvent: eventsTo(output) });
        const { name, samples } = manifest.recipe;
        output.result(`${name}: ${formatCell(samples, 'integer')} samples in ${folder}, from ${parts.length} parts`, {
          dataset: folder,
          samples,
          parts: parts.length,
          shards: adopted,
          checksum: manifest.checksum,
        });
      }),
    );
}

/** Folders that hold a part: the others are somebody else's, or hold no shard yet. */
async function partFolders(folder: string): Promise<string[]> {
  const parts = join(folder, PARTS_FOLDER);
  const entries = await readdir(parts, { withFileTypes: true }).catch((cause) => {
    throw new DataError(parts, 'holds no parts', { cause, remedy: { code: 'generate-parts', folder } });
  });
  const holdsPart = (name: string) => partOfFolder(name) !== undefined && existsSync(join(parts, name, MANIFEST_FILE));
  const folders = entries.filter((entry) => entry.isDirectory() && holdsPart(entry.name)).map(({ name }) => name);
  return folders.sort((a, b) => partOfFolder(a)!.part - partOfFolder(b)!.part).map((name) => join(parts, name));
}
