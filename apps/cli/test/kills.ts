/** Commands that are killed again and again, and what they leave compared with what an undisturbed run does. */
import { cp, mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomStream } from '@dyadic/random';
import { expect } from 'vitest';
import { finished, start } from './fixtures.js';

/** What tells of a command that was killed again and again, and in the end ran through. */
export interface Ordeal {
  readonly kills: number;
  /** When each run was killed and what it had said by then: what a failure has to show. */
  readonly log: string;
}

/**
 * Kills a command again and again, after times that a seed draws, until it finishes by itself or was killed so many
 * times; lets it finish then.
 *
 * @param span - Milliseconds within which it is killed; default short, and long once it was killed a few times.
 */
export async function killUntilDone(
  seed: number,
  most: number,
  begun: () => boolean,
  args: string[],
  span?: number,
): Promise<Ordeal> {
  const stream = randomStream(seed, 'test/kills');
  let log = `seed ${seed}\n`;
  for (let kills = 0; ; kills++) {
    const child = start(...args);
    const end = finished(child);
    // The first kill waits for work to have begun; after it the command starts in the middle.
    while (!begun() && child.exitCode === null && child.signalCode === null) await sleep(5);
    const wait = stream.uniform(0, span ?? (kills < 4 ? 700 : 4000));
    const kill = kills < most ? setTimeout(() => child.kill('SIGKILL'), wait) : undefined;
    const { code, stdout, stderr } = await end;
    clearTimeout(kill);
    log += `${code === null ? `${child.signalCode} after ${wait.toFixed(0)} ms` : `exit code ${code}`}\n${stdout}${stderr}\n`;
    if (code !== null) {
      expect([code, stderr], log).toEqual([0, expect.not.stringContaining('error:')]);
      return { kills, log };
    }
  }
}

/** Fails if two folders differ, but for the files named: says where, and keeps both. */
export async function expectSameFiles(killed: string, whole: string, { log }: Ordeal, except: readonly string[] = []) {
  const names = new Set([...(await readdir(killed)), ...(await readdir(whole))]);
  const differences: string[] = [];
  for (const name of [...names].filter((each) => !except.includes(each)).sort()) {
    const [is, expected] = await Promise.all([killed, whole].map((at) => readFile(join(at, name)).catch(() => null)));
    if (!is || !expected) differences.push(`${name}: ${is ? 'left behind' : 'missing'}`);
    else if (!is.equals(expected)) {
      const at = is.findIndex((byte, i) => byte !== expected[i]);
      differences.push(`${name}: ${is.length} bytes, expected ${expected.length}, different from byte ${at}`);
    }
  }
  if (differences.length === 0) return;
  const kept = await mkdtemp(join(tmpdir(), 'dyadic-kills-'));
  await cp(killed, join(kept, 'killed'), { recursive: true });
  await cp(whole, join(kept, 'whole'), { recursive: true });
  expect(differences, `${log}kept in ${kept}`).toEqual([]);
}

/** Kills of each command, over as many runs as it takes: a handful here, 25 with `npm run test:kills`. */
export const KILLS = Number(process.env.DYADIC_KILLS ?? 4);

/** Another seed, other moments. */
export const SEED = Number(process.env.DYADIC_KILLS_SEED ?? 0);

/** Runs a command again and again under kills, into a new folder each time, until there were enough of them. */
export async function manyKills(run: (round: number, most: number) => Promise<Ordeal>): Promise<void> {
  let kills = 0;
  for (let round = 0; kills < KILLS; round++) kills += (await run(round, Math.min(5, KILLS - kills))).kills;
  console.log(`${kills} kills`);
}
