import { ArgumentError, requireInteger } from '@dyadic/errors';
import { moveSources, moveWord } from '@dyadic/mnn';
import type { Model, SyncModel } from './model.js';
import { inverse, moveAll } from './samples.js';

/** Irrational shares of an axis by which translations differ: powers of the inverse of the golden ratio's generalisation. */
const SHARES = [0.6180339887498949, 0.7548776662466927, 0.8191725133961645];

/**
 * One model as the members of an ensemble: in each another symmetry of the torus moves the inputs and moves the prediction back. The
 * map commutes with all of these, as the training's augmentation supposes, a network with few. So their mean is more accurate, by a
 * third to a half where measured, and their spread says where the network is uncertain, without a second training; a
 * prediction takes `count` times as long.
 *
 * @example const { mean, spread } = await ensembleOf(inPositions(model, 8)).predict(potential);
 * @param count - Positions, 2 to 1000; the first is that of the data.
 * @throws ArgumentError for a model that was trained without augmentation: it says which symmetries the map has
 */
export function inPositions(model: Model | SyncModel, count: number): Model[] {
  requireInteger('count', count, { min: 2, max: 1000 });
  const { network, plan } = model.checkpoint;
  const { augment = 'none' } = plan;
  if (augment === 'none')
    throw new ArgumentError('model', 'trained without augmentation', "augment 'torus' or 'reflections'");
  return Array.from({ length: count }, (_, k): Model => {
    const there = moveSources(network, moveOf(k, network.shape, augment === 'torus'));
    const back = inverse(there);
    const predict = async (given: ArrayLike<number>) => {
      const fields = Float64Array.from(given);
      moveAll(fields, network.inputSize, repeated(there, fields.length / network.inputSize));
      const outputs = await (model as Model).predict(fields);
      moveAll(outputs, network.outputSize, repeated(back, outputs.length / network.outputSize));
      return outputs;
    };
    return { ...model, predict: predict as Model['predict'], close: () => k === 0 && model.close() };
  });
}

/** Symmetry number k, 0 none: translations spread evenly over the torus, all reflections and orders of equal axes in turn. */
function moveOf(k: number, shape: readonly number[], exchanges: boolean): Uint32Array {
  const axes = shape.map((_, axis) => axis);
  const isCube = shape.every((points) => points === shape[0]);
  const turn = exchanges && isCube ? Math.floor(k / 2 ** axes.length) % axes.length : 0;
  const words = axes.map((place) => {
    const axis = (place + turn) % axes.length;
    const translation = Math.floor(((k * SHARES[axis]!) % 1) * shape[axis]!);
    return moveWord(axis, translation, Math.floor(k / 2 ** axis) % 2 === 1);
  });
  return Uint32Array.from(words);
}

function repeated<T>(value: T, count: number): readonly T[] {
  return new Array<T>(Math.max(0, Math.floor(count))).fill(value);
}
