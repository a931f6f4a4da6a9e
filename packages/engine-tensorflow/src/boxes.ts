import type { Branch, Network } from '@dyadic/mnn';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Tfjs } from './tfjs.js';

type BoxShape = Pick<Branch, 'boxes' | 'boxPoints'>;
type Grid = Pick<Network, 'dimension'>;

/** The blockwise Reshape of Algorithm 2: [batch, N^d] → [batch · boxes^d, boxPoints^d]. In 1D no number moves. */
export function toBoxes(tf: Tfjs, x: Tensor2D, { dimension }: Grid, { boxes, boxPoints }: BoxShape): Tensor2D {
  const batch = x.shape[0];
  const result: [number, number] = [batch * boxes ** dimension, boxPoints ** dimension];
  if (dimension === 1) return tf.reshape(x, result);
  const split = new Array<number>(dimension).fill(boxes).flatMap((extent) => [extent, boxPoints]);
  split[0] = batch * boxes;
  const axes = Array.from({ length: dimension }, (_, axis) => 2 * axis);
  const order = [...axes, ...axes.map((axis) => axis + 1)];
  return tf.reshape(tf.transpose(tf.reshape(x, split), order), result);
}

/** Flatten, the inverse of {@link toBoxes}: [batch · boxes^d, boxPoints^d] → [batch, N^d]. */
export function fromBoxes(tf: Tfjs, x: Tensor2D, { dimension }: Grid, { boxes, boxPoints }: BoxShape): Tensor2D {
  const batch = x.shape[0] / boxes ** dimension;
  const result: [number, number] = [batch, (boxes * boxPoints) ** dimension];
  if (dimension === 1) return tf.reshape(x, result);
  const sites = new Array<number>(dimension).fill(boxes);
  sites[0] = batch * boxes;
  const split = [...sites, ...new Array<number>(dimension).fill(boxPoints)];
  const order = sites.flatMap((_, axis) => [axis, axis + dimension]);
  return tf.reshape(tf.transpose(tf.reshape(x, split), order), result);
}
