/** Exported networks as an engine that the conformance suite can hold against the float64 reference. */
import type { Engine, Network } from '@dyadic/mnn';
import { encodeOnnx } from '../src/index.js';

/** Fields by their names, each `[samples, …points]` in the shape that goes with all of them. */
export type Fields = Readonly<Record<string, Float32Array>>;

/** Runs an ONNX file on fields of a shape; gives those that come out. */
export type RunModel = (bytes: Uint8Array, inputs: Fields, shape: readonly number[]) => Promise<Fields>;

/** An engine that predicts, and knows no loss: of the suite, only {@link VALUES} can be asked of it. */
export function exportedEngine(name: string, run: RunModel): Engine {
  const open = async (network: Network) => ({
    network,
    predict: async (parameters: Float32Array, samples: Float32Array) => {
      const named = (letter: string, count: number) =>
        Array.from({ length: count }, (_, c) => ({ name: `${letter}${c}`, shift: 0, scale: 1 }));
      const [inputs, outputs] = [named('x', network.inputs), named('f', network.outputs)];
      const bytes = encodeOnnx({ network, parameters, inputs, outputs });
      const count = samples.length / network.inputSize;
      const fields = inputs.map(({ name }, c) => [name, field(samples, count, network.inputs, c)]);
      const found = await run(bytes, Object.fromEntries(fields), [count, ...network.shape]);
      return interleaved(
        outputs.map(({ name }) => found[name]!),
        count,
      );
    },
    load: () => ({ count: 0 }),
    lossAndGradient: async () => 0,
    close: () => {},
  });
  return { name, description: name, open } as unknown as Engine;
}

/** Field c of samples that have so many. */
function field(samples: Float32Array, count: number, fields: number, c: number): Float32Array {
  const size = samples.length / count / fields;
  return samples.filter((_, i) => Math.floor(i / size) % fields === c);
}

/** Samples whose fields are one after the other. */
function interleaved(fields: readonly Float32Array[], count: number): Float32Array {
  const size = fields[0]!.length / count;
  const values = new (fields[0]!.constructor as Float32ArrayConstructor)(count * size * fields.length);
  for (let s = 0; s < count; s++) {
    for (const [c, own] of fields.entries()) {
      values.set(own.subarray(s * size, (s + 1) * size), (s * fields.length + c) * size);
    }
  }
  return values;
}

/** Losses and gradients are not compared. */
export const VALUES = { loss: Number.POSITIVE_INFINITY, gradient: Number.POSITIVE_INFINITY };
