import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDataset } from '@dyadic/dataset';
import { readCheckpoint } from '@dyadic/training';
import { describe, expect, it } from 'vitest';
import { BIN, contents, dyadic, EXPERIMENT, finished, start, type Workspace, workspace } from './fixtures.js';

const { quick } = EXPERIMENT.profiles;
/** Fields of so many points; the mean of a field is the number of its sample, so that no two are alike. */
async function waves({ data }: Workspace, points: number, samples: number, shardRows: number): Promise<void> {
  const field = (name: string) => ({ name, type: 'float32' as const, shape: [points], description: '' });
  const writer = await createDataset(join(data, 'data/quick'), {
    name: 'waves',
    seed: 1,
    samples,
    shardRows,
    generator: { name: 'test', version: '1' },
    problem: {},
    fields: [field('potential'), field('solution')],
  });
  const wave = Float32Array.from({ length: points }, (_, i) => Math.sin((2 * Math.PI * i) / points));
  for (const shard of writer.missing) {
    const { firstRow, rows } = writer.range(shard);
    const values = (shift: number) => {
      const all = new Float32Array(rows * points);
      for (let i = 0; i < all.length; i++)
        all[i] = wave[i % points]! + 1e-3 * (firstRow + Math.floor(i / points)) + shift;
      return all;
    };
    await writer.write(shard, { potential: values(0), solution: values(2) });
  }
  await writer.close();
}

/** An experiment of a given profile. */
const experiment = (splits: object, training: object, network = {}) => ({
  network: { ...EXPERIMENT.network, channels: 1, ...network },
  profiles: { quick: { ...quick, splits, training: { ...quick.training, ...training } } },
});

describe('training window by window', () => {
  const splits = { train: 400, validation: 60, test: 60 };
  const windowed = { epochs: 6, windowSamples: 100 };

  it('goes on after SIGKILL to the bytes of an uninterrupted run, and evaluates', async () => {
    const space = await workspace({ experiment: experiment(splits, windowed) });
    await waves(space, 64, 520, 32);
    const [whole, killed] = [join(space.root, 'whole'), join(space.root, 'killed')];
    const train = (out: string) => ['train', space.app, '--out', out, '--checkpoint-seconds', '0'];
    expect((await dyadic(...train(whole), '--threads', '1')).code).toBe(0);
    const child = start(...train(killed));
    const end = finished(child);
    while (!existsSync(join(killed, 'checkpoint.safetensors')) && child.exitCode === null) await sleep(1);
    child.kill('SIGKILL');
    await end;
    expect((await dyadic(...train(killed))).code).toBe(0);
    expect(await contents(killed, ['timing.json'])).toEqual(await contents(whole, ['timing.json']));
    const { plan } = await readCheckpoint(join(whole, 'checkpoint.safetensors'));
    expect(plan.windowSamples).toBe(100);
    const evaluated = await dyadic('evaluate', space.app, '--out', whole);
    expect(evaluated).toMatchObject({ code: 0, stdout: expect.stringMatching(/train\s+400\s.*\n.*\n?.*test\s+60\s/s) });
  });

  it('another window is another run', async () => {
    const space = await workspace({ experiment: experiment(splits, windowed) });
    await waves(space, 64, 520, 32);
    await dyadic('train', space.app);
    const changed = { ...EXPERIMENT, ...experiment(splits, { ...windowed, windowSamples: 50 }) };
    await writeFile(join(space.app, 'experiment.json'), JSON.stringify(changed));
    expect(await dyadic('train', space.app)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/another training run: plan\.windowSamples was 100, is now 50/),
    });
  });

  it('a shard damaged after it was opened is named', async () => {
    const space = await workspace({ experiment: experiment(splits, windowed) });
    await waves(space, 64, 520, 32);
    const shard = join(space.data, 'data/quick/shard-00011.arrow');
    const bytes = await readFile(shard);
    bytes[bytes.length / 2]! ^= 1;
    await writeFile(shard, bytes);
    expect(await dyadic('train', space.app)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/shard-00011\.arrow: is damaged/),
    });
  });

  it('stops with Ctrl-C while it reads, and says so', async () => {
    const large = experiment({ train: 4000, validation: 60, test: 60 }, { epochs: 500, windowSamples: 20 });
    const space = await workspace({ experiment: large });
    await waves(space, 64, 4120, 100);
    const child = start('train', space.app, '--checkpoint-seconds', '3600');
    const end = finished(child);
    await new Promise<void>((resolve) => {
      child.stderr!.on('data', (chunk) => String(chunk).includes('engine:') && resolve());
      child.on('close', () => resolve());
    });
    await sleep(200);
    child.kill('SIGINT');
    expect(await end).toMatchObject({ code: 130, stderr: expect.stringMatching(/training was stopped in epoch \d/) });
  });

  it('takes little more memory for 200 MiB of data than for one window', async () => {
    const network = { points: 4096, levels: 9 };
    const space = await workspace();
    await waves(space, network.points, 6600, 400);
    const peak = async (train: number) => {
      const changes = experiment(
        { train, validation: 100, test: 100 },
        { epochs: 1, batchSize: 100, windowSamples: 200 },
        network,
      );
      await writeFile(join(space.app, 'experiment.json'), JSON.stringify({ ...EXPERIMENT, ...changes }));
      const report = `data:text/javascript,process.on('exit', () => console.log('peak', process.resourceUsage().maxRSS))`;
      const command = ['--import', report, BIN, 'train', space.app, '--fresh', '--engine', 'wasm', '--threads', '1'];
      const { stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
      const found = /peak (\d+)/.exec(stdout);
      if (!found) throw new Error(stderr);
      return Number(found[1]) / 1024;
    };
    const [one, many] = [await peak(200), await peak(6400)];
    // A window is 6 MiB, and V8 lets tens of MiB of garbage gather. Held, the data would be 200 MiB twice.
    expect(many - one).toBeLessThan(150);
  });
});
