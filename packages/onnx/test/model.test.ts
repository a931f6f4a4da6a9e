import { ArgumentError } from '@dyadic/errors';
import { initialParameters, mnn } from '@dyadic/mnn';
import { apply } from '@dyadic/mnn/reference';
import { randomStream } from '@dyadic/random';
import { describe, expect, it } from 'vitest';
import { encodeOnnx, type OnnxSource } from '../src/index.js';
import { openModel } from './interpreter.js';
import { integers, messages, readMessage, texts } from './protobuf-reader.js';

const network = mnn({ dimension: 2, points: 12, levels: 2, channels: 2, kernelLayers: 1, activation: 'tanh' });
const parameters = initialParameters(network, 1);
const source: OnnxSource = {
  network,
  parameters,
  inputs: [{ name: 'potential', shift: -1000.1, scale: 1e-3, description: 'V' }],
  outputs: [{ name: 'solution', shift: 0.25, scale: -3 }],
  metadata: { origin: 'a test' },
};

function potentials(samples: number): Float64Array {
  const stream = randomStream(1, 'onnx/test');
  return Float64Array.from({ length: samples * network.inputSize }, () =>
    Math.fround(-1000.1 + 1e-3 * stream.normal()),
  );
}

describe('an exported model', () => {
  it('takes and gives fields in physical units, any number of them', () => {
    const model = openModel(encodeOnnx(source));
    expect([model.inputs, model.outputs]).toEqual([['potential'], ['solution']]);
    for (const samples of [1, 3]) {
      const values = potentials(samples);
      const { shape, values: found } = model.run({ potential: { shape: [samples, 12, 12], values } }).get('solution')!;
      expect(shape).toEqual([samples, 12, 12]);
      for (let s = 0; s < samples; s++) {
        const input = values.subarray(s * 144, (s + 1) * 144).map((v) => (v + 1000.1) / 1e-3);
        const expected = apply(network, parameters, input).map((f) => -3 * f + 0.25);
        // Shift and scale are float32 numbers in the file; the shift of the input to twice their digits.
        expected.forEach((u, i) => {
          expect(Math.abs(found[s * 144 + i]! - u)).toBeLessThan(1e-6);
        });
      }
    }
  });

  it('has a name and units for every field', () => {
    const fields = mnn({
      points: [8, 4],
      levels: 2,
      channels: 2,
      kernelLayers: 1,
      inputs: 2,
      outputs: 2,
      output: ['linear', 'mean'],
    });
    const theta = initialParameters(fields, 1);
    const bytes = encodeOnnx({
      network: fields,
      parameters: theta,
      inputs: [
        { name: 'V', shift: 1, scale: 2 },
        { name: 'beta', shift: 50, scale: 25 },
      ],
      outputs: [
        { name: 'u', shift: 0, scale: 3 },
        { name: 'E', shift: -10, scale: 4 },
      ],
    });
    const shape = [1, 8, 4];
    const V = Float64Array.from({ length: 32 }, (_, i) => Math.sin(i));
    const beta = new Float64Array(32).fill(60);
    const found = openModel(bytes).run({ beta: { shape, values: beta }, V: { shape, values: V } });
    const f = apply(fields, theta, [...V.map((v) => (v - 1) / 2), ...beta.map((b) => (b - 50) / 25)]);
    for (let i = 0; i < 32; i++) {
      expect(found.get('u')!.values[i]).toBeCloseTo(3 * f[i]!, 10);
      expect(found.get('E')!.values[i]).toBeCloseTo(4 * f[32 + i]! - 10, 10);
    }
  });

  it('takes and gives one number per sample where a field is one', () => {
    const sizes = { points: 8, levels: 2, channels: 2, kernelLayers: 1, inputs: 2, outputs: 2 };
    const fields = mnn({ ...sizes, output: ['linear', 'mean'] });
    const theta = initialParameters(fields, 1);
    const bytes = encodeOnnx({
      network: fields,
      parameters: theta,
      inputs: [
        { name: 'V', shift: 0, scale: 1 },
        { name: 'beta', shift: 50, scale: 25, perSample: true },
      ],
      outputs: [
        { name: 'u', shift: 0, scale: 1 },
        { name: 'E', shift: -10, scale: 4, perSample: true },
      ],
    });
    const V = Float64Array.from({ length: 16 }, (_, i) => Math.sin(i));
    const beta = Float64Array.of(60, 10);
    const found = openModel(bytes).run({ V: { shape: [2, 8], values: V }, beta: { shape: [2], values: beta } });
    expect([found.get('u')!.shape, found.get('E')!.shape]).toEqual([[2, 8], [2]]);
    for (const s of [0, 1]) {
      const f = apply(fields, theta, [...V.subarray(8 * s, 8 * s + 8), ...new Array(8).fill((beta[s]! - 50) / 25)]);
      expect(found.get('E')!.values[s]).toBeCloseTo(4 * f[8]! - 10, 10);
      for (let i = 0; i < 8; i++) expect(found.get('u')!.values[8 * s + i]).toBeCloseTo(f[i]!, 10);
    }
  });

  it('is equal bytes for equal sources', () => {
    expect(encodeOnnx(source)).toEqual(encodeOnnx({ ...source, parameters: parameters.slice() }));
    expect(encodeOnnx(source)).not.toEqual(encodeOnnx({ ...source, parameters: parameters.map((p) => p + 1) }));
  });

  it('says which operators it has, and what it was told', () => {
    const model = readMessage(encodeOnnx(source));
    const [operators] = messages(model, 8);
    expect([integers(model, 1), texts(operators!, 1), integers(operators!, 2)]).toEqual([[8], [''], [17]]);
    expect(messages(model, 14).map((entry) => [texts(entry, 1)[0], texts(entry, 2)[0]])).toEqual([
      ['origin', 'a test'],
    ]);
    const [input] = messages(messages(model, 7)[0]!, 11);
    expect(texts(input!, 3)).toEqual(['V']);
  });

  it('has a batch of any size, and the grid', () => {
    const [graph] = messages(readMessage(encodeOnnx(source)), 7);
    for (const field of [11, 12]) {
      const [type] = messages(messages(graph!, field)[0]!, 2);
      const dimensions = messages(messages(messages(type!, 1)[0]!, 2)[0]!, 1);
      expect(dimensions.map((dimension) => texts(dimension, 2)[0] ?? integers(dimension, 1)[0])).toEqual([
        'batch',
        12,
        12,
      ]);
    }
  });

  it('names what it is asked to, as far as ONNX has such names', () => {
    const field = { shift: 0, scale: 1 };
    const named = (input: string, output: string) =>
      openModel(encodeOnnx({ ...source, inputs: [{ ...field, name: input }], outputs: [{ ...field, name: output }] }));
    expect(named('2 ρ', 'u-prediction')).toMatchObject({ inputs: ['_2__'], outputs: ['u_prediction'] });
    // Names that values within the graph would like to have.
    const model = named('level-2/kernel-1/weight', 'linear');
    expect(
      model.run({ level_2_kernel_1_weight: { shape: [1, 12, 12], values: potentials(1) } }).get('linear'),
    ).toBeDefined();
  });

  it.each<[string, Partial<OnnxSource>]>([
    ['parameters', { parameters: parameters.subarray(1) }],
    ['parameters[3]', { parameters: parameters.with(3, Number.NaN) }],
    ['inputs[0].scale', { inputs: [{ name: 'x', shift: 0, scale: 0 }] }],
    ['inputs[0].scale', { inputs: [{ name: 'x', shift: 0, scale: 1e-60 }] }],
    ['inputs[0].scale', { inputs: [{ name: 'x', shift: 0, scale: 1e60 }] }],
    ['outputs[0].shift', { outputs: [{ name: 'x', shift: Number.POSITIVE_INFINITY, scale: 1 }] }],
    ['outputs[0].name', { outputs: [{ name: '', shift: 0, scale: 1 }] }],
    ['outputs[0].name', { outputs: source.inputs }],
    ['outputs', { outputs: [...source.outputs, { name: 'E', shift: 0, scale: 1 }] }],
    ['inputs', { inputs: [] }],
  ])('refuses what is wrong, by its name: %s', (argument, wrong) => {
    const encode = () => encodeOnnx({ ...source, ...wrong });
    expect(encode).toThrow(ArgumentError);
    expect(encode).toThrow(argument);
  });
});
