import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DataError } from '@dyadic/errors';
import * as z from 'zod';
import { unwritable } from './file.js';

/** The process that holds the lock with the greatest number holds the folder. */
const LOCK_NAME = /^\.lock-([1-9][0-9]{0,14})$/;

/** The greatest number of a lock; never reached in practice. */
const LAST_NUMBER = 999_999_999_999_999;

/** A process fills its lock file immediately; one unreadable for this long belongs to a process killed before that. */
const MILLISECONDS_TO_FILL = 2000;

const holderSchema = z.strictObject({
  pid: z.int().min(1),
  host: z.string(),
  /** PID namespace of the process, such as that of a container; null if the system has none or does not report it. */
  namespace: z.string().nullable().default(null),
  /** Distinguishes the process from a later one with the same PID; null if the system does not report it. */
  started: z.string().nullable(),
  since: z.string(),
});
type Holder = z.infer<typeof holderSchema>;

/** Another process is writing to the folder. */
export class LockedError extends DataError {
  /** The holder of the lock: `process 17 on host`, or `process 17 of another container on host`. */
  readonly holder: string;

  constructor(folder: string, holder: string, details: string) {
    super(folder, `is being written to by ${holder} ${details}`);
    this.holder = holder;
  }
}

/** The exclusive right to write to a folder; see {@link lockFolder}. */
export interface FolderLock {
  /** Releases the lock. */
  release(): void;
}

/**
 * Locks a folder for writing, or throws. The lock is a file in the folder, created with O_EXCL, that names its holder; a lock
 * whose holder died on this host is taken over. Containers with their own PID namespace count as other hosts, whatever their
 * name, since their PIDs mean nothing here.
 *
 * Two processes must not both take over the lock of a dead one, so a dead lock n is never removed to make room:
 *
 * 1. the process that takes over creates lock n + 1, which only one process can do, and then removes lock n;
 * 2. a process that has created a lock checks again. It has lost if a greater number exists, because its own lock looked dead to
 *    another process before it was filled, or if lock n turns out to belong to a live process that filled it late.
 *
 * @throws LockedError naming the lock and its holder, DataError for disk errors
 */
export function lockFolder(folder: string): FolderLock {
  for (;;) {
    const numbers = lockNumbers(folder);
    const last = Math.max(0, ...numbers);
    if (last === LAST_NUMBER)
      throw new DataError(lockPath(folder, last), 'leaves no number for the next lock; remove it');
    if (last > 0) {
      const path = lockPath(folder, last);
      const holder = readHolder(path);
      if (holder === 'gone') continue;
      if (holder === 'filling') {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
        continue;
      }
      if (isAlive(holder)) throw heldBy(folder, path, holder);
    }
    const own = lockPath(folder, last + 1);
    if (!create(own)) continue;
    const filledNow = numbers.length > 0 && isAlive(readHolder(lockPath(folder, last)));
    if (filledNow || Math.max(...lockNumbers(folder)) !== last + 1) {
      rmSync(own, { force: true });
      continue;
    }
    // There are several if a process was killed between taking over a lock and removing the previous one.
    for (const number of numbers) rmSync(lockPath(folder, number), { force: true });
    return { release: () => rmSync(own, { force: true }) };
  }
}

/** Removes the lock of a process killed after finishing its work. Ignores a live lock and disk errors. */
export function removeDeadLock(folder: string): void {
  try {
    if (lockNumbers(folder).length > 0) lockFolder(folder).release();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
  }
}

/** Whether a file name is that of a lock. */
export function isLock(name: string): boolean {
  return LOCK_NAME.test(name);
}

function lockPath(folder: string, number: number): string {
  return join(folder, `.lock-${number}`);
}

function lockNumbers(folder: string): number[] {
  try {
    return readdirSync(folder)
      .flatMap((name) => LOCK_NAME.exec(name)?.[1] ?? [])
      .map(Number);
  } catch (cause) {
    throw unwritable(folder, 0, cause);
  }
}

/** Creates the lock; false if another process was faster. */
function create(path: string): boolean {
  const holder: Holder = {
    pid: process.pid,
    host: hostname(),
    namespace: ownNamespace(),
    started: startOf(process.pid),
    since: new Date().toISOString(),
  };
  const text = `${JSON.stringify(holder)}\n`;
  try {
    writeFileSync(path, text, { flag: 'wx' });
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    if ((cause as NodeJS.ErrnoException).code === 'ENOSPC') rmSync(path, { force: true });
    throw unwritable(path, text.length, cause);
  }
}

function readHolder(path: string): Holder | 'gone' | 'filling' | 'unreadable' {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return 'gone';
  // A link may lead to an endless file, and a pipe blocks.
  if (!found.isFile()) throw new DataError(path, 'is not a file; remove it');
  try {
    return holderSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'gone';
    if (typeof code === 'string' && !(error instanceof z.ZodError)) throw unwritable(path, 0, error);
    return Date.now() - found.mtimeMs < MILLISECONDS_TO_FILL ? 'filling' : 'unreadable';
  }
}

/** Whether this process can check whether the holder is alive. */
function isOfThisHost({ host, namespace }: Holder): boolean {
  return host === hostname() && (namespace === null || namespace === ownNamespace());
}

/** Whether the holder is alive. Processes of other hosts and containers count as alive, since this one cannot check. */
function isAlive(holder: ReturnType<typeof readHolder>): holder is Holder {
  if (typeof holder === 'string') return false;
  const { pid, started } = holder;
  if (!isOfThisHost(holder)) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: the process exists and belongs to another user.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const running = startOf(pid);
  return started === null || running === null || started === running;
}

/** The PID namespace of this process, such as `pid:[4026531836]` (Linux); null elsewhere. */
function ownNamespace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return null;
  }
}

/** The start of a process, in clock ticks after a named boot (Linux), or 'ended'; null without a usable /proc. */
function startOf(pid: number): string | null {
  try {
    // If /proc belongs to another PID namespace, its numbers are those of other processes.
    if (readlinkSync('/proc/self') !== String(process.pid)) return null;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    // The second field, the name in parentheses, may hold spaces; the state is the third, the start the 22nd.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    const ended = fields[0] === 'Z' || fields[0] === 'X';
    return ended ? 'ended' : `${boot}/${fields[19]}`;
  } catch {
    return null;
  }
}

function heldBy(folder: string, path: string, holder: Holder): LockedError {
  const { pid, host, since } = holder;
  const isHere = isOfThisHost(holder);
  const advice = isHere
    ? 'Wait for it, or stop it and try again'
    : `If that process is gone, remove ${path} and try again`;
  const whose = !isHere && host === hostname() ? `process ${pid} of another container` : `process ${pid}`;
  return new LockedError(folder, `${whose} on ${host}`, `since ${since} (${path}). ${advice}`);
}
