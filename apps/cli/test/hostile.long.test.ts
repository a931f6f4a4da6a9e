/** Files of somebody who means harm, or does not care: refused in words, at once, and in little memory. */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readCheckpoint, writeCheckpoint } from '@dyadic/training';
import { describe, expect, it } from 'vitest';
import { BIN, dyadic, finished, RECIPE, workspace } from './fixtures.js';

const MB = 2 ** 20;

/** Runs the command as it is installed, and tells the most memory that its process had. */
async function measured(...args: string[]) {
  const script = `
    process.on('exit', () => process.stderr.write('\\npeak ' + process.resourceUsage().maxRSS));
    await import('${BIN}');`;
  const limits = ['--max-old-space-size=128', '--input-type=module', '-e', script, BIN, ...args];
  const run = await finished(spawn(process.execPath, limits, { stdio: ['ignore', 'pipe', 'pipe'] }));
  const [stderr, peak] = run.stderr.split('\npeak ');
  return { code: run.code, stderr, bytes: 1024 * Number(peak) };
}

describe('recipes of sizes that nothing has room for', () => {
  it.each<[string, object, RegExp]>([
    ['1,024³ points', { dimension: 3, points: 1024 }, /grid\.points is 1024; expected at most 256 in 3D/],
    [
      '2²⁴ points, 20 rows of which make a shard',
      { dimension: 1, points: 2 ** 24 },
      /makes shards of up to \d{10} bytes/,
    ],
    [
      '2²⁵ points',
      { dimension: 1, points: 2 ** 25 },
      /dataset\.json: grid\.points is 33554432; expected an integer from 2 to 16777216/,
    ],
  ])('%s: refused before a solver is made', async (_, grid, message) => {
    const least = await measured('--version');
    const profiles = { quick: { samples: 120, shardRows: 20 } };
    const { data } = await workspace({ recipe: { grid, profiles } });
    const { code, stderr, bytes } = await measured('generate', data);
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
    expect((bytes - least.bytes) / MB).toBeLessThan(64);
  });
});

/** A checkpoint of the tiny experiment, trained for an epoch. */
async function trained() {
  const space = await workspace({ recipe: RECIPE });
  expect((await dyadic('generate', space.data)).code).toBe(0);
  expect((await dyadic('train', space.app)).code).toBe(0);
  return { ...space, checkpoint: join(space.app, 'runs/quick/checkpoint.safetensors') };
}

describe('predict', () => {
  it('takes wells of any width, and a checkpoint that does not say what it is of', async () => {
    const { root, data, checkpoint } = await trained();
    const [wells, out] = [join(root, 'wells.json'), join(root, 'out')];
    const predict = async (variance: number) => {
      const samples = [{ variance, wells: [{ strength: 2, center: [0.3] }] }];
      await writeFile(wells, JSON.stringify({ equation: 'nlse', samples }));
      return dyadic('predict', checkpoint, '-i', wells, '--out', join(root, `out-${variance}`));
    };
    expect(await predict(1e200)).toMatchObject({ code: 0 });
    const refused = { code: 1, stderr: expect.stringMatching(/sample\.variance is 1e\+308; expected a finite number/) };
    expect(await predict(1e308)).toMatchObject(refused);
    for (const origin of [null, 7, 'x', [], { input: 3 }]) {
      await writeCheckpoint(checkpoint, { ...(await readCheckpoint(checkpoint)), origin });
    }
    const run = await dyadic('predict', checkpoint, '-i', join(data, 'data/quick'), '--out', out);
    expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('64 predictions in') });
  });
});

describe.skipIf(process.platform === 'win32')('too few open files', () => {
  it.each([20, 120, 240])('ulimit -n %i: one line, no trace', async (limit) => {
    const { data } = await workspace();
    const command = `ulimit -n ${limit} && exec "$@"`;
    const args = ['-c', command, 'sh', process.execPath, BIN, 'generate', data, '--workers', '2'];
    const { code, stderr } = await finished(spawn('sh', args, { stdio: ['ignore', 'pipe', 'pipe'] }));
    if (code === 0) return; // enough on this system
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/^error: .*(EMFILE|ulimit -n)/im);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});
