import { ACTIVATION_FUNCTIONS, type Activation, type Arithmetic } from '@dyadic/mnn';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Tfjs } from './tfjs.js';

/** The activations that every backend can fuse into matrix products and convolutions. */
export type FusedActivation = 'linear' | 'relu';

/** The activation that the product itself applies; {@link activate} completes it. */
export function fusedActivation(activation: Activation): FusedActivation {
  return activation === 'relu' ? 'relu' : 'linear';
}

/** y = φ(z), from the result of the fused product. */
export function activate(tf: Tfjs, activation: Activation, z: Tensor2D): Tensor2D {
  return fusedActivation(activation) === activation ? z : ACTIVATION_FUNCTIONS[activation].value(tensors(tf), z);
}

/** ∂loss/∂z = φ'(z) ∂loss/∂y, with φ' as a function of y so that z need not be kept. */
export function pullback(tf: Tfjs, activation: Activation, y: Tensor2D, dy: Tensor2D): Tensor2D {
  return activation === 'linear' ? dy : tf.mul(dy, ACTIVATION_FUNCTIONS[activation].slope(tensors(tf), y));
}

/** Elementwise arithmetic of tensors; a constant is a scalar, which TensorFlow.js broadcasts. */
function tensors(tf: Tfjs): Arithmetic<Tensor2D> {
  return {
    constant: (value) => tf.scalar(value) as unknown as Tensor2D,
    add: (x, y) => tf.add(x, y),
    subtract: (x, y) => tf.sub(x, y),
    multiply: (x, y) => tf.mul(x, y),
    divide: (x, y) => tf.div(x, y),
    negate: (x) => tf.neg(x),
    positivePart: (x) => tf.relu(x),
    step: (x) => tf.step(x),
    sqrt: (x) => tf.sqrt(x),
    tanh: (x) => tf.tanh(x),
    softplus: (x) => tf.softplus(x),
    expm1: (x) => tf.expm1(x),
  };
}
