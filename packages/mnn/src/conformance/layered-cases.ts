/** Networks of layers as nobody else arranges them: chains, skips and sums drawn at random. */
import { type RandomStream, randomStream } from '@dyadic/random';
import { LOSSES } from '../engine.js';
import { ACTIVATIONS, CONNECTIVITIES } from '../layer.js';
import type { BranchOptions, LayeredSpec, LayerOptions } from '../layered-spec.js';
import { OUTPUT_STAGES } from '../spec.js';
import type { ConformanceCase } from './cases.js';

const PADDINGS = ['periodic', 'zero', 'reflect'] as const;

/** So many networks for `layeredNetwork`, the same in every run. */
export function layeredCases(count: number): ConformanceCase[] {
  return Array.from({ length: count }, (_, index) => {
    const stream = randomStream(0, 'mnn/layered-cases', index);
    return { name: `own layers ${index}`, options: randomSpec(stream), loss: one(LOSSES, stream) };
  });
}

function randomSpec(stream: RandomStream): LayeredSpec {
  const dimension = one([1, 2, 3] as const, stream);
  const levels = dimension === 3 ? 1 + stream.integer(2) : 1 + stream.integer(3);
  const points = 2 ** levels * Math.max(1 + stream.integer(3), levels === 1 ? 2 : 1);
  const boxSize = (level: number) => (points / 2 ** level) ** dimension;
  const branches = Array.from({ length: 1 + stream.integer(3) }, (_, number): BranchOptions => {
    const level = stream.integer(2) === 0 ? levels : stream.integer(levels + 1);
    return {
      name: `branch ${number}`,
      level,
      layers: randomLayers(number, level === levels, boxSize(level), level, stream),
    };
  });
  return { dimension, points, levels, output: one(OUTPUT_STAGES, stream), branches };
}

/** A chain of layers; some skip back, or add an earlier output of as many channels. */
function randomLayers(branch: number, isFinest: boolean, points: number, level: number, stream: RandomStream) {
  const ends = !isFinest || stream.integer(2) === 0;
  const channels: number[] = [];
  const layers: LayerOptions[] = [];
  const add = (kind: LayerOptions['kind'], outputChannels: number, more: Partial<LayerOptions> = {}) => {
    const activation = one(ACTIVATIONS, stream);
    const connectivity = one(CONNECTIVITIES, stream);
    layers.push({ name: `${branch}/${layers.length}`, kind, outputChannels, activation, connectivity, ...more });
    channels.push(outputChannels);
  };
  if (ends) add('restriction', 1 + stream.integer(4));
  const kernels = 1 + stream.integer(4);
  for (let k = 0; k < kernels; k++) {
    const index = layers.length;
    const isLast = !ends && k === kernels - 1;
    const outputChannels = isLast ? points : one([1, 3, channels.at(-1) ?? 2, 2, 8], stream);
    const window = Math.min(one([1, 3, 5, 7], stream), 2 * 2 ** level - 1);
    const like = channels.flatMap((count, i) => (count === outputChannels && i < index ? [i] : []));
    const addable = [...like, ...(isFinest && points === outputChannels ? [-1] : [])];
    add('kernel', outputChannels, {
      window,
      padding: one(PADDINGS, stream),
      ...(addable.length > 0 && stream.integer(2) === 0 && { adds: one(addable, stream) }),
    });
  }
  if (ends) add('interpolation', points);
  return layers.with(-1, { ...layers.at(-1)!, activation: 'linear' });
}

function one<T>(choices: readonly T[], stream: RandomStream): T {
  return choices[stream.integer(choices.length)]!;
}
