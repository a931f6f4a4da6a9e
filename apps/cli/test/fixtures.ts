import { type ChildProcess, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export const BIN = fileURLToPath(new URL('../bin/dyadic.js', import.meta.url));

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as a user would, to its end. */
export async function dyadic(...args: string[]): Promise<Run> {
  return finished(start(...args));
}

/** Starts the command; entries of the form NAME=value before its arguments go to the environment. */
export function start(...args: string[]): ChildProcess {
  const { DYADIC_PROFILE: _, ...env } = process.env;
  const isVariable = (arg: string) => /^[A-Z_]+=/.test(arg);
  for (const [name, value] of args.filter(isVariable).map((arg) => arg.split('='))) env[name!] = value;
  const words = args.filter((arg) => !isVariable(arg));
  return spawn(process.execPath, [BIN, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Runs a command until something has begun, then holds it still: it ends only once it is let go. */
export async function held(begun: () => boolean, ...args: string[]): Promise<() => Promise<Run>> {
  const child = start(...args);
  onTestFinished(() => void child.kill('SIGKILL'));
  const end = finished(child);
  while (!begun() && child.exitCode === null) await sleep(2);
  child.kill('SIGSTOP');
  return async () => {
    child.kill('SIGCONT');
    return end;
  };
}

/** Whether somebody has taken the lock of a folder: its file is there, and filled. */
export function isLocked(folder: string): boolean {
  return (statSync(join(folder, '.lock-1'), { throwIfNoEntry: false })?.size ?? 0) > 0;
}

export function finished(child: ChildProcess): Promise<Run> {
  let [stdout, stderr] = ['', ''];
  child.stdout!.on('data', (chunk) => (stdout += chunk));
  child.stderr!.on('data', (chunk) => (stderr += chunk));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

export const RECIPE = {
  name: 'tiny',
  description: 'a dataset for tests',
  seed: 7,
  equation: 'nlse',
  grid: { dimension: 1, points: 64 },
  potential: { preset: 'paper', wells: 2 },
  solver: { beta: 10, discretization: 'fourier', tolerance: 1e-9 },
  profiles: { quick: { samples: 64, shardRows: 8 } },
};

/** What a Kohn-Sham recipe has otherwise. */
export const KOHN_SHAM = {
  equation: 'kohn-sham',
  potential: { preset: 'localized', wells: 2 },
  solver: { tolerance: 1e-9 },
};

export const EXPERIMENT = {
  name: 'tiny',
  description: 'an experiment for tests',
  dataset: '../data',
  input: 'potential',
  output: 'solution',
  normalization: { input: 'standard', output: 'standard' },
  network: { points: 64, levels: 3, channels: 2, kernelLayers: 1 },
  profiles: {
    quick: {
      splits: { train: 40, validation: 12, test: 12 },
      training: {
        epochs: 12,
        batchSize: 10,
        seed: 1,
        optimizer: { name: 'nadam' },
        schedule: { learningRate: 1e-2 },
      },
    },
  },
};

export interface Workspace {
  readonly root: string;
  /** Folder of dataset.json. */
  readonly data: string;
  /** Folder of experiment.json. */
  readonly app: string;
}

interface Changes {
  readonly recipe?: object;
  readonly experiment?: object;
}

/** A folder with a recipe and an experiment, changed as asked, for one test. */
export async function workspace(changes: Changes = {}): Promise<Workspace> {
  const space = await createWorkspace(changes);
  onTestFinished(() => rm(space.root, { recursive: true, force: true }));
  return space;
}

/** The same for several tests; the caller removes it. */
export async function createWorkspace(changes: Changes = {}): Promise<Workspace> {
  const root = await mkdtemp(join(tmpdir(), 'dyadic-cli-'));
  const [data, app] = [join(root, 'data'), join(root, 'app')];
  await mkdir(data);
  await mkdir(app);
  await writeFile(join(data, 'dataset.json'), JSON.stringify({ ...RECIPE, ...changes.recipe }));
  await writeFile(join(app, 'experiment.json'), JSON.stringify({ ...EXPERIMENT, ...changes.experiment }));
  return { root, data, app };
}

/** A copy of a workspace, to damage. */
export async function copyOf({ root }: Workspace): Promise<Workspace> {
  const copy = await mkdtemp(join(tmpdir(), 'dyadic-cli-'));
  onTestFinished(() => rm(copy, { recursive: true, force: true }));
  await cp(root, copy, { recursive: true });
  return { root: copy, data: join(copy, 'data'), app: join(copy, 'app') };
}

/** Names and contents of the files of a folder, but for those named. */
export async function contents(folder: string, except: readonly string[] = []): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter((name) => !except.includes(name)).sort();
  const read = async (name: string) => [name, (await readFile(join(folder, name))).toString('base64')];
  return Object.fromEntries(await Promise.all(names.map(read)));
}
