import { ArgumentError, requireInteger, requireKnownOptions } from '@dyadic/errors';
import type { Engine, Network } from '@dyadic/mnn';
import { type EngineBinaries, loadModule } from './binary.js';
import { WasmSession } from './session.js';
import { availableCores, canShareMemory } from './thread.js';

/** How to run the engine. */
export interface WasmEngineOptions {
  /**
   * Threads that share a step, the calling one included; default `auto`: one per core this process may use. Where
   * threads cannot share memory (a page that is not cross-origin isolated) there is one, whatever is asked.
   * Results are the same bits for any number.
   */
  readonly threads?: 'auto' | number;
  /** The compiled modules, where the engine cannot read them itself. Default: the files next to this one. */
  readonly binaries?: EngineBinaries;
}

/** An engine whose sessions tell how much memory they take. */
export interface WasmEngine extends Engine {
  readonly name: 'wasm';
  /** Threads that share a step. */
  readonly threads: number;
  open(network: Network): Promise<WasmSession>;
}

/** Batches are cut into this many parts at most, so more threads would idle. */
const MOST_THREADS = 32;

/**
 * The embedded engine: loss, gradient and prediction in WebAssembly with SIMD, on all cores, with nothing to install.
 *
 * @example
 * const engine = await wasmEngine();
 * const session = await engine.open(mnn({ points: 320, levels: 6, channels: 6, kernelLayers: 5 }));
 * @throws ArgumentError when an option is wrong or WebAssembly SIMD is missing.
 */
export async function wasmEngine(options: WasmEngineOptions = {}): Promise<WasmEngine> {
  requireKnownOptions('wasmEngine', options, ['threads', 'binaries']);
  const asked = options.threads ?? 'auto';
  const wanted =
    asked === 'auto'
      ? Math.min(await availableCores(), MOST_THREADS)
      : requireInteger('wasmEngine.threads', asked, { min: 1, max: MOST_THREADS });
  const threads = canShareMemory() ? wanted : 1;
  const module = await loadModule(threads > 1 ? 'shared' : 'single', options.binaries);
  const restriction = threads < wanted ? ', no shared memory here' : '';
  return {
    name: 'wasm',
    threads,
    description: `wasm (SIMD, ${threads} ${threads === 1 ? 'thread' : 'threads'}${restriction})`,
    open: (network) => WasmSession.open(requireNetwork(network), module, threads),
  };
}

function requireNetwork(network: Network): Network {
  if (network?.layers === undefined) throw new ArgumentError('network', network, 'a network made by mnn()');
  return network;
}
