import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DataError } from '@dyadic/errors';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDataset, lockFolder } from '../src/index.js';
import { columns, contents, missing, recipe, temporaryFolder, writeAll } from './fixtures.js';

/** A process that has ended. */
function deadProcess(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

const holder = (changes: object) =>
  JSON.stringify({ pid: process.pid, host: hostname(), started: null, since: '2026-01-01T00:00:00.000Z', ...changes });

const linux = process.platform === 'linux';
if (!linux) console.log('skipped: only Linux says when a process started, and in which PID namespace');

describe('a folder has one writer', () => {
  it('the second is refused, told who the first is and which file says so', async () => {
    const folder = await temporaryFolder();
    const writer = await createDataset(folder, recipe);
    const second = createDataset(folder, recipe);
    await expect(second).rejects.toThrow(DataError);
    await expect(second).rejects.toThrow(
      new RegExp(
        `is being written to by process ${process.pid} on ${hostname()} since 20.*\\.lock-1\\)\\. Wait for it`,
      ),
    );
    await writer.close();
    expect(await missing(folder)).toEqual([0, 1, 2]);
    expect((await readdir(folder)).filter((name) => name.startsWith('.lock'))).toEqual([]);
  });

  it('closing waits for the shards that are being written, and only then gives the folder free', async () => {
    const folder = await temporaryFolder();
    const writer = await createDataset(folder, recipe);
    const written: number[] = [];
    const writes = [0, 1].map((shard) =>
      writer.write(shard, columns(10 * shard, 10)).then(() => void written.push(shard)),
    );
    const { shards } = await writer.close();
    expect(shards.map(({ shard }) => shard)).toEqual([0, 1]);
    lockFolder(folder).release();
    const before = await contents(folder);
    await Promise.all(writes);
    expect(written.sort()).toEqual([0, 1]);
    expect(await contents(folder)).toEqual(before);
    await expect(writer.write(2, columns(20, 5))).rejects.toThrow(/a call before the writer is closed/);
  });

  it('so does one of a shard that cannot be written', async () => {
    const folder = await temporaryFolder();
    const writer = await createDataset(folder, recipe);
    await mkdir(join(folder, 'shard-00000.arrow'));
    const failed = expect(writer.write(0, columns(0, 10))).rejects.toThrow(/shard-00000\.arrow: cannot be written/);
    expect((await writer.close()).shards).toEqual([]);
    await failed;
    lockFolder(folder).release();
  });

  it('a finished dataset is "up to date" without a lock', async () => {
    const folder = await temporaryFolder();
    await writeAll(folder);
    const lock = lockFolder(folder);
    expect(await missing(folder)).toEqual([]);
    lock.release();
  });

  it('the lock of a process that died here is taken over; one of another host is not', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, '.lock-1'), holder({ pid: deadProcess() }));
    const lock = lockFolder(folder);
    expect((await readdir(folder)).sort()).toEqual(['.lock-2']);
    lock.release();
    await writeFile(join(folder, '.lock-1'), holder({ pid: deadProcess(), host: 'elsewhere' }));
    expect(() => lockFolder(folder)).toThrow(
      /on elsewhere since 2026-01-01.*If that process is gone, remove .*\.lock-1/,
    );
  });

  it.skipIf(!linux)(
    'neither is one of another PID namespace under the same host name, as containers have',
    async () => {
      const folder = await temporaryFolder();
      const namespace = 'pid:[1]';
      for (const pid of [deadProcess(), process.pid]) {
        await writeFile(join(folder, '.lock-1'), holder({ pid, namespace }));
        expect(() => lockFolder(folder)).toThrow(
          new RegExp(`process ${pid} of another container on ${hostname()} since .* If that process is gone, remove`),
        );
      }
      expect(await readdir(folder)).toEqual(['.lock-1']);
    },
  );

  const unshare = ['--user', '--pid', '--fork'];
  const canUnshare = spawnSync('unshare', [...unshare, 'true']).status === 0;
  if (!canUnshare) console.log('skipped: unshare makes no PID namespace here');

  it.skipIf(!canUnshare).each([
    ['with a /proc of its own', ['--mount-proc']],
    ['with the /proc of the host', []],
  ])('a live process of another PID namespace keeps its lock, %s', async (_, proc) => {
    const folder = await temporaryFolder();
    const source = new URL('../dist/index.js', import.meta.url).href;
    const program = `
      import { lockFolder } from ${JSON.stringify(source)};
      const lock = lockFolder(process.argv[1]);
      console.log(process.pid);
      process.stdin.once('data', () => { lock.release(); process.exit(); });`;
    const node = [process.execPath, '--input-type=module', '-e', program, folder];
    const child = spawn('unshare', [...unshare, ...proc, ...node], { stdio: ['pipe', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill());
    const [pid] = (await once(child.stdout, 'data')).map(Number);
    expect(pid).toBeLessThan(10);
    expect(() => lockFolder(folder)).toThrow(new RegExp(`process ${pid} of another container`));
    // Nor does it take that of this process.
    child.stdin.write('release');
    await once(child, 'exit');
    const lock = lockFolder(folder);
    const inside = spawnSync('unshare', [...unshare, ...proc, ...node], { encoding: 'utf8' });
    expect(inside.stderr).toContain(`process ${process.pid} of another container`);
    lock.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('a writer that was killed with its work done leaves nothing behind for the next to find', async () => {
    const folder = await temporaryFolder();
    await writeAll(folder);
    await writeFile(join(folder, '.lock-3'), holder({ pid: deadProcess() }));
    expect(await missing(folder)).toEqual([]);
    expect((await readdir(folder)).filter((name) => name.startsWith('.lock'))).toEqual([]);
  });

  it.skipIf(!linux)('so is one whose number has gone to another process since', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, '.lock-7'), holder({ started: 'another boot/1' }));
    lockFolder(folder).release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('one that was killed between taking a lock over and removing the one before leaves two: both go', async () => {
    const folder = await temporaryFolder();
    for (const name of ['.lock-1', '.lock-2']) await writeFile(join(folder, name), holder({ pid: deadProcess() }));
    const lock = lockFolder(folder);
    expect(await readdir(folder)).toEqual(['.lock-3']);
    lock.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('a lock after which no number is left is refused, so that nobody takes one that others do not see', async () => {
    const folder = await temporaryFolder();
    const last = join(folder, '.lock-999999999999999');
    await writeFile(last, holder({ pid: deadProcess() }));
    expect(() => lockFolder(folder)).toThrow(/\.lock-999999999999999.*leaves no number for the next lock; remove it/);
    await rm(last);
    await writeFile(join(folder, '.lock-999999999'), holder({ pid: deadProcess() }));
    const lock = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(/is being written to/);
    lock.release();
  });

  it('what is in the place of a lock and no file is refused, not read', async () => {
    const folder = await temporaryFolder();
    await symlink('/dev/zero', join(folder, '.lock-1'));
    expect(() => lockFolder(folder)).toThrow(/\.lock-1: is not a file; remove it/);
    await rm(join(folder, '.lock-1'));
    await mkdir(join(folder, '.lock-1'));
    expect(() => lockFolder(folder)).toThrow(/\.lock-1: is not a file; remove it/);
    expect(await readdir(folder)).toEqual(['.lock-1']);
  });

  it('a lock that was never filled is taken over once it is old', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, '.lock-1');
    await writeFile(path, '');
    await utimes(path, new Date(0), new Date(0));
    lockFolder(folder).release();
    expect(existsSync(path)).toBe(false);
  });

  it('one held up before it had filled its lock has lost it, and asks again', async () => {
    const folder = await temporaryFolder();
    const source = new URL('../dist/index.js', import.meta.url).href;
    // Between the two breaths of writing a file it waits for another file, once.
    const program = `
      import fs from 'node:fs';
      import { syncBuiltinESMExports } from 'node:module';
      const write = fs.writeFileSync;
      fs.writeFileSync = (path, text, options) => {
        fs.writeFileSync = write;
        syncBuiltinESMExports();
        const file = fs.openSync(path, options.flag);
        while (!fs.existsSync('${folder}/go')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
        fs.writeSync(file, text);
        fs.closeSync(file);
      };
      syncBuiltinESMExports();
      const { lockFolder } = await import('${source}');
      lockFolder('${folder}');
      console.log('held');
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const path = join(folder, '.lock-1');
    while (!existsSync(path) && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
    await utimes(path, new Date(0), new Date(0));
    lockFolder(folder).release();
    await writeFile(join(folder, 'go'), '');
    await once(child.stdout, 'data');
    expect(() => lockFolder(folder)).toThrow(`is being written to by process ${child.pid} on`);
  });

  it('of many processes that want it at once, with a dead lock there, one at a time has it', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, '.lock-1'), holder({ pid: deadProcess() }));
    const source = new URL('../dist/index.js', import.meta.url).href;
    // Inside the lock each makes a file that must not be there yet, and removes it again.
    const program = `
      import { lockFolder } from '${source}';
      import { rmSync, writeFileSync } from 'node:fs';
      let held = 0;
      for (let end = Date.now() + 1000; Date.now() < end; ) {
        let lock;
        try { lock = lockFolder('${folder}'); } catch (error) { if (error.code !== 'bad-data') throw error; continue; }
        writeFileSync('${folder}/inside', '', { flag: 'wx' });
        rmSync('${folder}/inside');
        held++;
        // Every third time it dies with the lock in its hand, as far as others can tell.
        if (held % 3) lock.release(); else process.kill(process.pid, 'SIGKILL');
      }`;
    const run = async () => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let stderr = '';
      child.stderr.on('data', (chunk) => (stderr += chunk));
      await once(child, 'close');
      return stderr;
    };
    const errors = await Promise.all(Array.from({ length: 6 }, run));
    expect(errors.join('')).toBe('');
    lockFolder(folder).release();
    expect(await readdir(folder)).toEqual([]);
    await expect(readFile(join(folder, 'inside'))).rejects.toThrow(/ENOENT/);
  });
});
