import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dyadic, EXPERIMENT, KOHN_SHAM, RECIPE, workspace } from './fixtures.js';
import { dyadicHere, expectRefusal } from './in-process.js';

describe('a wrong recipe is refused, naming file, entry, value and what was expected', () => {
  it.each<[object, RegExp]>([
    [{ potential: { ...RECIPE.potential, wells: 0 } }, /dataset\.json: potential\.wells is 0; expected/],
    [{ solver: { ...RECIPE.solver, beta: 'ten' } }, /dataset\.json: solver\.beta is 'ten'; expected number/],
    [{ seed: -1 }, /dataset\.json: seed is -1; expected/],
    [{ equation: 'heat' }, /dataset\.json: equation is 'heat'; expected one of 'nlse', 'kohn-sham'/],
    [
      { potential: { preset: 'localized', wells: 2 } },
      /potential\.preset is 'localized'; expected one of 'paper', 'ref/,
    ],
    [{ potential: { ...RECIPE.potential, depth: 10 } }, /potential\.depth is 10; expected no depth: eq \(4\.4\)/],
    [{ solver: { ...RECIPE.solver, electrons: 2 } }, /dataset\.json: solver is .*; unknown entry 'electrons'/],
    [{ ...KOHN_SHAM, solver: { beta: 10 } }, /dataset\.json: solver is .*; unknown entry 'beta'/],
    [{ ...KOHN_SHAM, solver: { electrons: 0 } }, /dataset\.json: solver\.electrons is 0; expected number to be >=1/],
    [
      { ...KOHN_SHAM, solver: { electrons: 64 } },
      /dataset\.json: options\.electrons is 64; expected an integer from 1 to/,
    ],
    [{ ...KOHN_SHAM, potential: { preset: 'paper', wells: 40 } }, /potential\.wells is 40; expected few enough wells/],
    [
      { ...KOHN_SHAM, potential: { preset: 'paper', wells: 2, depth: 1e-14 } },
      /sample \d+ did not converge in 10 draws \(last: degenerate, residual \S+ after \d+ iterations\)$/m,
    ],
    [{ profiles: { quick: { samples: 0, shardRows: 8 } } }, /dataset\.json: profiles\.quick\.samples is 0; expected/],
    [{ sede: 1 }, /unknown entry 'sede'/],
    [{ potential: { ...RECIPE.potential, strength: [4, 1] } }, /potential\.strength\[1\] is 1/],
    [
      { solver: { ...RECIPE.solver, maxIterations: 1 } },
      /sample \d+ did not converge in 10 draws \(last: max-iterations/,
    ],
    [
      { grid: { dimension: 1, points: 77 } },
      /dataset\.json: FFT size is 77; expected a product of powers of 2, 3 and 5/,
    ],
  ])('%o', async (recipe, message) => {
    const { data } = await workspace({ recipe });
    await expectRefusal(dyadicHere('generate', data), message);
  });

  it('that is not there, or is no JSON', async () => {
    await expectRefusal(dyadicHere('generate', '/nowhere'), /^error: \/nowhere\/dataset\.json: does not exist/);
    const { data } = await workspace();
    await writeFile(join(data, 'dataset.json'), '{ "name": ');
    await expectRefusal(dyadicHere('generate', data), /dataset\.json: is not JSON/);
  });
});

describe('a wrong experiment is refused', () => {
  const { quick } = EXPERIMENT.profiles;
  const training = (changes: object) => ({
    profiles: { quick: { ...quick, training: { ...quick.training, ...changes } } },
  });
  it.each<[object, RegExp]>([
    [{ network: { ...EXPERIMENT.network, points: 60 } }, /network\.points is 60; expected a multiple of 2\^levels = 8/],
    [{ network: { ...EXPERIMENT.network, chanels: 2 } }, /network\.chanels/],
    [{ normalization: { input: 'minmax', output: 'mean' } }, /normalization\.input is 'minmax'/],
    [training({ optimizer: { name: 'adamax' } }), /optimizer\.name is 'adamax'/],
    [training({ schedule: { learningRate: 0 } }), /schedule\.learningRate is 0/],
    [training({ epochs: undefined }), /training\.epochs is undefined/],
    [training({ optimizer: null }), /training\.optimizer is null/],
    [training({ validateEvry: 5 }), /training\.validateEvry/],
    [{ network: { ...EXPERIMENT.network, channels: 1e6 } }, /network\.channels is 1000000/],
  ])('%o', async (experiment, message) => {
    const { app } = await workspace({ experiment });
    await expectRefusal(dyadicHere('train', app), message);
  });
});

describe('wrong usage', () => {
  it.each<[string[], number, RegExp]>([
    [['generate', '--wrokers', '2'], 2, /unknown option '--wrokers'/],
    [['paint'], 2, /unknown command 'paint'/],
    [['verify'], 2, /missing required argument 'folder'/],
    [['generate', '.', '--workers', 'two'], 2, /--workers is 'two'; expected an integer/],
    [['generate', '.', '--samples', ''], 2, /--samples is ''; expected an integer/],
    [['generate', '.', '--samples', '0'], 2, /--samples is 0; expected an integer of at least 1/],
    [['generate', '.', '--shard', '8/7'], 2, /--shard is '8\/7'; expected k\/n with 1 ≤ k ≤ n/],
    [['generate', '.', '--shard', '../..'], 2, /--shard is '\.\.\/\.\.'/],
    [['merge', '/nowhere'], 1, /\/nowhere\/parts: holds no parts/],
    [['generate', '.', '--set', 'wells'], 2, /--set is 'wells'; expected entry=value, such as potential\.wells=5/],
    [['generate', '.', '--set', 'seed=../..'], 2, /--set is 'seed=\.\.\/\.\.'; expected entry=value/],
    [['train', '--threads', 'NaN'], 2, /--threads is 'NaN'; expected an integer of at least 1/],
    [['export', '--format', 'bogus'], 2, /--format is 'bogus'; expected one of 'arrow-stream'/],
    [['export', '--format', 'npy', '--plain'], 2, /--plain is 'npy'; expected the format arrow-stream/],
    [['reproduce', '/nowhere'], 1, /\/nowhere\/problems: does not exist/],
    [['predict', 'run', '--out', 'x'], 2, /--input <path> is missing: what to predict from/],
    [['inspect', '/nowhere'], 1, /\/nowhere: does not exist/],
  ])('%o', async (args, code, message) => {
    const run = await dyadicHere(...args);
    expect([run.code, run.stderr]).toEqual([code, expect.stringMatching(message)]);
  });

  const windows = process.platform === 'win32';
  if (windows) console.log('skipped: Windows has no pipes in folders');

  it.skipIf(windows)('a pipe, in which nothing comes, is not waited for', async () => {
    const { root } = await workspace();
    spawnSync('mkfifo', [join(root, 'checkpoint.safetensors')]);
    const refused = /checkpoint\.safetensors: is not a file/;
    await expectRefusal(dyadicHere('inspect', join(root, 'checkpoint.safetensors')), refused);
    await expectRefusal(dyadicHere('inspect', root), refused);
  });

  it('a negative time between checkpoints', async () => {
    const { app } = await workspace();
    await expectRefusal(
      dyadicHere('train', app, '--checkpoint-seconds', '-1'),
      /--checkpoint-seconds is -1; expected/,
      2,
    );
  });

  it('a column that a dataset does not have', async () => {
    const { data } = await workspace();
    await dyadicHere('generate', data);
    await expectRefusal(
      dyadicHere('export', data, '--columns', 'potential,psi'),
      /--columns is 'psi'; expected one of 'potential', .*'solution'/,
      2,
    );
  });

  it.each([
    ['--wrokers', "unknown option '--wrokers'"],
    ['--workers=two', "--workers is 'two'"],
  ])('in JSON where --json is asked for: %s', async (argument, message) => {
    const { code, stdout, stderr } = await dyadicHere('generate', argument, '--json');
    expect([code, stderr]).toEqual([2, '']);
    expect(JSON.parse(stdout)).toMatchObject({ event: 'error', message: expect.stringContaining(message) });
  });

  it('as a process: help is no error, no command is one', async () => {
    expect(await dyadic('--help')).toMatchObject({ code: 0, stderr: '' });
    expect(await dyadic()).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Usage: dyadic') });
    const { code, stdout } = await dyadic('--json');
    expect([code, JSON.parse(stdout)]).toEqual([2, { event: 'error', code: 'usage', message: expect.any(String) }]);
  });

  it('a profile that leads out of the folder', async () => {
    const { data } = await workspace({ recipe: { profiles: { '../../up': { samples: 8, shardRows: 8 } } } });
    await expectRefusal(
      dyadicHere('generate', data, '--profile', '../../up'),
      /cannot have a profile '\.\.\/\.\.\/up'/,
    );
  });

  it('--fresh forgets nothing when the new run cannot begin', async () => {
    const { data, app } = await workspace();
    await dyadicHere('generate', data);
    await dyadicHere('train', app);
    const checkpoint = join(app, 'runs/quick/checkpoint.safetensors');
    const before = await readFile(checkpoint);
    await expectRefusal(dyadicHere('train', app, '--fresh', '--engine', 'abacus'), /--engine is 'abacus'/, 2);
    expect(await readFile(checkpoint)).toEqual(before);
  });

  it('an engine that is not there', async () => {
    const { app } = await workspace(); // without data: what is typed is looked at first
    await expectRefusal(
      dyadicHere('train', app, '--engine', 'abacus'),
      /--engine is 'abacus'; expected one of 'auto', 'wasm', 'webgpu', 'tensorflow'/,
      2,
    );
  });
});
