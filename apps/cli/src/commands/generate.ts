import { resolve } from 'node:path';
import { generate, type Part, parseOverride, parsePart, resolveRecipe } from '@dyadic/pipeline';
import { formatCell } from '@dyadic/report';
import { defineCommand } from '../command.js';
import { countFlag, flag, PROBLEM, PROFILE, type ProblemFlag, problemsOf, readFlag, repeatedFlag } from '../flags.js';

interface Flags extends ProblemFlag {
  readonly profile: string;
  readonly workers?: number;
  readonly samples?: number;
  readonly set?: readonly string[];
  readonly out?: string;
  readonly repair?: boolean;
  readonly shard?: Part;
}

export const addGenerate = defineCommand<Flags>({
  name: 'generate',
  summary: 'compute the samples of a dataset',
  argument: { syntax: '[folder]', meaning: 'the folder of dataset.json', default: '.' },
  flags: [
    PROFILE,
    countFlag('-w, --workers <count>', 'worker threads (default: one per core)'),
    repeatedFlag('-s, --set <entry=value>', 'replace an entry of the recipe: a variant'),
    countFlag('-n, --samples <count>', 'short for --set samples=<count>'),
    flag('-o, --out <folder>', 'where the data goes (default: data/<profile>[+entry=value…] beside dataset.json)'),
    flag('--repair', 'read all finished shards and recompute those that are damaged or missing'),
    PROBLEM,
    readFlag('--shard <k/n>', 'compute part k of n only, into parts/<k>-of-<n>; dyadic merge joins them', parsePart),
  ],
  notes:
    'Finished shards are never recomputed. Stop it at any time: rerunning resumes and produces byte-identical data.',
  examples: [
    'dyadic generate datasets/nlse-1d',
    'dyadic generate datasets/nlse-1d --profile paper --workers 8',
    'dyadic generate datasets/kohn-sham-1d --set potential.wells=5 --set potential.preset=localized',
    'dyadic generate datasets/nlse-1d --samples 100 --out /tmp/few',
    'dyadic generate datasets/nlse-1d --profile paper --shard 2/7',
    'dyadic generate examples/darcy --problem examples/darcy/darcy.mjs',
  ],
  resumes: true,
  async run(folder, flags, { output, onEvent, signal }) {
    const { profile, workers, samples, set = [], repair, shard: part } = flags;
    const replaced = Object.assign({}, ...set.map((text) => parseOverride('--set', text)));
    const overrides = samples === undefined ? replaced : { ...replaced, samples };
    const recipe = await resolveRecipe(folder, profile, overrides, await problemsOf(flags));
    const out = flags.out ?? recipe.folder;
    const done = await generate(recipe, { out, signal, onEvent, repair, workers, part });
    const { manifest, computed, seconds, folder: dataset } = done;
    const what = `${manifest.recipe.name}: ${formatCell(done.samples, 'integer')} samples in ${resolve(dataset)}`;
    const rate = `${formatCell(computed, 'integer')} computed in ${formatCell(seconds, 'seconds')}, ${Math.round(computed / seconds)} samples/s`;
    output.result(computed > 0 ? `${what} (${rate})` : `${what} are up to date`, {
      dataset,
      samples: done.samples,
      computed,
      seconds,
      checksum: manifest.checksum,
    });
  },
});
