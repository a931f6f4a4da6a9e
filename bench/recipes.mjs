/**
 * `npm run bench:recipes`: what helps on the hard maps, at equal network, data and sample evaluations. Maps and trials stand in
 * `bench/recipes/trials.json`; each trial changes a thing or two of the recipe `ours` with which the paper's tables are reproduced.
 *
 *   npm run bench:recipes -- --map "nlse-1d authors" [--trial <name> …] [--work <folder>] [--results docs/results/recipes]
 *
 * A trial is one thread and one file in the folder of work: several processes may share one (`bench/recipes/all.sh`). Trials that are
 * there are not done again. In the end what is there is written to the folder of results, with its page; with no map, that alone.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { table, tableMarkdown } from '@dyadic/report';
import { readDeclarations } from '@dyadic/reproduction';
import { dataOf, runTrial } from './recipes/trial.mjs';

const { values: options } = parseArgs({
  options: {
    map: { type: 'string', multiple: true, default: [] },
    trial: { type: 'string', multiple: true },
    work: { type: 'string', default: join(tmpdir(), 'dyadic-recipes') },
    results: { type: 'string' },
  },
});
const { maps, trials } = JSON.parse(readFileSync('bench/recipes/trials.json', 'utf8'));
/** Gains below this may be chance. */
const CLEAR = 1.1;
/** The recipe as it is, from any seed. */
const isBase = (trial) => trial.startsWith('as it was');
const trialFolder = join(options.work, 'trials');
const nameOf = (...words) => `${words.join('--').replaceAll(/[ :,]+/g, '-')}.json`;

const { problems } = await readDeclarations('apps/reproduce');
for (const name of options.map) {
  const map = maps[name];
  const file = problems[map.problem];
  let raw;
  for (const trial of options.trial ?? Object.keys(trials)) {
    const path = join(trialFolder, nameOf(name, trial));
    if (existsSync(path)) continue;
    raw ??= await dataOf(map, problems, join(options.work, 'data'));
    const result = await runTrial(map, file, file.recipes.ours, trials[trial], raw);
    mkdirSync(trialFolder, { recursive: true });
    writeFileSync(path, `${JSON.stringify({ map: name, trial, ...result })}\n`);
    console.log(
      `${name}, ${trial}: test ε ${result.errors.test.mean.toExponential(2)}, ${result.trainingSeconds.toFixed(0)} s`,
    );
  }
}
if (options.results) writePage(options.results);

/** Adds the trials of the folder of work to the results, one file a map, and writes the page. */
function writePage(folder) {
  mkdirSync(folder, { recursive: true });
  const done = existsSync(trialFolder) ? readdirSync(trialFolder).map((name) => readJson(join(trialFolder, name))) : [];
  const parts = [
    '# What helps on the hard maps',
    'Made by `npm run bench:recipes`. Each row changes what its name says of the recipe `ours`, and no more; network, data, seed and sample evaluations are equal but where the row says otherwise. Gain: the test error of the recipe as it is over that of the trial. Between seeds errors differ by some 5 %. Mean of 16: the test error when the prediction is the mean of those in 16 positions of the torus (`inPositions`), which takes 16 times as long; of the first 500 test samples. CPU seconds of one thread, some of them on a machine whose threads shared cores.',
  ];
  for (const [name, map] of Object.entries(maps)) {
    const path = join(folder, nameOf(name));
    const known = existsSync(path) ? readJson(path) : [];
    const fresh = done.filter((one) => one.map === name);
    const all = [...known.filter((one) => !fresh.some(({ trial }) => trial === one.trial)), ...fresh];
    const base = all.find(({ trial }) => trial === 'as it was');
    if (!base) continue;
    all.sort((a, b) => a.errors.test.mean - b.errors.test.mean);
    writeFileSync(path, `[\n${all.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`);
    parts.push(`## ${name}`, aboutMap(map, base), tableMarkdown(trialTable(all, base)), verdict(all, base));
    if (map.wantedGain) parts.push(goal(map.wantedGain, all, base));
  }
  parts.push('## Outside', ...outside());
  writeFileSync(join(folder, 'README.md'), `${parts.join('\n\n')}\n`);
}

function aboutMap(
  { problem, preset, wells, channels, kernelLayers, splits, evaluations },
  { parameters, steps, batch },
) {
  return `${problem}, preset ${preset}, n_g = ${wells}, r = ${channels}, K = ${kernelLayers}: ${parameters.toLocaleString('en')} parameters, ${splits.train.toLocaleString('en')} training samples, ${evaluations.toLocaleString('en')} sample evaluations (${steps.toLocaleString('en')} steps of ${batch}).`;
}

function trialTable(all, base) {
  const isSized = all.some(({ parameters }) => parameters !== base.parameters);
  return table({
    columns: [
      { title: 'trial' },
      { title: 'test', format: 'error' },
      { title: 'gain', format: 'ratio' },
      { title: 'train', format: 'error' },
      { title: 'mean of 16', format: 'error' },
      ...(isSized ? [{ title: 'parameters', format: 'integer' }] : []),
      { title: 'CPU', format: 'seconds' },
    ],
    rows: all.map(({ trial, errors, averaged, trainingSeconds, parameters }) => [
      trial,
      errors.test.mean,
      base.errors.test.mean / errors.test.mean,
      errors.train.mean,
      averaged?.[16] ?? null,
      ...(isSized ? [parameters] : []),
      trainingSeconds,
    ]),
  });
}

/** Trials that were made elsewhere, as they were written down. */
function outside() {
  const { how, maps } = readJson('bench/recipes/outside.json');
  const spec = {
    columns: [
      { title: 'map' },
      { title: 'trial' },
      { title: 'test', format: 'error' },
      { title: 'gain', format: 'ratio' },
    ],
    rows: maps.flatMap(({ map, trials }) =>
      trials.map(({ trial, test }, i) => [i === 0 ? map : '', trial, test, trials[0].test / test]),
    ),
  };
  return [how, tableMarkdown(table(spec))];
}

/** What the numbers say, from the numbers. */
function verdict(all, base) {
  const gain = ({ errors }) => base.errors.test.mean / errors.test.mean;
  const trials = all.filter(({ trial }) => !isBase(trial));
  const clear = trials.filter((one) => gain(one) >= CLEAR);
  const named = clear.slice(0, 3).map((one) => `“${one.trial}” (${gain(one).toFixed(2)})`);
  const positions = base.averaged?.[16]
    ? `The mean of 16 positions gains ${(base.averaged[1] / base.averaged[16]).toFixed(2)}.`
    : '';
  const of = `Of ${trials.length} trial${trials.length === 1 ? '' : 's'} ${clear.length || 'none'} gain${clear.length > 1 ? '' : 's'} at least ${CLEAR}`;
  return `${of}${clear.length > 0 ? `: ${named.join(', ')}${clear.length > 3 ? ' and more' : ''}` : ''}. ${positions}`.trim();
}

/** Whether a gain that is wanted at no more parameters is reached: by one prediction, and by the mean of 16 of the first 500 samples. */
function goal(wanted, all, base) {
  const fair = all.filter(({ trial, parameters, steps, batch }) => {
    return !isBase(trial) && parameters <= base.parameters && steps * batch <= base.steps * base.batch;
  });
  const says = (errorOf, today) => {
    const found = fair.filter((one) => errorOf(one) !== undefined);
    if (found.length === 0) return 'was not tried';
    const least = found.reduce((a, b) => (errorOf(a) <= errorOf(b) ? a : b));
    const [error, parameters] = [errorOf(least), least.parameters.toLocaleString('en')];
    const reached = error <= today / wanted ? 'is reached by' : 'is not reached; nearest is';
    return `${reached} “${least.trial}” with ${parameters} parameters: ${error.toExponential(2)}, ${(error / today).toFixed(2)} of ${today.toExponential(2)}`;
  };
  const one = says(({ errors }) => errors.test.mean, base.errors.test.mean);
  const sixteen = says(({ averaged }) => averaged?.[16], base.averaged?.[1]);
  return `Wanted: 1/${wanted} of the test error of the recipe as it is, at no more parameters and sample evaluations. By one prediction this ${one}. By the mean of 16 positions, against one prediction of the same samples, it ${sixteen}.`;
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}
