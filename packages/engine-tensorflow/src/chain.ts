import { DyadicError } from '@dyadic/errors';
import { BACKENDS, quietly, type TensorflowBackend } from './backends.js';
import type { Importer } from './importer.js';
import { probe } from './probe.js';
import type { Runtime } from './tfjs.js';

/** A backend that was tried and does not work here. */
export interface SkippedBackend {
  readonly backend: TensorflowBackend;
  /** The reason, a short phrase: for example `@tensorflow/tfjs-node-gpu is not installed`. */
  readonly reason: string;
}

/** The backend that works, and those tried before it. */
export interface Started {
  readonly runtime: Runtime;
  readonly skipped: readonly SkippedBackend[];
}

/** Startups run one after the other, because they change global settings of the process. */
let lastStart: Promise<unknown> = Promise.resolve();

/** Starts the first backend that loads, initialises and computes a known loss and gradient. @throws DyadicError */
export function firstWorking(backends: readonly TensorflowBackend[], load: Importer): Promise<Started> {
  const started = lastStart.then(() => tryEach(backends, load));
  lastStart = started.catch(() => {});
  return started;
}

async function tryEach(backends: readonly TensorflowBackend[], load: Importer): Promise<Started> {
  const skipped: SkippedBackend[] = [];
  for (const backend of backends) {
    try {
      const runtime = await BACKENDS[backend](load);
      await quietly(runtime.tf, () => probe(runtime));
      return { runtime, skipped };
    } catch (error) {
      skipped.push({ backend, reason: reasonOf(error) });
    }
  }
  const reasons = skipped.map(({ backend, reason }) => `${backend}: ${reason}`).join('; ');
  throw new DyadicError('backend-unavailable', `tensorflow backend not available here (${reasons})`);
}

/** The first line of an error, shortened to a phrase. */
function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: unknown };
  const text = typeof message === 'string' ? message : String(error);
  const missing = /Cannot find (?:module|package) '(@tensorflow\/[\w-]+|webgpu)'/.exec(text);
  if (missing && (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND'))
    return `${missing[1]} is not installed`;
  const line = text.trim().split('\n', 1)[0]!.trim();
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}
