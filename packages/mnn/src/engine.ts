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
  /** Weights w_(s,c) in the loss, one per sample and output field: `count * network.outputs` numbers, field after field. */
  readonly weights: Float32Array;
}

/** Samples that a session holds in the form its engine computes with; opaque to everybody else. */
export interface LoadedSamples {
  readonly count: number;
}

/** p of each loss, the mean of ε_s^p. */
const POWERS = { 'squared-error': 2, error: 1 } as const satisfies Record<string, 1 | 2>;

/**
 * What a sample counts in the loss: with ε_s² = Σ_c w_(s,c) ‖f_c(θ, x_s) − t_(s,c)‖², c the output fields (most networks have
 * one, so that ε_s² = w_s ‖f(θ, x_s) − t_s‖²), `squared-error` is ε_s² and `error` is ε_s, which
 * gives the samples that are hard less say over the others.
 */
export type Loss = keyof typeof POWERS;

export const LOSS_POWERS: Readonly<Record<Loss, 1 | 2>> = POWERS;
export const LOSSES = Object.keys(POWERS) as readonly Loss[];

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
   *   loss = (1/B) Σ_{s in indices} Σ_c w_(s,c) ‖f_c(θ, x_s) − t_(s,c)‖²
   *
   * which is the mean squared relative error (4.1) when w_s = 1/‖t_s‖² in the units of the solution, with α_out fields the
   * mean of theirs when w_(s,c) = 1/(α_out ‖t_(s,c)‖²); or the mean of the
   * roots of the terms, the mean relative error itself.
   *
   * @param parameters - θ, the flat vector in the order of the network's layout.
   * @param gradient - Receives ∂loss/∂θ; same length. Where ε_s = 0 the slope of `error` is taken to be 0.
   * @param loss - Default `squared-error`.
   * @param moves - Where the engine {@link moves} samples: a move of `moves.ts` for each index, for this batch alone.
   * @returns The loss.
   */
  lossAndGradient(
    parameters: Float32Array,
    samples: LoadedSamples,
    indices: Uint32Array,
    gradient: Float32Array,
    loss?: Loss,
    moves?: Uint32Array,
  ): Promise<number>;
  /**
   * Applies the network to any number of inputs.
   *
   * @param inputs - A multiple of `network.inputSize` numbers.
   * @returns As many outputs, one after the other.
   */
  predict(parameters: Float32Array, inputs: Float32Array): Promise<Float32Array>;
  /**
   * Present where the engine moves samples as it takes them: `lossAndGradient` and `Descent.run` then have the bits that they
   * have on samples that were moved before they were loaded.
   */
  readonly moves?: true;
  /**
   * Present where the engine can run an optimizer where its gradients are. @param rule - Of the optimizer whose vectors are
   * to be moved. Resolves to nothing where the engine gains nothing by running it, or has no room for the vectors. The
   * caller closes what it gets.
   */
  descend?(rule: UpdateRule): Promise<Descent | undefined>;
  /** Frees everything. */
  close(): void;
}

/**
 * How an optimizer moves parameters, as data. With g = ∂loss/∂θ,
 *
 *   m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²
 *   θ ← shrink θ − (gradient g + moment m) / (√(second v) + ε)
 *
 * entry by entry, where the factors are those of the step ({@link UpdateFactors}) and m and v the vectors `firstMoment` and
 * `secondMoment`. With `matrices` this happens in the coordinates of their bases, as `Soap` of `@dyadic/training` says.
 */
export interface UpdateRule {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /**
   * The parameters as matrices. The vectors `firstMoment` and `secondMoment` hold them one after the other, `grams` and
   * `bases` their left and then their right squares (of `bases` the transposes, an eigenvector a row), with rows padded
   * by zeros to a multiple of four.
   */
  readonly matrices?: readonly RotatedMatrix[];
  /** Matrix i turns its bases after step t if t + i is a multiple of this, and after step 0. */
  readonly refreshEvery?: number;
}

/** A matrix in the parameter vector, row-major, and the sizes of its bases; 0 where a side has none. */
export interface RotatedMatrix {
  readonly offset: number;
  readonly rows: number;
  readonly columns: number;
  /** `rows` or 0 */
  readonly left: number;
  /** `columns` or 0 */
  readonly right: number;
}

/** What an optimizer says of one step, besides its rule. */
export interface UpdateFactors {
  /** t, from 0. With bases, step 0 only starts them. */
  readonly step: number;
  /** η, which `gradient` and `moment` hold as a factor: an engine that wants the optimizer's own bits needs it alone. */
  readonly learningRate: number;
  readonly shrink: number;
  readonly gradient: number;
  readonly moment: number;
  readonly second: number;
}

/** Parameters and the vectors of an optimizer on a device. Calls may follow each other without waiting. */
export interface Descent {
  /** Takes copies of the parameters and of the optimizer's vectors. */
  write(parameters: Float32Array, vectors: Readonly<Record<string, Float32Array>>): void;
  /**
   * Submits one step per entry of `factors`, on `batchSize` of the samples after the other as `indices` names them; the last
   * step takes what is left. Resolves to the loss before each step. From a loss on that is no finite number nothing may be
   * moved any more; the losses after it are NaN.
   *
   * @param moves - As of `Session.lossAndGradient`.
   */
  run(
    samples: LoadedSamples,
    indices: Uint32Array,
    batchSize: number,
    factors: readonly UpdateFactors[],
    loss?: Loss,
    moves?: Uint32Array,
  ): Promise<Float32Array | Float64Array>;
  /** Waits for all steps and copies parameters and vectors back. */
  read(parameters: Float32Array, vectors: Readonly<Record<string, Float32Array>>): Promise<void>;
  close(): void;
}
