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

/**
 * Numbers [batch · from^d, channels] as a layer on `sites` sites per axis takes them: the channels of the finer sites that a coarser
 * one holds, one after the other, are those of the coarser one.
 */
export function onSites(tf: Tfjs, x: Tensor2D, dimension: number, from: number, sites: number): Tensor2D {
  if (from === sites) return x;
  const coarse = Math.min(from, sites);
  const batch = x.shape[0] / from ** dimension;
  const shape = { boxes: coarse, boxPoints: new Array<number>(dimension).fill(Math.max(from, sites) / coarse) };
  if (from > sites) return toBoxes(tf, tf.reshape(x, [batch, x.size / batch]), x.shape[1], shape);
  const channels = (x.shape[1] * from ** dimension) / sites ** dimension;
  return tf.reshape(fromBoxes(tf, x, channels, shape), [batch * sites ** dimension, channels]);
}

function product(extents: readonly number[]): number {
  return extents.reduce((all, extent) => all * extent, 1);
}
