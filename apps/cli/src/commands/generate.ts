import { resolve } from 'node:path';
import { generate, parseOverride, parsePart, type RecipeOverrides, resolveRecipe } from '@dyadic/pipeline';
import { formatCell } from '@dyadic/report';
import type { Command } from 'commander';
import { eventsTo } from '../output/events.js';
import { interruptible, problemOption, problemsOf, profileOption, wholeNumberOption } from './context.js';

interface Options {
  readonly profile: string;
  readonly workers?: string;
  readonly samples?: string;
  readonly set?: readonly string[];
  readonly out?: string;
  readonly repair?: boolean;
  readonly shard?: string;
  readonly problem?: readonly string[];
}

export function addGenerate(program: Command): void {
  program
    .command('generate')
    .description('compute the samples of a dataset')
    .argument('[folder]', 'the folder of dataset.json', '.')
    .addOption(profileOption())
    .option('-w, --workers <count>', 'worker threads (default: one per core)')
    .option('-s, --set <entry=value>', 'replace an entry of the recipe: a variant; may be given several times', collect)
    .option('-n, --samples <count>', 'short for --set samples=<count>')
    .option('-o, --out <folder>', 'where the data goes (default: data/<profile>[+entry=value…] beside dataset.json)')
    .option('--repair', 'read all finished shards and redo those that are damaged or missing')
    .addOption(problemOption())
    .option('--shard <k/n>', 'compute part k of n only, into parts/<k>-of-<n>; dyadic merge joins them')
    .addHelpText(
      'after',
      `
Finished shards are never computed again: stop it at any time, run it again, and the bytes are the same.

Examples:
  dyadic generate datasets/nlse-1d
  dyadic generate datasets/nlse-1d --profile paper --workers 8
  dyadic generate datasets/kohn-sham-1d --set potential.wells=5 --set potential.preset=localized
  dyadic generate datasets/nlse-1d --samples 100 --out /tmp/few
  dyadic generate datasets/nlse-1d --profile paper --shard 2/7
  dyadic generate examples/darcy --problem examples/darcy/darcy.mjs`,
    )
    .action(
      interruptible<Options>(async (folder, options, { output, signal }) => {
        const workers = options.workers === undefined ? undefined : wholeNumberOption('--workers', options.workers);
        const part = options.shard === undefined ? undefined : parsePart('--shard', options.shard);
        const resolved = await resolveRecipe(folder, options.profile, overridesOf(options), await problemsOf(options));
        const out = options.out ?? resolved.folder;
        const run = {
          out,
          signal,
          onEvent: eventsTo(output),
          repair: options.repair ?? false,
          ...(workers && { workers }),
          ...(part && { part }),
        };
        const { manifest, samples: total, computed, seconds, folder: written } = await generate(resolved, run);
        const what = `${manifest.recipe.name}: ${formatCell(total, 'integer')} samples in ${resolve(written)}`;
        const rate = `${formatCell(computed, 'integer')} computed in ${formatCell(seconds, 'seconds')}, ${Math.round(computed / seconds)} samples/s`;
        output.result(computed > 0 ? `${what} (${rate})` : `${what} are up to date`, {
          dataset: written,
          samples: total,
          computed,
          seconds,
          checksum: manifest.checksum,
        });
      }),
    );
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

function overridesOf({ set = [], samples }: Options): RecipeOverrides {
  const overrides = Object.assign({}, ...set.map((text) => parseOverride('--set', text)));
  return samples === undefined ? overrides : { ...overrides, samples: wholeNumberOption('--samples', samples) };
}
