import { describe, expect, it } from 'vitest';
import {
  describeLayers,
  initialParameters,
  networkFromDocument,
  type Samples,
  type WaveletOptions,
  waveletNetwork,
} from '../src/index.js';
import { apply, lossAndGradient } from '../src/reference.js';
import { normalsOf } from './normals.js';

const PLAIN: WaveletOptions = { structure: 'wavelet', points: 32, levels: 4, channels: 2, kernelLayers: 2 };

const normals = normalsOf('test/wavelet');

describe('the network of a nonstandard form', () => {
  it.each([
    [1, 320, 6, 4, 3, 5, 3, 1],
    [1, 40, 1, 2, 1, 7, 4, 2],
    [2, 16, 3, 2, 2, 3, 1, 1],
    [3, 8, 2, 1, 2, 3, 2, 1],
  ] as const)(
    'has as many parameters as the formula says: %dD, N = %d, J = %d, α = %d, K = %d, w = %d, p = %d, %d fields',
    (dimension, points, levels, channels, kernelLayers, window, vanishingMoments, fields) => {
      const q = 2 ** dimension;
      const all = q * channels;
      const m = q * fields;
      const f = (2 * Math.floor(vanishingMoments / 2) + 1) ** dimension;
      let filters = (f * m + 1) * all + (f * all + 1) * m + (levels > 1 ? (f * channels + 1) * m : 0);
      filters += (levels - 1) * 2 * (f * all + 1) * all + Math.max(0, levels - 2) * (f * channels + 1) * all;
      let [shared, local] = [filters, filters];
      for (let level = 1; level <= levels; level++) {
        const sites = points / 2 ** level;
        const w = Math.min(window, sites % 2 === 0 ? sites + 1 : sites) ** dimension;
        const kernels = (w * all + 2) * all + (kernelLayers - 1) * (w * all + 1) * all;
        shared += kernels;
        local += sites ** dimension * kernels;
      }
      const options = { structure: 'wavelet', dimension, points, levels, channels, kernelLayers, window } as const;
      const network = waveletNetwork({ ...options, vanishingMoments, inputs: fields, outputs: fields });
      expect(network.parameterCount).toBe(shared);
      const given = { ...options, vanishingMoments, inputs: fields, outputs: fields, connectivity: 'local' } as const;
      expect(waveletNetwork(given).parameterCount).toBe(local);
      expect(networkFromDocument(JSON.parse(JSON.stringify(network.spec)))).toEqual(network);
    },
  );

  it('starts from an orthonormal transform: without kernels on the way it gives back what it is given', () => {
    for (const vanishingMoments of [1, 2, 3, 6]) {
      const network = waveletNetwork({
        ...PLAIN,
        channels: 1,
        kernelLayers: 1,
        activation: 'linear',
        vanishingMoments,
      });
      const parameters = Float64Array.from(initialParameters(network, 1));
      const place = (name: string) => network.layers.find((layer) => layer.name === name)!;
      // The identity: wavelets of every level, and the scaling functions of the coarsest.
      for (let level = 1; level <= 4; level++) {
        const [scale, wavelet] = [place(`level-${level}/kernel-1-scale`), place(`level-${level}/kernel-1`)];
        const middle = (scale.window - 1) / 2;
        parameters.fill(0, scale.weight.offset, scale.weight.offset + scale.weight.size);
        parameters.fill(0, wavelet.weight.offset, wavelet.weight.offset + wavelet.weight.size);
        parameters[wavelet.weight.offset + wavelet.window + middle] = 1;
        if (level === 4) parameters[scale.weight.offset + middle] = 1;
      }
      const input = normals(32, 2);
      const output = apply(network, parameters, input);
      // The channel is one factor times the field, and the field another times the channel.
      const factor = output[0]! / input[0]!;
      input.forEach((value, i) => {
        expect(output[i]).toBeCloseTo(factor * value, 5);
      });
    }
  });

  it.each(['fan-in', 'normal'] as const)('keeps the filters between levels on request, drawn %s', (scheme) => {
    const [trained, network] = (['trained', 'fixed'] as const).map((filters) => waveletNetwork({ ...PLAIN, filters }));
    const held = network!.layers.filter(({ fixed }) => fixed).map(({ name }) => name);
    const filters = ['scale', 'wavelet', 'reconstruction', 'refinement'].flatMap((name) =>
      [2, 3, 4].map((level) => `level-${level}/${name}`),
    );
    // The coarsest level has none that is coarser.
    expect(held.sort()).toEqual(filters.filter((name) => name !== 'level-4/refinement').sort());
    expect(trained!.layers.some(({ fixed }) => fixed)).toBe(false);
    expect(networkFromDocument(JSON.parse(JSON.stringify(network!.spec)))).toEqual(network);
    expect(networkFromDocument(describeLayers(network!)).layers).toEqual(network!.layers);

    // As rows of scale and wavelet of one channel, Σ_taps h² = 1: orthonormal, whatever else is drawn.
    const parameters = initialParameters(network!, 2, { scheme });
    for (const { name, weight, bias } of network!.layers.filter(({ fixed }) => fixed)) {
      if (!/scale|wavelet/.test(name)) continue;
      const row = weight.size / weight.shape[0]!;
      for (let at = weight.offset; at < weight.offset + weight.size; at += row) {
        const square = parameters.subarray(at, at + row).reduce((sum, tap) => sum + tap * tap, 0);
        expect(square).toBeCloseTo(1, 5);
      }
      expect(parameters.subarray(bias.offset, bias.offset + bias.size).every((value) => value === 0)).toBe(true);
    }
  });

  it('commutes with translations by the points of a coarsest site', () => {
    const network = waveletNetwork({ ...PLAIN, levels: 3 });
    const parameters = initialParameters(network, 1, { scheme: 'normal', deviation: 0.3 });
    const input = normals(32, 2);
    const moved = (v: ArrayLike<number>) => Float64Array.from(v, (_, i) => v[(i + 8) % 32]!);
    const [left, right] = [apply(network, parameters, moved(input)), moved(apply(network, parameters, input))];
    expect(Array.from(left)).toEqual(Array.from(right, (value) => expect.closeTo(value, 12)));
  });

  it.each<Partial<WaveletOptions>>([
    {},
    { connectivity: 'local', padding: 'zero', activation: 'tanh', vanishingMoments: 4 },
    { dimension: 2, points: [8, 16], boxes: 4, levels: 2, window: 3, channels: 1, padding: 'reflect' },
  ])('has the gradient that central differences say: %o', (options) => {
    const network = waveletNetwork({ ...PLAIN, points: 16, levels: 2, kernelLayers: 1, ...options });
    const parameters = Float64Array.from(initialParameters(network, 3, { scheme: 'normal', deviation: 0.3 }));
    const { inputSize, outputSize } = network;
    const sample = { inputs: normals(inputSize, 4), targets: normals(outputSize, 5), weights: Float32Array.of(1) };
    const samples: Samples = { count: 1, ...sample };
    const { gradient } = lossAndGradient(network, parameters, samples, [0]);
    const loss = (theta: Float64Array) => lossAndGradient(network, theta, samples, [0]).loss;
    for (let i = 0; i < parameters.length; i += 7) {
      const [above, below] = [parameters.with(i, parameters[i]! + 1e-5), parameters.with(i, parameters[i]! - 1e-5)];
      const difference = (loss(above) - loss(below)) / 2e-5;
      expect(Math.abs(difference - gradient[i]!)).toBeLessThan(1e-6 * (1 + Math.abs(difference)));
    }
  });

  it.each([
    [{ levels: 6 }, 'network.boxes is 16; expected a multiple of 2^(levels − 1) = 32'],
    [{ points: 33 }, 'network.boxes is 16.5'],
    [{ points: [32, 16] }, 'network.boxes is undefined; expected a divisor of 32 and 16'],
    [{ boxes: 12 }, 'network.points is 32; expected multiples of 12'],
    [{ window: 4 }, 'network.window is 4'],
    [{ vanishingMoments: 11 }, 'network.vanishingMoments is 11'],
    [{ filters: 'frozen' }, 'network.filters is'],
    [{ kernel: 'residual' }, 'network.kernel'],
  ])('refuses %o', (options, message) => {
    expect(() => waveletNetwork({ ...PLAIN, ...options } as never)).toThrow(message);
  });
});
