import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contents, dyadic, workspace } from './fixtures.js';

describe('generate → train → evaluate', () => {
  it('runs on a fresh folder, prints a table, writes a page, and is up to date the second time', async () => {
    const { data, app } = await workspace();
    const generated = await dyadic('generate', data);
    expect(generated).toMatchObject({ code: 0, stdout: expect.stringMatching(/tiny: 64 samples in .*64 computed/) });
    const trained = await dyadic('train', app);
    expect(trained).toMatchObject({ code: 0, stdout: expect.stringMatching(/tiny: 12 epochs, best validation ε/) });
    expect(trained.stderr).toMatch(/engine: wasm \(SIMD, \d+ threads?\); passed over: tensorflow on a GPU/);
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
    expect(await dyadic('verify', join(data, 'data/quick'))).toMatchObject({ code: 0 });
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

  it('the profile comes from DYADIC_PROFILE or --profile, and an unknown one is refused with the choices', async () => {
    const { data } = await workspace();
    const run = await dyadic('generate', data, '--profile', 'huge');
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/dataset\.json: has no profile 'huge'; it has quick/);
  });

  it('--help of every command has examples', async () => {
    for (const command of [[], ['generate'], ['train'], ['evaluate'], ['inspect'], ['verify']]) {
      const { code, stdout } = await dyadic(...command, '--help');
      expect([command, code, /Examples:\n {2}dyadic /.test(stdout)]).toEqual([command, 0, true]);
    }
  });
});
