/** The activations φ, each one entry of a table: the reference computes with it, engines have tables of their own. */

/** Pointwise nonlinearity φ of a layer; `linear` is none. */
export type Activation = 'linear' | 'relu' | 'tanh' | 'softplus';

/** One activation in float64. */
export interface ActivationFunction {
  /** φ(z) */
  readonly value: (z: number) => number;
  /** φ'(z) as a function of a = φ(z), which is what backpropagation keeps. */
  readonly slope: (a: number) => number;
  /** Variance of weights · fan-in that keeps the variance of activations from layer to layer: 2 for ReLU (He et al. 2015), else 1. */
  readonly gain: number;
}

export const ACTIVATION_FUNCTIONS = {
  linear: { value: (z) => z, slope: () => 1, gain: 1 },
  relu: { value: (z) => Math.max(z, 0), slope: (a) => (a > 0 ? 1 : 0), gain: 2 },
  tanh: { value: Math.tanh, slope: (a) => 1 - a * a, gain: 1 },
  softplus: {
    value: (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))),
    slope: (a) => -Math.expm1(-a),
    gain: 1,
  },
} as const satisfies Record<Activation, ActivationFunction>;

export const ACTIVATIONS = Object.keys(ACTIVATION_FUNCTIONS) as readonly Activation[];
