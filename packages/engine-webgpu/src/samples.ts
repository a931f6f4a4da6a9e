import type { LoadedSamples, Samples } from '@dyadic/mnn';
import { type Gpu, USAGE } from './gpu.js';

/** Samples on the device, grid points in the order of the finest boxes. */
export class DeviceSamples implements LoadedSamples {
  readonly count: number;
  /** `count * size` numbers. */
  readonly inputs: GPUBuffer;
  /** `count * (size + 1)` numbers: after the targets of a sample comes its weight. */
  readonly targets: GPUBuffer;
  /** Bytes of both. */
  readonly bytes: number;
  /** The bind group made for them last. */
  group: { readonly generation: number; readonly parameters: GPUBuffer; readonly group: GPUBindGroup } | undefined;

  /** @param order - Row-major index of the grid point at each position. */
  constructor(gpu: Gpu, { count, inputs, targets, weights }: Samples, order: Uint32Array) {
    const size = order.length;
    this.count = count;
    this.inputs = gpu.filledBuffer('inputs of the samples', count * size, USAGE.storage, (values) => {
      for (let s = 0; s < count; s++) copyOrdered(values, s * size, inputs, s * size, order);
    });
    this.targets = gpu.filledBuffer('targets of the samples', count * (size + 1), USAGE.storage, (values) => {
      for (let s = 0; s < count; s++) {
        copyOrdered(values, s * (size + 1), targets, s * size, order);
        values[s * (size + 1) + size] = weights[s]!;
      }
    });
    this.bytes = 4 * count * (2 * size + 1);
  }

  destroy(): void {
    this.inputs.destroy();
    this.targets.destroy();
  }
}

/** to[toStart + p] = from[fromStart + order[p]] */
export function copyOrdered(
  to: Float32Array,
  toStart: number,
  from: Float32Array,
  fromStart: number,
  order: Uint32Array,
): void {
  for (let p = 0; p < order.length; p++) to[toStart + p] = from[fromStart + order[p]!]!;
}
