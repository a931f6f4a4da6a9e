import type { Branch } from '@dyadic/mnn';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { Tfjs } from './tfjs.js';

type BoxShape = Pick<Branch, 'boxes' | 'boxPoints'>;

/**
 * The blockwise Reshape of Algorithm 2, from entries at [point, field] of the padded grid to those of the boxes:
 * [batch, Π N_i α] → [batch · boxes^d, Π m_i α]. In 1D nothing moves.
 */
export function toBoxes(tf: Tfjs, x: Tensor2D, fields: number, { boxes, boxPoints }: BoxShape): Tensor2D {
  const batch = x.shape[0];
  const dimension = boxPoints.length;
  const result: [number, number] = [batch * boxes ** dimension, product(boxPoints) * fields];
  if (dimension === 1) return tf.reshape(x, result);
  // Fields are innermost: they move with the points of the last axis.
  const inner = boxPoints.with(-1, boxPoints.at(-1)! * fields);
  const split = inner.flatMap((points) => [boxes, points]);
  split[0] = batch * boxes;
  const axes = Array.from({ length: dimension }, (_, axis) => 2 * axis);
  const order = [...axes, ...axes.map((axis) => axis + 1)];
  return tf.reshape(tf.transpose(tf.reshape(x, split), order), result);
}

/** Flatten, the inverse of {@link toBoxes}. */
export function fromBoxes(tf: Tfjs, x: Tensor2D, fields: number, { boxes, boxPoints }: BoxShape): Tensor2D {
  const dimension = boxPoints.length;
  const batch = x.shape[0] / boxes ** dimension;
  const inner = boxPoints.with(-1, boxPoints.at(-1)! * fields);
  const result: [number, number] = [batch, boxes ** dimension * product(inner)];
  if (dimension === 1) return tf.reshape(x, result);
  const sites = new Array<number>(dimension).fill(boxes);
  sites[0] = batch * boxes;
  const split = [...sites, ...inner];
  const order = sites.flatMap((_, axis) => [axis, axis + dimension]);
  return tf.reshape(tf.transpose(tf.reshape(x, split), order), result);
}

function product(extents: readonly number[]): number {
  return extents.reduce((all, extent) => all * extent, 1);
}
