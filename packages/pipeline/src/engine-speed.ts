/** How fast engines are at the network at hand: a short measurement, remembered from run to run. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Engine } from '@dyadic/mnn';
import { measureSpeed, type Workload } from '@dyadic/training';

/** Where measurements are remembered; only speed depends on it. */
export function speedFile(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'dyadic', 'engine-speeds.json');
}

/** Steps per second of an engine, measured unless `file` remembers it: engines are distinguished by their description. */
export async function stepsPerSecond(engine: Engine, workload: Workload, file = speedFile()): Promise<number> {
  const { network, batchSize } = workload;
  const key = createHash('sha256')
    .update(JSON.stringify([engine.description, network.layers, batchSize]))
    .digest('hex');
  const known = await remembered(file);
  if (known[key] !== undefined) return known[key];
  const rate = await measureSpeed(engine, workload);
  await mkdir(dirname(file), { recursive: true }).catch(() => {});
  // Where it cannot be written it is measured again next time.
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
