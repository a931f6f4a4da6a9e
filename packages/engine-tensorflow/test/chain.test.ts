import * as util from 'node:util';
import { ArgumentError, DyadicError } from '@dyadic/errors';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { importPackage, type TensorflowBackend } from '../src/backends.js';
import { firstWorking } from '../src/chain.js';
import { tensorflowEngine } from '../src/index.js';
import { restoreNullChecks } from '../src/node-shim.js';

const ALL: TensorflowBackend[] = ['node-gpu', 'node', 'webgpu', 'wasm', 'cpu'];

/** Loads everything but the packages named, whose loading fails as given. */
const importer = (failures: Record<string, Error>) => async (name: string) => {
  if (failures[name]) throw failures[name];
  if (name.startsWith('@tensorflow/tfjs-node') || name === 'webgpu') throw missing(name);
  return importPackage(name);
};
const missing = (name: string) =>
  Object.assign(new Error(`Cannot find module '${name}'\nRequire stack:\n- here`), { code: 'MODULE_NOT_FOUND' });

afterEach(() => vi.restoreAllMocks());

describe('the chain of backends', () => {
  it('falls through to wasm with one line for each better one, and prints nothing', async () => {
    const printed = [
      ...(['log', 'info', 'warn', 'error'] as const).map((name) => vi.spyOn(console, name)),
      vi.spyOn(process.stdout, 'write'),
      vi.spyOn(process.stderr, 'write'),
    ];
    const broken = new Error(
      'The Node.js native addon module (tfjs_binding.node) can not be found at path: somewhere \nPlease run command',
    );
    // The cpu backend would print its banner at its first use in the process, which is this one.
    await firstWorking(['cpu'], importer({}));
    const { runtime, skipped } = await firstWorking(ALL, importer({ '@tensorflow/tfjs-node-gpu': broken }));
    expect(runtime.backend).toBe('wasm');
    expect(runtime.detail).toMatch(/^wasm, SIMD, \d+ threads?$/);
    expect(skipped).toEqual([
      {
        backend: 'node-gpu',
        reason: 'The Node.js native addon module (tfjs_binding.node) can not be found at path: somewhere',
      },
      { backend: 'node', reason: '@tensorflow/tfjs-node is not installed' },
      { backend: 'webgpu', reason: 'webgpu is not installed' },
    ]);
    for (const output of printed) expect(output).not.toHaveBeenCalled();
  });

  it('falls through to cpu when wasm does not load', async () => {
    const failure = new Error(`bad wasm ${'x'.repeat(300)}`);
    const { runtime, skipped } = await firstWorking(ALL, importer({ '@tensorflow/tfjs-backend-wasm': failure }));
    expect(runtime.backend).toBe('cpu');
    expect(skipped.at(-1)).toMatchObject({ backend: 'wasm', reason: expect.stringMatching(/^bad wasm x+…$/) });
    expect(skipped.every(({ reason }) => reason.length <= 160)).toBe(true);
  });

  it('rejects a backend that initialises but computes wrong numbers', async () => {
    const wrong = async (name: string) => {
      const core = await importPackage(name);
      return name === '@tensorflow/tfjs-core' ? { ...(core as object), default: undefined, square: tf.abs } : core;
    };
    await expect(firstWorking(['cpu'], wrong)).rejects.toThrow(/cpu: a test computation gave the loss/);
  });

  it('takes a native package without a CUDA device as no GPU', async () => {
    const fake = {
      ...tf,
      setBackend: async () => true,
      getBackend: () => 'tensorflow',
      backend: () => ({ isUsingGpuDevice: false }),
    };
    const load = async () => ({ default: fake });
    await expect(firstWorking(['node-gpu'], load)).rejects.toThrow(
      /node-gpu: libtensorflow finds no usable CUDA device/,
    );
  });

  it('passes over a WebGPU without a graphics device, and leaves no trace of it', async () => {
    const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
    const load = async () => ({
      create: () => ({ requestAdapter: async () => null }),
      globals: { GPUBufferUsage: {} },
    });
    await expect(firstWorking(['webgpu'], load)).rejects.toThrow(/webgpu: WebGPU finds no graphics device here/);
    expect(Object.getOwnPropertyDescriptor(globalThis, 'navigator')).toEqual(before);
    expect(globalThis).not.toHaveProperty('GPUBufferUsage');
  });

  it('refuses unknown backends and options, and says why one asked for does not work', async () => {
    await expect(tensorflowEngine({ backend: 'cuda' as 'cpu' })).rejects.toThrow(ArgumentError);
    await expect(tensorflowEngine({ device: 'gpu' } as never)).rejects.toThrow(/tensorflow\.device/);
    const asked = firstWorking(['webgpu'], importer({}));
    await expect(asked).rejects.toThrow(DyadicError);
    await expect(asked).rejects.toThrow(/webgpu: webgpu is not installed/);
  });

  it('leaves the handling of uncaught errors to the program', async () => {
    const text = (event: string) =>
      process
        .listeners(event as 'uncaughtException')
        .map(String)
        .join('\n');
    await tensorflowEngine({ backend: 'wasm' });
    expect(text('uncaughtException')).not.toMatch(/ExitStatus/);
    expect(text('unhandledRejection')).not.toMatch(/throw reason/);
  });
});

describe('restoreNullChecks', () => {
  it('puts back what Node 23 removed', () => {
    const bare: Record<string, unknown> = {};
    restoreNullChecks(bare);
    const check = bare.isNullOrUndefined as (value: unknown) => boolean;
    expect([null, undefined, 0, '', false, Number.NaN].map(check)).toEqual([true, true, false, false, false, false]);
    expect((bare.isArray as (value: unknown) => boolean)([])).toBe(true);
  });

  it('leaves what is there alone', () => {
    const own = () => true;
    const before = { ...util, isNullOrUndefined: own };
    restoreNullChecks(before as Record<string, unknown>);
    expect(before.isNullOrUndefined).toBe(own);
  });
});
