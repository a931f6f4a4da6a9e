import { describe, expect, it } from 'vitest';
import { initialParameters, mnn } from '../src/index.js';

const network = mnn({ points: 320, levels: 6, channels: 6, kernelLayers: 5 });

describe('initialParameters', () => {
  it('depends on the seed alone', () => {
    expect(initialParameters(network, 7)).toEqual(initialParameters(network, 7));
    expect(initialParameters(network, 7)).not.toEqual(initialParameters(network, 8));
  });

  it('fan-in: weight variance 2/(window·in) before a ReLU, biases zero', () => {
    const parameters = initialParameters(network, 1);
    const layer = network.layers.find(({ name }) => name === 'level-4/kernel-2')!;
    const weights = parameters.subarray(layer.weight.offset, layer.weight.offset + layer.weight.size);
    const variance = weights.reduce((sum, w) => sum + w * w, 0) / weights.length;
    const expected = 2 / (7 * 6);
    // 252 draws: the standard error of the variance is √(2/252) ≈ 9 %.
    expect(Math.abs(variance / expected - 1)).toBeLessThan(0.35);
    const biases = parameters.subarray(layer.bias.offset, layer.bias.offset + layer.bias.size);
    expect([...biases]).toEqual(Array(6).fill(0));
  });

  it('normal: biases are drawn too', () => {
    const parameters = initialParameters(network, 1, { scheme: 'normal', deviation: 0.1 });
    expect(parameters.every((value) => value !== 0)).toBe(true);
    const deviation = Math.sqrt(parameters.reduce((sum, w) => sum + w * w, 0) / parameters.length);
    expect(Math.abs(deviation / 0.1 - 1)).toBeLessThan(0.05);
  });

  it('fan-in: a gain scales the weights, and biases of layers with an activation start where asked', () => {
    const [plain, changed] = [initialParameters(network, 1), initialParameters(network, 1, { gain: 0.5, bias: 1 })];
    for (const { weight, bias, activation } of network.layers) {
      for (let i = weight.offset; i < weight.offset + weight.size; i++) expect(changed[i]).toBe(plain[i]! / 2);
      const biases = changed.subarray(bias.offset, bias.offset + bias.size);
      expect([...biases]).toEqual(Array(bias.size).fill(activation === 'linear' ? 0 : 1));
    }
  });

  it('refuses what the scheme would ignore', () => {
    const normal = { scheme: 'normal', gain: 0.3 } as const;
    expect(() => initialParameters(network, 1, normal)).toThrow(/initial\.gain.*scheme, deviation/);
    expect(() => initialParameters(network, 1, { deviation: 0.1 })).toThrow(/initial\.deviation.*scheme, gain, bias/);
  });

  it('refuses what is no object of options', () => {
    expect(() => initialParameters(network, 1, null as never)).toThrow(/initial is null; expected an object/);
  });
});
