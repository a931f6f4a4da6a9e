import type { Activation } from '@dyadic/mnn';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Tfjs } from './tfjs.js';

/** The part of φ that every backend fuses into its matrix product; the rest is applied by {@link activation}. */
export function fusedActivation(activation: Activation): 'linear' | 'relu' {
  return activation === 'relu' ? 'relu' : 'linear';
}

/** y = φ(z) for the functions that are not fused. */
export function activation(tf: Tfjs, name: Activation, z: Tensor2D): Tensor2D {
  if (name === 'tanh') return tf.tanh(z);
  if (name === 'softplus') return tf.softplus(z);
  return z;
}

/**
 * ∂loss/∂z = φ'(z) ∂loss/∂y, with φ' written in y so that z need not be kept: relu' = [y > 0], tanh' = 1 − y²,
 * softplus' = 1 − e^(−y).
 */
export function activationPullback(tf: Tfjs, name: Activation, y: Tensor2D, dy: Tensor2D): Tensor2D {
  if (name === 'relu') return tf.mul<Tensor2D>(dy, tf.step(y));
  if (name === 'tanh') return tf.sub<Tensor2D>(dy, tf.mul(dy, tf.square(y)));
  if (name === 'softplus') return tf.neg(tf.mul<Tensor2D>(dy, tf.expm1(tf.neg(y))));
  return dy;
}
