import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDataset } from '@dyadic/dataset';
import { importData } from '@dyadic/interchange';
import { describe, expect, it } from 'vitest';
import { dyadic, EXPERIMENT, workspace } from './fixtures.js';

const CASES = fileURLToPath(new URL('../../../packages/interchange/test/cases/', import.meta.url));
const BURGERS = join(CASES, 'burgers-names.mat');

const { quick } = EXPERIMENT.profiles;
const experiment = {
  input: 'a',
  output: 'u',
  profiles: { quick: { ...quick, splits: { train: 18, validation: 6, test: 6 } } },
};

describe("data from elsewhere, in the user's names", () => {
  it('is inspected, imported, trained, evaluated and predicted on', async () => {
    const { data } = await workspace({ experiment });
    const target = join(data, 'data', 'quick');
    const inspected = await dyadic('inspect', BURGERS, '--json');
    const { arrays, import: command } = JSON.parse(inspected.stdout);
    expect(arrays).toContainEqual({ name: 'a', type: 'float64', shape: [64, 30] });
    expect(command).toMatch(/--input a --output u --samples-axis last --out <folder>$/);

    // What is refused leaves nothing behind that a corrected call would meet.
    expect(await dyadic('import', BURGERS, '--out', target)).toMatchObject({ code: 1, stdout: '' });
    const open = await dyadic('import', BURGERS, '--input', 'a', '--output', 'u', '--out', target);
    expect(open).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/leaves open .* Say --samples-axis first, last/),
    });
    expect(await readdir(data)).toEqual(['dataset.json']);
    const names = ['--input', 'a', '--output', 'u', '--samples-axis', 'last', '--unit', 'u=m/s', '--domain', '0..1'];
    const run = await dyadic('import', BURGERS, ...names, '--shard-rows', '10', '--out', target);
    expect(run).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/burgers-names: 30 samples in .*a float64\(64\), u float64\(64\)/),
    });
    const card = await readFile(join(target, 'README.md'), 'utf8');
    expect(card).toContain('The map to learn is `a` ↦ `u`.');
    expect(card).toContain('(in m/s)');
    expect(card).not.toContain('function of (recipe, seed, i)');

    expect(await dyadic('verify', target)).toMatchObject({ code: 0 });
  });

  it('is trained, evaluated and predicted on', async () => {
    const { root, data, app } = await workspace({ experiment });
    const target = join(data, 'data', 'quick');
    const columns = [{ array: 'a' }, { array: 'u' }];
    await importData(BURGERS, target, { name: 'burgers', columns, samplesAxis: 'last', shardRows: 10 });
    expect(await dyadic('train', app)).toMatchObject({ code: 0 });
    // The same numbers as a file from elsewhere give the error of all samples, of whichever split.
    const onFile = await dyadic('evaluate', app, '--data', BURGERS, '--json');
    const byRun = await dyadic('evaluate', join(app, 'runs/quick'), '--data', BURGERS, '--json');
    expect(byRun.stdout).toBe(onFile.stdout);
    const last = ({ stdout }: { stdout: string }) => JSON.parse(stdout.trim().split('\n').at(-1)!);
    const own = last(await dyadic('evaluate', app, '--json'));
    const { train, validation, test } = own.splits;
    const mean = (18 * train.mean + 6 * validation.mean + 6 * test.mean) / 30;
    expect(last(onFile)).toMatchObject({
      samples: 30,
      input: 'a',
      output: 'u',
      mean: expect.closeTo(mean, 6),
    });
    const out = join(root, 'predicted');
    const predicted = await dyadic('predict', join(app, 'runs/quick'), '--input', BURGERS, '--out', out);
    expect(predicted).toMatchObject({ code: 0, stdout: expect.stringContaining('30 predictions') });
    const { a, u } = await (await openDataset(out)).read(['a', 'u']);
    expect(a).toEqual(new Float32Array((await (await openDataset(target)).read(['a'])).a as Float64Array));
    expect(u).toHaveLength(30 * 64);
  });

  it('has the shape that the network takes, axis by axis', async () => {
    const network = (points: number | number[]) => ({ dimension: 2, points, levels: 3, channels: 1, kernelLayers: 1 });
    const splits = { train: 16, validation: 4, test: 4 };
    const told = { input: 'Input', output: 'Output', profiles: { quick: { ...quick, splits } } };
    const file = join(CASES, 'rectangle.h5');
    const of = async (points: number | number[]) => {
      const { data, app } = await workspace({ experiment: { ...told, network: network(points) } });
      const columns = [{ array: 'Input' }, { array: 'Output' }];
      await importData(file, join(data, 'data/quick'), {
        name: 'rectangle',
        columns,
        samplesAxis: 'first',
        shardRows: 10,
      });
      return { app, trained: await dyadic('train', app) };
    };
    expect((await of(16)).trained).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("network takes fields of 16 × 16 points; the dataset's 'Input' has 8 × 32"),
    });
    const { app, trained } = await of([8, 32]);
    expect(trained.code).toBe(0);
    const evaluated = await dyadic('evaluate', app, '--data', file);
    expect(evaluated.stdout).toContain('24 samples of');
    const other = await dyadic(
      'predict',
      join(app, 'runs/quick'),
      '--input',
      join(CASES, 'c-order.arrow'),
      '--out',
      `${app}/p`,
    );
    expect(other).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/c-order\.arrow: 'potential' has shape \(2, 16, 16\); expected samples of 8 × 32/),
    });
  });

  it('may have a target of zeros, which no relative error is of: it is left out, and said so', async () => {
    const splits = { train: 20, validation: 6, test: 6 };
    const told = { input: 'Input', output: 'Output', profiles: { quick: { ...quick, splits } } };
    const { data, app } = await workspace({ experiment: told });
    const columns = [{ array: 'Input' }, { array: 'Output' }];
    const file = join(CASES, 'one-zero-target.h5');
    await importData(file, join(data, 'data/quick'), { name: 'zero', columns, samplesAxis: 'first', shardRows: 10 });
    const warning = /1 of 20 samples of the train split has an output that is zero everywhere \(sample 5,/;
    expect(await dyadic('train', app)).toMatchObject({ code: 0, stderr: expect.stringMatching(warning) });
    expect(await dyadic('evaluate', app)).toMatchObject({ code: 0, stdout: expect.stringContaining('left out') });
    const other = await dyadic('evaluate', app, '--data', file);
    expect(other).toMatchObject({ code: 0, stdout: expect.stringContaining('31 samples of') });
    expect(other.stderr).toMatch(/1 of 32 samples of .*one-zero-target\.h5 has .*\(sample 5,/);
  });

  it('is imported again to repair it, and a damaged shard is never called up to date', async () => {
    const { root } = await workspace();
    const target = join(root, 'imported');
    const call = [
      'import',
      BURGERS,
      '--input',
      'a',
      '--output',
      'u',
      '--samples-axis',
      'last',
      '--shard-rows',
      '10',
      '--out',
      target,
    ];
    expect(await dyadic(...call)).toMatchObject({ code: 0 });
    const shard = join(target, 'shard-00001.arrow');
    const whole = await readFile(shard);
    const damaged = Buffer.from(whole);
    damaged[2000]! ^= 1;
    await writeFile(shard, damaged);
    const again = await dyadic(...call);
    expect(again).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/shard-00001\.arrow: .*dyadic import .*--repair/),
    });
    expect(await dyadic('verify', target)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/dyadic import .*--repair/),
    });
    expect(await dyadic(...call, '--repair')).toMatchObject({ code: 0 });
    expect(await readFile(shard)).toEqual(whole);
  });
});
