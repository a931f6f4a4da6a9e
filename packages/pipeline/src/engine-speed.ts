/** How fast engines are at the network at hand: a short measurement, remembered from run to run. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Engine, initialParameters, type Network, type Session } from '@dyadic/mnn';

/** The training to come. */
export interface Workload {
  readonly network: Network;
  readonly batchSize: number;
}

/** Milliseconds of a measurement. */
const DURATION = 300;
/** Steps submitted at once to an engine that has the optimizer. */
const AHEAD = 16;

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
  const rate = await measure(engine, workload);
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

async function measure(engine: Engine, { network, batchSize }: Workload): Promise<number> {
  const session = await engine.open(network);
  try {
    const step = await stepper(session, network, batchSize);
    await step();
    const start = performance.now();
    let steps = 0;
    while (performance.now() - start < DURATION) steps += await step();
    return (1000 * steps) / (performance.now() - start);
  } finally {
    session.close();
  }
}

/** A function that does some steps on zeros and returns how many: loss and gradient, and the optimizer where the engine has it. */
async function stepper(session: Session, network: Network, batchSize: number): Promise<() => Promise<number>> {
  const { inputSize, outputSize, parameterCount } = network;
  const samples = session.load({
    count: batchSize,
    inputs: new Float32Array(batchSize * inputSize),
    targets: new Float32Array(batchSize * outputSize),
    weights: new Float32Array(batchSize * network.outputs),
  });
  const parameters = initialParameters(network, 1);
  const indices = Uint32Array.from({ length: batchSize }, (_, i) => i);
  const descent = await session.descend?.({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
  if (!descent) {
    const gradient = new Float32Array(parameterCount);
    return async () => {
      await session.lossAndGradient(parameters, samples, indices, gradient);
      return 1;
    };
  }
  const zeros = () => new Float32Array(parameterCount);
  descent.write(parameters, { firstMoment: zeros(), secondMoment: zeros() });
  const order = Uint32Array.from({ length: AHEAD * batchSize }, (_, i) => i % batchSize);
  const factors = { step: 0, learningRate: 0, shrink: 1, gradient: 0, moment: 0, second: 1 };
  return async () => {
    await descent.run(samples, order, batchSize, new Array(AHEAD).fill(factors));
    return AHEAD;
  };
}
