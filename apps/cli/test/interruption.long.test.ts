import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { copyOf, dyadic, EXPERIMENT, finished, held, isLocked, start, workspace } from './fixtures.js';
import { expectSameFiles, KILLS, killUntilDone, manyKills, SEED } from './kills.js';

/** Runs long enough to be killed in the middle: fine grid, many shards; many epochs, a checkpoint after each. */
const recipe = { grid: { dimension: 1, points: 640 }, profiles: { quick: { samples: 600, shardRows: 10 } } };
const { quick } = EXPERIMENT.profiles;
const experiment = {
  profiles: { quick: { ...quick, training: { ...quick.training, epochs: 400, optimizer: { name: 'soap' } } } },
};

async function interrupt(child: ChildProcess, begun: () => boolean) {
  const end = finished(child);
  while (!begun() && child.exitCode === null && child.signalCode === null) await sleep(5);
  child.kill('SIGINT');
  return end;
}

describe('killed with SIGKILL at random moments and run again', () => {
  it('generate ends with the bytes of an uninterrupted run', { timeout: 1000 * (60 + 30 * KILLS) }, async () => {
    const { data, root } = await workspace({ recipe });
    const whole = join(root, 'whole');
    expect((await dyadic('generate', data, '--out', whole)).code).toBe(0);
    await manyKills(async (round, most) => {
      const killed = join(root, `killed-${round}`);
      const begun = () => existsSync(join(killed, 'shard-00003.arrow'));
      const ordeal = await killUntilDone(SEED + 1 + 2 * round, most, begun, ['generate', data, '--out', killed]);
      await expectSameFiles(killed, whole, ordeal);
      return ordeal;
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
      const ordeal = await killUntilDone(SEED + 2 + 2 * round, most, begun, train(killed));
      await expectSameFiles(killed, whole, ordeal, ['timing.json']);
      return ordeal;
    });
  });
});

describe('two at once on one folder', () => {
  it('one refuses, naming the lock, and the other ends as if alone', async () => {
    const { data, app } = await workspace({ recipe, experiment: { network: { ...EXPERIMENT.network, points: 640 } } });
    const refused = (folder: string) => ({
      code: 1,
      stderr: expect.stringMatching(
        new RegExp(`${folder}: is being written to by process \\d+ on .+ since .+ \\(.*\\.lock-1\\)`),
      ),
    });
    const generated = await held(() => isLocked(join(data, 'data/quick')), 'generate', data);
    expect(await dyadic('generate', data)).toMatchObject(refused('data/quick'));
    expect((await generated()).code).toBe(0);
    expect((await dyadic('verify', join(data, 'data/quick'))).code).toBe(0);

    const trained = await held(() => isLocked(join(app, 'runs/quick')), 'train', app, '--checkpoint-seconds', '0');
    expect(await dyadic('train', app)).toMatchObject(refused('runs/quick'));
    expect((await trained()).code).toBe(0);

    const evaluated = await held(() => isLocked(join(app, 'runs/quick')), 'evaluate', app);
    expect(await dyadic('evaluate', app)).toMatchObject(refused('runs/quick'));
    expect((await evaluated()).code).toBe(0);
    expect((await dyadic('evaluate', app)).stdout).toContain('(up to date)');
  });
});

describe('stopped with Ctrl-C', () => {
  it('both say so, exit with 130, and go on from there', async () => {
    const original = await workspace({
      recipe: { ...recipe, profiles: { quick: { samples: 2000, shardRows: 10 } } },
      experiment: { ...experiment, network: { ...EXPERIMENT.network, points: 640 } },
    });
    const { data, app } = await copyOf(original);
    const generating = start('generate', data);
    const stopped = await interrupt(generating, () => existsSync(join(data, 'data/quick/shard-00002.arrow')));
    expect(stopped).toMatchObject({
      code: 130,
      stderr: expect.stringMatching(/stopped: \d+ of 2000 samples are kept/),
    });
    const kept = /stopped: (\d+) of/.exec(stopped.stderr)![1];
    const resumed = await dyadic('generate', data);
    expect(resumed).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`resuming: ${kept} of 2000 samples are done`),
    });

    const training = start('train', app, '--checkpoint-seconds', '0');
    const halted = await interrupt(training, () => existsSync(join(app, 'runs/quick/checkpoint.safetensors')));
    expect(halted).toMatchObject({
      code: 130,
      stderr: expect.stringMatching(/the state after epoch \d+ is kept\. The same command resumes/),
    });
    const finishedRun = await dyadic('train', app);
    expect(finishedRun).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/resuming: \d+ of 400 epochs are done/),
    });
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
