import type { Activation } from '@dyadic/mnn';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Tfjs } from './tfjs.js';

/** One activation as TensorFlow.js operations. */
interface ActivationOperations {
  /** The part of φ that every backend fuses into its matrix product; {@link apply} does the rest. */
  readonly fused: 'linear' | 'relu';
  /** y = φ(z), from what the fused product gives. */
  readonly apply: (tf: Tfjs, z: Tensor2D) => Tensor2D;
  /** ∂loss/∂z = φ'(z) ∂loss/∂y, with φ' written in y so that z need not be kept. */
  readonly pullback: (tf: Tfjs, y: Tensor2D, dy: Tensor2D) => Tensor2D;
}

export const ACTIVATION_OPERATIONS: Readonly<Record<Activation, ActivationOperations>> = {
  linear: { fused: 'linear', apply: (_, z) => z, pullback: (_tf, _y, dy) => dy },
  relu: { fused: 'relu', apply: (_, z) => z, pullback: (tf, y, dy) => tf.mul(dy, tf.step(y)) },
  tanh: {
    fused: 'linear',
    apply: (tf, z) => tf.tanh(z),
    pullback: (tf, y, dy) => tf.sub(dy, tf.mul(dy, tf.square(y))),
  },
  softplus: {
    fused: 'linear',
    apply: (tf, z) => tf.softplus(z),
    pullback: (tf, y, dy) => tf.neg(tf.mul<Tensor2D>(dy, tf.expm1(tf.neg(y)))),
  },
};
