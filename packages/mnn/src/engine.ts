/**
 * The contract between a network and the engines that run it. Engines implement it, training uses it; this package
 * knows no engine.
 */
import type { Network } from './network.js';

/** Training or evaluation data: `count` samples, one after the other, in the units the network works in. */
export interface Samples {
  readonly count: number;
  /** `count * network.inputSize` numbers. */
  readonly inputs: Float32Array;
  /** `count * network.outputSize` numbers. */
  readonly targets: Float32Array;
  /** One weight per sample, w_s in the loss. */
  readonly weights: Float32Array;
}

/** Samples that a session holds in the form its engine computes with; opaque to everybody else. */
export interface LoadedSamples {
  readonly count: number;
}

/**
 * What a sample counts in the loss: with ε_s² = w_s ‖f(θ, x_s) − t_s‖², `squared-error` is ε_s² and `error` is ε_s, which
 * gives the samples that are hard less say over the others.
 */
export type Loss = 'squared-error' | 'error';

/** p of each loss, the mean of ε_s^p. */
export const LOSS_POWERS: Readonly<Record<Loss, 1 | 2>> = { 'squared-error': 2, error: 1 };
export const LOSSES = Object.keys(LOSS_POWERS) as readonly Loss[];

/** One way of doing the arithmetic. */
export interface Engine {
  /**
   * What determines the bits of a result, for example `wasm` or `tensorflow-cpu`; not the number of threads. Recorded in
   * checkpoints.
   */
  readonly name: string;
  /** What runs and on what, in one line, for example `tensorflow (wasm, SIMD, 2 threads)`. */
  readonly description: string;
  /** Compiles a network. The caller closes the session. */
  open(network: Network): Promise<Session>;
}

/** A network compiled by an engine. Calls on one session must not overlap. */
export interface Session {
  /** Takes a copy of samples; the caller may overwrite them afterwards. @throws ArgumentError as `requireSamples` does. */
  load(samples: Samples): LoadedSamples;
  /** Forgets samples and frees what they held. */
  unload(samples: LoadedSamples): void;
  /**
   * Loss of a batch and its gradient: with f the network and its output stage, B = `indices.length`,
   *
   *   loss = (1/B) Σ_{s in indices} w_s ‖f(θ, x_s) − t_s‖²
   *
   * which is the mean squared relative error (4.1) when w_s = 1/‖t_s‖² in the units of the solution; or the mean of the
   * roots of the terms, the mean relative error itself.
   *
   * @param parameters - θ, the flat vector in the order of the network's layout.
   * @param gradient - Receives ∂loss/∂θ; same length. Where ε_s = 0 the slope of `error` is taken to be 0.
   * @param loss - Default `squared-error`.
   * @returns The loss.
   */
  lossAndGradient(
    parameters: Float32Array,
    samples: LoadedSamples,
    indices: Uint32Array,
    gradient: Float32Array,
    loss?: Loss,
  ): Promise<number>;
  /**
   * Applies the network to any number of inputs.
   *
   * @param inputs - A multiple of `network.inputSize` numbers.
   * @returns As many outputs, one after the other.
   */
  predict(parameters: Float32Array, inputs: Float32Array): Promise<Float32Array>;
  /** Frees everything. */
  close(): void;
}
