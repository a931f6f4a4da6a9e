/**
 * The positive output stages: f = s / q with s = softplus(y) and q = mean(s^p)^(1/p) over the grid points of a sample (one
 * row); `power` is p: 1 for `density`, 2 for `wavefunction`.
 *
 * If all y of a row are far below zero, every s is too small for a float32 although f is not. softplus(y) and its slope are then
 * e^y to the last bit of a float32, so both are multiplied by e^(−max y), which cancels in f. If some y is so large that s² or
 * the sum of s might overflow, both are multiplied by a small number. So f is accurate for all finite y.
 */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Tfjs } from './tfjs.js';

/** Rows whose largest entry lies below this are scaled; softplus(y) = e^y (1 − e^y / 2 + …), e^−20 = 2e-9. */
const FAR_BELOW_ZERO = -20;
/** Rows whose largest entry lies above this are multiplied by {@link SMALL}. */
const FAR_ABOVE_ZERO = 2 ** 40;
const SMALL = 2 ** -100;

/** f, and the norm that the reverse pass needs. */
export interface Positive {
  readonly values: Tensor2D;
  /** q of every row, times the row's scale. */
  readonly norm: Tensor2D;
}

/** f for every row of y [batch, N^d]. */
export function positive(tf: Tfjs, power: 1 | 2, y: Tensor2D): Positive {
  const s = scaled(tf, y, tf.softplus(y));
  const norm = power === 1 ? tf.mean<Tensor2D>(s, 1, true) : tf.sqrt(tf.mean<Tensor2D>(tf.square(s), 1, true));
  return { values: tf.div(s, norm), norm };
}

/** ∂loss/∂y_k = σ(y_k) / q · (g_k − f_k^(p−1) mean(g f)) from g = ∂loss/∂f, with σ the logistic function. */
export function positivePullback(
  tf: Tfjs,
  power: 1 | 2,
  y: Tensor2D,
  { values, norm }: Positive,
  g: Tensor2D,
): Tensor2D {
  const slope = tf.div<Tensor2D>(scaled(tf, y, tf.sigmoid(y)), norm);
  const average = tf.mean<Tensor2D>(tf.mul(g, values), 1, true);
  return tf.mul(slope, tf.sub<Tensor2D>(g, power === 1 ? average : tf.mul(values, average)));
}

/** Multiplies `values`, which behave like e^y far below zero, by the row's scale. */
function scaled(tf: Tfjs, y: Tensor2D, values: Tensor2D): Tensor2D {
  const top = tf.max<Tensor2D>(y, 1, true);
  const lowered = tf.where(tf.greater(top, FAR_ABOVE_ZERO), tf.mul<Tensor2D>(values, SMALL), values);
  return tf.where(tf.less(top, FAR_BELOW_ZERO), tf.exp(tf.sub<Tensor2D>(y, top)), lowered);
}
