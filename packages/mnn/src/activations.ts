/**
 * The activations φ, one entry of a table each. The reference, `engine-tensorflow`, `engine-webgpu` and the options of experiments
 * are derived from it; `engine-wasm` has vectorised code of its own for each, which the conformance suite compares with it.
 */
import type { Formula } from './arithmetic.js';

/** One activation. */
export interface ActivationFunction {
  /** What it is, for the page of options. */
  readonly description: string;
  /** φ(z) */
  readonly value: Formula;
  /** φ'(z) as a function of a = φ(z), which is what backpropagation keeps. */
  readonly slope: Formula;
  /** Variance of weights · fan-in that keeps the variance of activations from layer to layer: 2 for ReLU (He et al. 2015), else 1. */
  readonly gain: number;
}

export const ACTIVATION_FUNCTIONS = {
  linear: {
    description: 'none',
    value: (_, z) => z,
    slope: (f) => f.constant(1),
    gain: 1,
  },
  relu: {
    description: 'max(z, 0)',
    value: (f, z) => f.positivePart(z),
    slope: (f, a) => f.step(a),
    gain: 2,
  },
  tanh: {
    description: 'tanh z',
    value: (f, z) => f.tanh(z),
    slope: (f, a) => f.subtract(f.constant(1), f.multiply(a, a)),
    gain: 1,
  },
  softplus: {
    description: 'log(1 + e^z)',
    value: (f, z) => f.softplus(z),
    slope: (f, a) => f.negate(f.expm1(f.negate(a))),
    gain: 1,
  },
  squareplus: {
    description: '(z + √(z² + 4)) / 2',
    // max(z, 0) + 2 / (|z| + √(z² + 4)), which cancels nothing.
    value: (f, z) => {
      const size = f.add(f.positivePart(z), f.positivePart(f.negate(z)));
      const root = f.sqrt(f.add(f.multiply(z, z), f.constant(4)));
      return f.add(f.positivePart(z), f.divide(f.constant(2), f.add(size, root)));
    },
    // a² / (a² + 1), also where a² is beyond the range of numbers.
    slope: (f, a) => f.divide(a, f.add(a, f.divide(f.constant(1), a))),
    gain: 1,
  },
} as const satisfies Record<string, ActivationFunction>;

/** Pointwise nonlinearity φ of a layer; `linear` is none. */
export type Activation = keyof typeof ACTIVATION_FUNCTIONS;

export const ACTIVATIONS = Object.keys(ACTIVATION_FUNCTIONS) as readonly Activation[];
