/**
 * `npm run bench:recipes`: what helps on the hard maps, at equal network, data and sample evaluations. Trials and maps stand in
 * `bench/recipes/trials.json`; each trial changes one thing of the recipe with which the paper's tables are reproduced.
 *
 *   npm run bench:recipes -- --map "nlse-1d authors" [--trial <name> …] [--data <folder>] [--results docs/results/recipes]
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readDeclarations } from '@dyadic/reproduction';
import { dataOf, runTrial } from './recipes/trial.mjs';

const { values: options } = parseArgs({
  options: {
    map: { type: 'string', multiple: true },
    trial: { type: 'string', multiple: true },
    data: { type: 'string', default: join(tmpdir(), 'dyadic-recipes') },
    results: { type: 'string', default: 'docs/results/recipes' },
    trials: { type: 'string', default: 'bench/recipes/trials.json' },
  },
});
const { maps, trials } = JSON.parse(readFileSync(options.trials, 'utf8'));
const fileOf = (map, trial) => join(options.results, `${map}--${trial}.json`.replaceAll(/[ :]/g, '-'));

const { problems } = await readDeclarations('apps/reproduce');
for (const name of options.map ?? []) {
  const map = maps[name];
  const file = problems[map.problem];
  let raw;
  for (const trial of options.trial ?? Object.keys(trials)) {
    const path = fileOf(name, trial);
    if (existsSync(path)) continue;
    raw ??= await dataOf(map, problems, options.data);
    const result = await runTrial(map, file, file.recipes.ours, trials[trial], raw);
    mkdirSync(options.results, { recursive: true });
    writeFileSync(path, `${JSON.stringify({ map: name, trial, ...result })}\n`);
    const { test, train } = result.errors;
    console.log(
      name,
      '|',
      trial,
      '|',
      test.mean.toExponential(2),
      train.mean.toExponential(2),
      `${result.trainingSeconds.toFixed(0)} s`,
      JSON.stringify(result.averaged),
    );
  }
}
