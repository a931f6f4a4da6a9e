/** Exported networks as an engine that the conformance suite can hold against the float64 reference. */
import type { Engine, Network } from '@dyadic/mnn';
import { encodeOnnx } from '../src/index.js';

/** Runs an ONNX file on so many samples of the input `x`; gives its output `f`. */
export type RunModel = (bytes: Uint8Array, x: Float32Array, shape: readonly number[]) => Promise<Float32Array>;

/** An engine that predicts, and knows no loss: of the suite, only {@link VALUES} can be asked of it. */
export function exportedEngine(name: string, run: RunModel): Engine {
  const open = async (network: Network) => ({
    network,
    predict: async (parameters: Float32Array, inputs: Float32Array) => {
      const units = { shift: 0, scale: 1 };
      const bytes = encodeOnnx({
        network,
        parameters,
        input: { name: 'x', ...units },
        output: { name: 'f', ...units },
      });
      const points = new Array<number>(network.dimension).fill(network.points);
      return run(bytes, inputs, [inputs.length / network.inputSize, ...points]);
    },
    load: () => ({ count: 0 }),
    lossAndGradient: async () => 0,
    close: () => {},
  });
  return { name, description: name, open } as unknown as Engine;
}

/** Losses and gradients are not compared. */
export const VALUES = { loss: Number.POSITIVE_INFINITY, gradient: Number.POSITIVE_INFINITY };
