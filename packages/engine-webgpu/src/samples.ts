import type { LoadedSamples, Network, Samples } from '@dyadic/mnn';
import type { Frame } from './frame.js';
import { type Gpu, USAGE } from './gpu.js';

/** Samples on the device, in the order that {@link Frame} describes. */
export class DeviceSamples implements LoadedSamples {
  readonly count: number;
  /** `count` inputs. */
  readonly inputs: GPUBuffer;
  /** `count` targets, each followed by the weights of its fields. */
  readonly targets: GPUBuffer;
  /** The bind group made for them last. */
  group: { readonly generation: number; readonly parameters: GPUBuffer; readonly group: GPUBindGroup } | undefined;

  constructor(gpu: Gpu, { inputSize, outputSize, outputs }: Network, frame: Frame, samples: Samples) {
    const { count, inputs, targets, weights } = samples;
    this.count = count;
    const [read, goal] = [frame.input.length, outputSize + outputs];
    this.inputs = gpu.filledBuffer('inputs of the samples', count * read, USAGE.storage, (values) => {
      for (let s = 0; s < count; s++) copyOrdered(values, s * read, inputs, s * inputSize, frame.input);
    });
    this.targets = gpu.filledBuffer('targets of the samples', count * goal, USAGE.storage, (values) => {
      for (let s = 0; s < count; s++) {
        copyOrdered(values, s * goal, targets, s * outputSize, frame.output);
        values.set(weights.subarray(s * outputs, (s + 1) * outputs), s * goal + outputSize);
      }
    });
  }

  destroy(): void {
    this.inputs.destroy();
    this.targets.destroy();
  }
}

/** to[toStart + p] = from[fromStart + order[p]], or 0 where the order has −1. */
export function copyOrdered(
  to: Float32Array,
  toStart: number,
  from: Float32Array,
  fromStart: number,
  order: Int32Array | Uint32Array,
): void {
  for (let p = 0; p < order.length; p++) {
    const source = order[p]!;
    to[toStart + p] = source < 0 ? 0 : from[fromStart + source]!;
  }
}
