import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomStream } from '@dyadic/random';
import { describe, expect, it } from 'vitest';
import { contents, copyOf, dyadic, EXPERIMENT, finished, start, workspace } from './fixtures.js';

/** Runs long enough to be killed in the middle: fine grid, many shards; many epochs, a checkpoint after each. */
const recipe = { grid: { dimension: 1, points: 640 }, profiles: { quick: { samples: 600, shardRows: 10 } } };
const { quick } = EXPERIMENT.profiles;
const experiment = {
  profiles: { quick: { ...quick, training: { ...quick.training, epochs: 400, optimizer: { name: 'soap' } } } },
};

/**
 * Kills a command again and again, after times that a seed draws, until it finishes by itself or was killed so many
 * times; lets it finish then. Returns the kills.
 */
async function killUntilDone(seed: number, most: number, begun: () => boolean, args: string[]): Promise<number> {
  const stream = randomStream(seed, 'test/kills');
  for (let kills = 0; ; kills++) {
    const child = start(...args);
    const end = finished(child);
    // The first kill waits for work to have begun; after it the command starts in the middle.
    while (!begun() && child.exitCode === null) await sleep(5);
    const wait = stream.uniform(0, kills < 4 ? 700 : 4000);
    const kill = kills < most ? setTimeout(() => child.kill('SIGKILL'), wait) : undefined;
    const { code, stderr } = await end;
    clearTimeout(kill);
    if (code !== null) {
      expect([code, stderr]).toEqual([0, expect.not.stringContaining('error:')]);
      return kills;
    }
  }
}

async function interrupt(child: ChildProcess, begun: () => boolean) {
  const end = finished(child);
  while (!begun() && child.exitCode === null) await sleep(5);
  child.kill('SIGINT');
  return end;
}

/** Kills of each command, over as many runs as it takes: a handful here, 25 with `npm run test:kills`. */
const KILLS = Number(process.env.DYADIC_KILLS ?? 4);

/** Runs a command again and again under kills, into a new folder each time, until there were enough of them. */
async function manyKills(run: (round: number, most: number) => Promise<number>): Promise<void> {
  let kills = 0;
  for (let round = 0; kills < KILLS; round++) kills += await run(round, Math.min(5, KILLS - kills));
  console.log(`${kills} kills`);
}

describe('killed with SIGKILL at random moments and run again', () => {
  it('generate ends with the bytes of an uninterrupted run', { timeout: 1000 * (60 + 30 * KILLS) }, async () => {
    const { data, root } = await workspace({ recipe });
    const whole = join(root, 'whole');
    expect((await dyadic('generate', data, '--out', whole)).code).toBe(0);
    await manyKills(async (round, most) => {
      const killed = join(root, `killed-${round}`);
      const begun = () => existsSync(join(killed, 'shard-00003.arrow'));
      const kills = await killUntilDone(1 + 2 * round, most, begun, ['generate', data, '--out', killed]);
      expect(await contents(killed)).toEqual(await contents(whole));
      return kills;
    });
  });

  it('train ends with the bytes of an uninterrupted run', { timeout: 1000 * (60 + 30 * KILLS) }, async () => {
    const { data, app, root } = await workspace({ experiment });
    await dyadic('generate', data);
    const whole = join(root, 'whole');
    const train = (out: string) => ['train', app, '--out', out, '--checkpoint-seconds', '0'];
    expect((await dyadic(...train(whole))).code).toBe(0);
    await manyKills(async (round, most) => {
      const killed = join(root, `killed-${round}`);
      const begun = () => existsSync(join(killed, 'checkpoint.safetensors'));
      const kills = await killUntilDone(2 + 2 * round, most, begun, train(killed));
      expect(await contents(killed, ['timing.json'])).toEqual(await contents(whole, ['timing.json']));
      return kills;
    });
  });
});

describe('two at once on one folder', () => {
  it('one refuses, naming the lock, and the other ends as if alone', async () => {
    const { data, app } = await workspace({ recipe, experiment: { network: { ...EXPERIMENT.network, points: 640 } } });
    const first = start('generate', data);
    const end = finished(first);
    while (!existsSync(join(data, 'data/quick/.lock-1')) && first.exitCode === null) await sleep(2);
    const refusal = /data\/quick: is being written to by process \d+ on .+ since .+ \(.*\.lock-1\)/;
    expect(await dyadic('generate', data)).toMatchObject({ code: 1, stderr: expect.stringMatching(refusal) });
    expect((await end).code).toBe(0);
    expect((await dyadic('verify', join(data, 'data/quick'))).code).toBe(0);

    const training = start('train', app, '--checkpoint-seconds', '0');
    const trained = finished(training);
    while (!existsSync(join(app, 'runs/quick/.lock-1')) && training.exitCode === null) await sleep(2);
    const held = /runs\/quick: is being written to by process \d+ on .+ since .+ \(.*\.lock-1\)/;
    // --fresh: a first trainer that is quick would make the second find its work done.
    const second = await dyadic('train', app, '--fresh');
    if (training.exitCode === null) expect(second).toMatchObject({ code: 1, stderr: expect.stringMatching(held) });
    expect((await trained).code).toBe(0);
  });
});

describe('stopped with Ctrl-C', () => {
  it('both say so, exit with 130, and go on from there', async () => {
    const original = await workspace({
      recipe,
      experiment: { ...experiment, network: { ...EXPERIMENT.network, points: 640 } },
    });
    const { data, app } = await copyOf(original);
    const generating = start('generate', data);
    const stopped = await interrupt(generating, () => existsSync(join(data, 'data/quick/shard-00002.arrow')));
    expect(stopped).toMatchObject({ code: 130, stderr: expect.stringMatching(/stopped: \d+ of 600 samples are kept/) });
    const resumed = await dyadic('generate', data);
    expect(resumed).toMatchObject({ code: 0, stderr: expect.stringMatching(/going on: \d+ of 600 samples are there/) });

    const training = start('train', app, '--checkpoint-seconds', '0');
    const halted = await interrupt(training, () => existsSync(join(app, 'runs/quick/checkpoint.safetensors')));
    expect(halted).toMatchObject({
      code: 130,
      stderr: expect.stringMatching(/the same command goes on after epoch \d+/),
    });
    const finishedRun = await dyadic('train', app);
    expect(finishedRun).toMatchObject({ code: 0, stderr: expect.stringMatching(/going on after epoch \d+ of 400/) });
  });

  it('training stops within a long epoch, long before a checkpoint is due', async () => {
    const long = { ...quick.training, epochs: 3, batchSize: 1 };
    const { data, app } = await workspace({
      recipe: { profiles: { quick: { samples: 3000, shardRows: 500 } } },
      experiment: {
        network: { ...EXPERIMENT.network, channels: 8, kernelLayers: 5 },
        profiles: { quick: { ...quick, splits: { train: 2900, validation: 50, test: 50 }, training: long } },
      },
    });
    await dyadic('generate', data);
    const training = start('train', app, '--checkpoint-seconds', '3600');
    let begun = false;
    training.stderr!.on('data', (chunk) => (begun ||= String(chunk).includes('engine:')));
    const stopped = await interrupt(training, () => begun);
    expect(stopped).toMatchObject({ code: 130, stderr: expect.stringMatching(/training was stopped in epoch \d/) });
  });
});
