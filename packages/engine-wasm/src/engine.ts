import { ArgumentError, requireInteger, requireKnownOptions } from '@dyadic/errors';
import type { Engine, Network } from '@dyadic/mnn';
import { engineModule } from './binary.js';
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
  requireKnownOptions('wasmEngine', options, ['threads']);
  const asked = options.threads ?? 'auto';
  const wanted =
    asked === 'auto'
      ? Math.min(availableCores(), MOST_THREADS)
      : requireInteger('wasmEngine.threads', asked, { min: 1, max: MOST_THREADS });
  const threads = canShareMemory() ? wanted : 1;
  const module = engineModule(threads > 1 ? 'shared' : 'single');
  const restriction = threads < wanted ? ', no shared memory here' : '';
  return {
    name: 'wasm',
    threads,
    description: `wasm (SIMD, ${threads} ${threads === 1 ? 'thread' : 'threads'}${restriction})`,
    open: (network) => WasmSession.open(requireNetwork(network), module, threads),
  };
}

/** A network compiled for prediction on the calling thread, without promises: for the inner loop of a solver. */
export interface Predictor {
  /**
   * Applies the network to any number of inputs; the bits of a session's `predict`.
   *
   * @param parameters - The flat vector in the order of the network's layout; packed again only where it has changed.
   * @param inputs - A multiple of `network.inputSize` numbers.
   * @returns As many outputs, one after the other.
   */
  predict(parameters: Float32Array, inputs: Float32Array): Float32Array;
  /** Frees everything. */
  close(): void;
}

/**
 * Opens a network for prediction on the calling thread, at once.
 *
 * @throws ArgumentError when the network does not fit or WebAssembly SIMD is missing.
 */
export function openPredictor(network: Network): Predictor {
  const session = WasmSession.openHere(requireNetwork(network), engineModule('single'));
  return {
    predict: (parameters, inputs) => session.predictHere(parameters, inputs),
    close: () => session.close(),
  };
}

function requireNetwork(network: Network): Network {
  if (network?.layers === undefined) throw new ArgumentError('network', network, 'a network made by mnn()');
  return network;
}
