/** Networks of several fields, on grids with points per axis, and on grids that are padded. */
import { type RandomStream, randomStream } from '@dyadic/random';
import { ACTIVATIONS } from '../activations.js';
import { LOSSES } from '../engine.js';
import type { Output } from '../fields.js';
import { PADDINGS } from '../layer.js';
import { OUTPUT_STAGES } from '../output-stage.js';
import type { MnnOptions } from '../spec.js';
import type { ConformanceCase } from './cases.js';

/** What every engine meets: each feature by itself, and some together. */
const CHOSEN: readonly MnnOptions[] = [
  { points: 24, levels: 3, channels: 2, kernelLayers: 2, inputs: 2 },
  { points: 24, levels: 3, channels: 2, kernelLayers: 2, outputs: 3, output: ['mean', 'linear', 'wavefunction'] },
  { points: 16, levels: 2, channels: 2, kernelLayers: 1, inputs: 3, outputs: 2, output: 'density' },
  { points: 16, levels: 2, channels: 3, kernelLayers: 3, outputs: 2, output: [{ stage: 'density', fields: 2 }] },
  { points: 48, levels: 3, channels: 2, kernelLayers: 2, inputs: 2, outputs: 2, structure: 'h2', activation: 'tanh' },
  { points: [8, 16], levels: 2, channels: 2, kernelLayers: 2 },
  { points: [24, 8], levels: 3, channels: 3, kernelLayers: 1, inputs: 2, outputs: 2, activation: 'tanh' },
  { points: [8, 4, 12], levels: 2, channels: 2, kernelLayers: 1, padding: 'reflect' },
  { points: 21, levels: 3, channels: 2, kernelLayers: 2, fit: 'pad' },
  { points: 21, levels: 3, channels: 2, kernelLayers: 2, fit: 'pad', padding: 'zero', output: 'density' },
  { points: 85, levels: 4, channels: 3, kernelLayers: 2, fit: 'pad', padding: 'reflect', inputs: 2, outputs: 2 },
  { dimension: 2, points: 13, levels: 2, channels: 2, kernelLayers: 2, fit: 'pad', padding: 'zero' },
  { points: [13, 18], levels: 2, channels: 2, kernelLayers: 1, fit: 'pad', inputs: 2, outputs: 2, output: 'mean' },
  { points: [5, 6, 9], levels: 2, channels: 2, kernelLayers: 1, fit: 'pad', padding: 'reflect', outputs: 2 },
];

/** The chosen ones, and `count` at random. */
export function fieldCases(count: number): ConformanceCase[] {
  const random = Array.from({ length: count }, (_, i) => randomOptions(randomStream(1, 'mnn/conformance/fields', i)));
  return [...CHOSEN, ...random].map((network, number) => ({
    name: `fields ${number}: ${JSON.stringify(network)}`,
    network,
    loss: LOSSES[number % LOSSES.length]!,
  }));
}

function randomOptions(stream: RandomStream): MnnOptions {
  const dimension = pick(stream, [1, 1, 2, 2, 3] as const);
  const weak = dimension === 3 || pick(stream, [true, false]);
  const levels = weak ? pick(stream, [1, 2]) : 2;
  const fit = pick(stream, ['exact', 'pad'] as const);
  const points = Array.from({ length: dimension }, () => {
    const [boxes, boxPoints] = [2 ** levels, pick(stream, [1, 2, 3])];
    const missing = fit === 'pad' ? pick(stream, [0, 1, 2]) : 0;
    return Math.max(4, boxes * boxPoints - missing);
  });
  const [inputs, outputs] = [pick(stream, [1, 2, 3]), pick(stream, [1, 2, 3])];
  return {
    points,
    levels,
    fit,
    inputs,
    outputs,
    channels: pick(stream, [1, 2, 3]),
    kernelLayers: pick(stream, [1, 2, 3]),
    activation: pick(stream, ACTIVATIONS),
    connectivity: pick(stream, ['convolutional', 'local'] as const),
    padding: pick(stream, PADDINGS),
    kernel: pick(stream, ['plain', 'residual', 'two-branch'] as const),
    admissibility: weak ? 'weak' : 'strong',
    output: randomOutput(stream, outputs),
  };
}

function randomOutput(stream: RandomStream, fields: number): Output {
  if (stream.uniform(0, 1) < 0.5) return pick(stream, OUTPUT_STAGES);
  const together = fields > 1 && stream.uniform(0, 1) < 0.5;
  const alone = Array.from({ length: together ? fields - 2 : fields }, () => pick(stream, OUTPUT_STAGES));
  return together ? [...alone, { stage: pick(stream, OUTPUT_STAGES), fields: 2 }] : alone;
}

function pick<T>(stream: RandomStream, values: readonly T[]): T {
  return values[Math.floor(stream.uniform(0, values.length))]!;
}
