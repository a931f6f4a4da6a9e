import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { File, FS, ready } from 'h5wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { declarations } from './declarations.js';
import { createWorkspace, dyadic, EXPERIMENT, type Workspace } from './fixtures.js';
import { expectSameFiles, KILLS, killUntilDone, manyKills, type Ordeal, SEED } from './kills.js';

const timeout = 1000 * (120 + 60 * KILLS);
const { quick } = EXPERIMENT.profiles;

/** Data of many shards, and a run of a few epochs. */
async function trained(): Promise<Workspace> {
  const profile = { ...quick, splits: { train: 300, validation: 50, test: 1500 } };
  const space = await createWorkspace({
    recipe: { profiles: { quick: { samples: 2000, shardRows: 20 } } },
    experiment: { profiles: { quick: { ...profile, training: { ...quick.training, epochs: 3 } } } },
  });
  expect((await dyadic('generate', space.data)).code).toBe(0);
  expect((await dyadic('train', space.app)).code).toBe(0);
  return space;
}

/**
 * Runs a command undisturbed, then into other targets under kills within the time that it took, and compares.
 *
 * @param prepare - Makes what the command works on anew, and gives its arguments.
 */
async function compareKilled(
  prepare: (name: string) => Promise<readonly string[]>,
  compare: (killed: string, whole: string, ordeal: Ordeal) => Promise<void>,
): Promise<void> {
  const start = performance.now();
  const whole = await dyadic(...(await prepare('whole')));
  expect(whole.code, whole.stderr).toBe(0);
  const span = performance.now() - start;
  await manyKills(async (round, most) => {
    const name = `killed-${round}`;
    const args = [...(await prepare(name))];
    const ordeal = await killUntilDone(SEED + 100 + round, most, () => true, args, span);
    await compare(name, 'whole', ordeal);
    return ordeal;
  });
}

describe('killed with SIGKILL at random moments and run again', () => {
  let space: Workspace;
  let dataFolder: string;
  beforeAll(async () => {
    space = await trained();
    dataFolder = join(space.data, 'data/quick');
  }, timeout);
  afterAll(() => rm(space.root, { recursive: true, force: true }));
  const sameFolders = (killed: string, whole: string, ordeal: Ordeal) =>
    expectSameFiles(join(space.root, killed), join(space.root, whole), ordeal);

  it('predict leaves the bytes of an undisturbed run', { timeout }, async () => {
    const run = join(space.app, 'runs/quick');
    await compareKilled(
      async (name) => ['predict', run, '-i', dataFolder, '--out', join(space.root, name)],
      sameFolders,
    );
  });

  it.each(['arrow-stream', 'npy', 'hdf5', 'parquet'])('export to %s, likewise', { timeout }, async (format) => {
    await compareKilled(
      async (name) => {
        const folder = join(space.root, `${format}-${name}`);
        await mkdir(folder);
        const target = format === 'npy' ? folder : join(folder, 'out');
        return ['export', dataFolder, '--format', format, '--out', target];
      },
      (killed, whole, ordeal) => sameFolders(`${format}-${killed}`, `${format}-${whole}`, ordeal),
    );
  });

  it('import, likewise', { timeout }, async () => {
    const path = join(space.root, 'in.h5');
    await ready;
    const file = new File('in.h5', 'w');
    for (const name of ['Input', 'Output']) {
      const data = Float32Array.from({ length: 4000 * 64 }, (_, i) => Math.sin(i));
      file.create_dataset({ name, data, shape: [4000, 64] });
    }
    file.close();
    await writeFile(path, FS!.readFile('in.h5') as Uint8Array);
    await compareKilled(
      async (name) => [
        'import',
        path,
        '--out',
        join(space.root, name, 'imported'),
        '--samples-axis',
        'first',
        '--shard-rows',
        '20',
      ],
      (killed, whole, ordeal) => sameFolders(join(killed, 'imported'), join(whole, 'imported'), ordeal),
    );
  });

  it('merge leaves the bytes of a dataset computed at once, and no parts', { timeout }, async () => {
    const parts = join(space.root, 'parts');
    for (const part of ['1/2', '2/2']) {
      expect((await dyadic('generate', space.data, '--out', parts, '--shard', part)).code).toBe(0);
    }
    await compareKilled(
      async (name) => {
        await cp(parts, join(space.root, `merged-${name}`), { recursive: true });
        return ['merge', join(space.root, `merged-${name}`)];
      },
      async (killed, _, ordeal) => {
        await expectSameFiles(join(space.root, `merged-${killed}`), dataFolder, ordeal);
      },
    );
  });

  it('evaluate leaves the numbers and figures of an undisturbed run', { timeout }, async () => {
    const isClock = ['timing.json', 'evaluation.json', 'report.html'];
    const run = (name: string) => join(space.root, `run-${name}`);
    const numbers = async (name: string) => {
      const { times, ...rest } = JSON.parse(await readFile(join(run(name), 'evaluation.json'), 'utf8'));
      expect(Object.values(times)).not.toContain(undefined);
      return rest;
    };
    const figures = async (name: string) =>
      (await readFile(join(run(name), 'report.html'), 'utf8')).match(/<svg[\s\S]*?<\/svg>|<\/html>/g);
    await compareKilled(
      async (name) => {
        await cp(join(space.app, 'runs/quick'), run(name), { recursive: true });
        return ['evaluate', space.app, '--out', run(name)];
      },
      async (killed, whole, ordeal) => {
        await expectSameFiles(run(killed), run(whole), ordeal, isClock);
        expect(await numbers(killed), ordeal.log).toEqual(await numbers(whole));
        expect(await figures(killed), ordeal.log).toEqual(await figures(whole));
      },
    );
  });
});

it('reproduce, killed and run again, leaves the numbers of an undisturbed run and nothing else', {
  timeout,
}, async () => {
  const declared = new Map<string, Awaited<ReturnType<typeof declarations>>>();
  /** Results, without what a clock told. */
  const results = async (name: string) => {
    const { results: folder } = declared.get(name)!;
    const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    const read = async (path: string) => {
      const withoutTimes = (key: string, value: unknown) => (key === 'times' ? undefined : value);
      const text = await readFile(path, 'utf8');
      return [path.slice(folder.length), path.endsWith('.json') ? JSON.parse(text, withoutTimes) : text];
    };
    return Object.fromEntries(await Promise.all(names.map((entry) => read(join(entry.parentPath, entry.name)))));
  };
  await compareKilled(
    async (name) => {
      declared.set(name, await declarations());
      return declared.get(name)!.reproduce('--table', '1', '--scale', 'long');
    },
    async (killed, whole, { log }) => expect(await results(killed), log).toEqual(await results(whole)),
  );
});
