import { verifyDataset } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import { formatCell } from '@dyadic/report';
import type { Command } from 'commander';
import { action } from './context.js';

export function addVerify(program: Command): void {
  program
    .command('verify')
    .description('read a whole dataset and name everything that is wrong with it')
    .argument('<folder>', 'the folder of manifest.json, such as datasets/nlse-1d/data/quick')
    .addHelpText('after', '\nExamples:\n  dyadic verify datasets/nlse-1d/data/quick')
    .action(
      action<object>(async (folder, _options, output) => {
        const { manifest, problems } = await verifyDataset(folder);
        for (const { file, problem } of problems) output.warn(`${file}: ${problem}`);
        if (problems.length > 0) {
          const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
          throw new DataError(folder, `${count} found; dyadic generate --repair redoes damaged shards`);
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
