import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDataset } from '@dyadic/dataset';
import { describe, expect, it } from 'vitest';
import { contents, dyadic, finished, start, workspace } from './fixtures.js';

describe('generate → train → evaluate', () => {
  it('runs on a fresh folder, prints a table, writes a page, and is up to date the second time', async () => {
    const { data, app } = await workspace();
    const generated = await dyadic('generate', data);
    expect(generated).toMatchObject({ code: 0, stdout: expect.stringMatching(/tiny: 64 samples in .*64 computed/) });
    const trained = await dyadic('train', app);
    expect(trained).toMatchObject({ code: 0, stdout: expect.stringMatching(/tiny: 12 epochs, best validation ε/) });
    expect(trained.stderr).toMatch(
      /engine: wasm \(SIMD, \d+ threads?\); passed over: tensorflow backend not available here \(node-gpu: .+\), webgpu \(.+\)\n/,
    );
    const evaluated = await dyadic('evaluate', app);
    expect(evaluated.code).toBe(0);
    expect(evaluated.stdout).toMatch(/test\s+12\s+\d\.\d\de-\d/);
    expect(evaluated.stdout).toMatch(/parameters\s+[\d,]+/);
    const page = await readFile(join(app, 'runs/quick/report.html'), 'utf8');
    expect(page.match(/<svg/g)).toHaveLength(4);
    expect(page).not.toMatch(/(src|href)="http/);

    expect((await dyadic('generate', data)).stdout).toMatch(/are up to date/);
    expect((await dyadic('train', app)).stdout).toMatch(/; up to date/);
    const again = await dyadic('evaluate', app);
    expect(again.stdout).toMatch(/up to date/);
    expect(again.stdout.replace(' (up to date)', '')).toBe(evaluated.stdout);

    for (const [path, text] of [
      [data, 'tiny: 64 samples, 8 shards'],
      [app, 'level-3/kernel-1'],
    ] as const) {
      expect(await dyadic('inspect', path)).toMatchObject({ code: 0, stdout: expect.stringContaining(text) });
    }
    for (const path of [data, join(data, 'data/quick')]) {
      expect(await dyadic('verify', path)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('all checksums match'),
      });
    }
  });

  it('--json prints one object a line, the result last', async () => {
    const { data, app } = await workspace();
    const runs = [
      await dyadic('generate', data, '--json'),
      await dyadic('--json', 'train', app),
      await dyadic('evaluate', app, '--json'),
    ];
    const lines = runs.map(({ stdout }) =>
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    );
    expect(lines[0]!.at(-1)).toMatchObject({ event: 'result', samples: 64, computed: 64 });
    expect(lines[1]!.at(-1)).toMatchObject({ event: 'result', epochs: 12, bestError: expect.any(Number) });
    expect(lines[2]!.at(-1)).toMatchObject({ event: 'result', splits: { test: { mean: expect.any(Number) } } });
    expect(lines[1]!.some(({ event }) => event === 'progress')).toBe(true);
    expect(runs.map(({ stderr }) => stderr)).toEqual(['', '', '']);
    const failed = await dyadic('train', '/nowhere', '--json');
    expect(JSON.parse(failed.stdout)).toMatchObject({ event: 'error', code: 'bad-data' });
  });

  it('the same bytes with one worker and with three', async () => {
    const { data, root } = await workspace();
    for (const workers of ['1', '3'])
      await dyadic('generate', data, '--workers', workers, '--out', join(root, workers));
    expect(await contents(join(root, '3'))).toEqual(await contents(join(root, '1')));
  });

  it('the same bytes from two parts, merged', async () => {
    const { data, root } = await workspace();
    const [whole, joined] = [join(root, 'whole'), join(root, 'joined')];
    await dyadic('generate', data, '--out', whole);
    const part = await dyadic('generate', data, '--out', joined, '--shard', '2/2');
    expect(part.stdout).toMatch(/tiny: 32 samples in .*parts\/2-of-2 \(32 computed/);
    await dyadic('generate', data, '--out', joined, '--shard', '1/2');
    const merged = await dyadic('merge', joined);
    expect(merged).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/tiny: 64 samples in .*joined, from 2 parts/),
    });
    expect(await contents(joined)).toEqual(await contents(whole));
  });

  it('the profile comes from --profile, else from DYADIC_PROFILE, else it is quick', async () => {
    const profiles = {
      quick: { samples: 8, shardRows: 8 },
      large: { samples: 16, shardRows: 8 },
      vast: { samples: 24, shardRows: 8 },
    };
    const { data } = await workspace({ recipe: { profiles } });
    expect((await dyadic('generate', data)).stdout).toMatch(/tiny: 8 samples in .*quick/);
    expect((await dyadic('DYADIC_PROFILE=large', 'generate', data)).stdout).toMatch(/tiny: 16 samples in .*large/);
    const both = await dyadic('DYADIC_PROFILE=large', 'generate', data, '--profile', 'vast');
    expect(both.stdout).toMatch(/tiny: 24 samples in .*vast/);
    const unknown = await dyadic('generate', data, '--profile', 'huge');
    expect(unknown).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/has no profile 'huge'; it has quick, large, vast/),
    });
  });

  it('an evaluation is measured again when what it shows has changed', async () => {
    const { data, app } = await workspace();
    await dyadic('generate', data);
    await dyadic('train', app);
    await dyadic('evaluate', app);
    const experiment = JSON.parse(await readFile(join(app, 'experiment.json'), 'utf8'));
    experiment.profiles.quick.paper = { reference: 'another table', train: 1e-4, validation: 1e-4 };
    await writeFile(join(app, 'experiment.json'), JSON.stringify(experiment));
    const again = await dyadic('evaluate', app);
    expect(again.stdout).toMatch(/another table/);
    expect(again.stdout).not.toMatch(/up to date/);
    await writeFile(join(app, 'runs/quick/evaluation.json'), '{}');
    expect(await dyadic('evaluate', app)).toMatchObject({ code: 0, stdout: expect.not.stringMatching(/up to date/) });
  });

  it('data from elsewhere can be trained on and evaluated; there is no solver to time then', async () => {
    const { data, app } = await workspace();
    const sample = (f: (place: number, sample: number) => number) =>
      Float32Array.from({ length: 64 * 64 }, (_, i) => f(i % 64, Math.floor(i / 64)));
    const writer = await createDataset(join(data, 'data/quick'), {
      name: 'waves',
      seed: 1,
      samples: 64,
      shardRows: 64,
      generator: { name: 'elsewhere', version: '1' },
      problem: {},
      fields: ['potential', 'solution'].map((name) => ({ name, type: 'float32', shape: [64], description: '' })),
    });
    const wave = (place: number, phase: number) => Math.sin((2 * Math.PI * place) / 64 + phase);
    await writer.write(0, { potential: sample(wave), solution: sample((place, s) => 2 + wave(place, s + 1)) });
    await writer.close();
    expect((await dyadic('train', app)).code).toBe(0);
    expect(await dyadic('evaluate', app)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/solver, one sample +–/),
    });
  });

  it('--data names data of another folder, such as that of a variant', async () => {
    const { data, app, root } = await workspace();
    const variant = join(data, 'data/quick+potential.wells=3');
    await dyadic('generate', data, '--set', 'potential.wells=3');
    const missing = await dyadic('train', app, '--data', join(root, 'none'));
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringMatching(/none\/manifest\.json: does not exist$/m) });
    expect((await dyadic('train', app, '--data', variant)).code).toBe(0);
    expect((await dyadic('evaluate', app, '--data', variant)).code).toBe(0);
    await dyadic('generate', data);
    // The run is of the variant; data/quick is another run.
    for (const command of ['train', 'evaluate']) {
      expect(await dyadic(command, app)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/another training run: origin\.dataset was .*--out/),
      });
    }
    expect((await dyadic('train', app, '--data', data, '--out', join(root, 'run'))).code).toBe(0);
  });

  it.each(['stdout', 'stderr'] as const)('whoever reads %s may stop reading', async (stream) => {
    const child = start(...(stream === 'stdout' ? ['--help'] : ['paint']));
    child[stream]!.destroy();
    const { code, stderr } = await finished(child);
    expect({ code, stderr }).toEqual({ code: 141, stderr: '' });
  });

  it('--help of every command has examples', async () => {
    for (const command of [[], ['generate'], ['train'], ['evaluate'], ['inspect'], ['merge'], ['verify'], ['export']]) {
      const { code, stdout } = await dyadic(...command, '--help');
      expect([command, code, /Examples:\n {2}dyadic /.test(stdout)]).toEqual([command, 0, true]);
    }
  });
});
