/** The speed of engines for a given network: a short measurement, cached across runs. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Engine } from '@dyadic/mnn';
import { measureSpeed, type Workload } from '@dyadic/training';

/** The file that caches measurements; no result depends on it. */
export function speedFile(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'dyadic', 'engine-speeds.json');
}

/** Steps per second of an engine, measured unless `file` has them. Their description distinguishes engines. */
export async function stepsPerSecond(engine: Engine, workload: Workload, file = speedFile()): Promise<number> {
  const { network, batchSize } = workload;
  const key = createHash('sha256')
    .update(JSON.stringify([engine.description, network.layers, batchSize]))
    .digest('hex');
  const known = await remembered(file);
  if (known[key] !== undefined) return known[key];
  const rate = await measureSpeed(engine, workload);
  await mkdir(dirname(file), { recursive: true }).catch(() => {});
  // If the file cannot be written, the next run measures again.
  await writeFile(file, JSON.stringify({ ...known, [key]: rate })).catch(() => {});
  return rate;
}

async function remembered(file: string): Promise<Record<string, number>> {
  try {
    const entries = Object.entries(JSON.parse(await readFile(file, 'utf8')) as object);
    return Object.fromEntries(entries.filter(([, rate]) => typeof rate === 'number' && rate > 0));
  } catch {
    return {};
  }
}
