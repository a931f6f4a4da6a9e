/** Which engine trains, and why: WebGPU where a graphics device is the faster one, else WebAssembly. */
import { wasmEngine } from '@dyadic/engine-wasm';
import { DyadicError } from '@dyadic/errors';
import type { Session } from '@dyadic/mnn';
import { measureSpeed, type Workload } from '@dyadic/training';
import type { EngineChoice } from '../engine-choice.js';

export interface TrainingEngine {
  /** As checkpoints record it. */
  readonly name: string;
  readonly description: string;
  /** Half a sentence for the user. */
  readonly why: string;
  readonly session: Session;
  close(): void;
}

/** Milliseconds for opening a graphics device, shaders compiled, and again until its first step is done. */
export const PATIENCE = 30_000;

/** The engine of a choice; WebAssembly where a graphics device is missing, late, or slower. */
export async function openEngine(choice: EngineChoice, workload: Workload): Promise<TrainingEngine> {
  if (choice === 'wasm') return openWasm(workload, 'you chose it');
  // Asked first, so that browsers without WebGPU do not load the engine.
  if (!('gpu' in navigator)) return openWasm(workload, 'this browser has no WebGPU');
  const opening = openWebgpu(choice, workload);
  try {
    return await within(PATIENCE, opening);
  } catch (error) {
    // What is late may still come.
    opening.then(
      ({ close }) => close(),
      () => {},
    );
    return openWasm(workload, error instanceof Error ? error.message : String(error));
  }
}

export async function openWasm({ network }: Workload, why: string): Promise<TrainingEngine> {
  const engine = await wasmEngine();
  const session = await engine.open(network);
  const { name, description } = engine;
  return { name, description, why, session, close: () => session.close() };
}

/** Waits so many milliseconds. @throws DyadicError `device` when that is not enough */
export function within<Result>(milliseconds: number, work: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const late = () =>
      reject(new DyadicError('device', `the graphics device was not ready after ${milliseconds / 1000} seconds`));
    const timer = setTimeout(late, milliseconds);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Whether a training failed because its graphics device did. */
export function isDeviceError(error: unknown): error is DyadicError {
  return error instanceof DyadicError && error.code === 'device';
}

/** @throws Error saying why there is no device, or, unless the user asks for WebGPU, why it is not taken */
async function openWebgpu(choice: 'auto' | 'webgpu', workload: Workload): Promise<TrainingEngine> {
  const { webgpuEngine } = await import('@dyadic/engine-webgpu');
  const engine = await webgpuEngine();
  try {
    if (choice === 'auto' && engine.software)
      throw new Error(`WebGPU has only ${engine.adapter} here, which is the CPU`);
    const why = choice === 'webgpu' ? 'you chose it' : await fasterThanWasm(engine, workload);
    const session = await engine.open(workload.network);
    const close = () => {
      session.close();
      engine.close();
    };
    return { name: engine.name, description: engine.description, why, session, close };
  } catch (error) {
    engine.close();
    throw error;
  }
}

/** The speeds in words. @throws Error with them when WebAssembly is the faster one */
async function fasterThanWasm(engine: Parameters<typeof measureSpeed>[0], workload: Workload): Promise<string> {
  const [theirs, ours] = [await measureSpeed(engine, workload), await measureSpeed(await wasmEngine(), workload)];
  const [gpu, wasm] = [theirs, ours].map((rate) => Number(rate.toPrecision(2)));
  const speeds = `WebGPU does ${gpu} steps a second here, WebAssembly ${wasm}`;
  if (theirs <= ours) throw new Error(speeds);
  return speeds;
}
