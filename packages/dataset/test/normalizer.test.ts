import { describe, expect, it } from 'vitest';
import { denormalize, fitNormalizer, fitNormalizers, normalize, splitSamples } from '../src/index.js';

describe('normalizers', () => {
  const values = Float32Array.from([1, 2, 4, 9]);

  it('standard: zero mean and unit variance', () => {
    const scaled = normalize(fitNormalizer(values), values);
    expect(scaled.reduce((a, b) => a + b)).toBeCloseTo(0, 6);
    expect(scaled.reduce((sum, x) => sum + x * x, 0) / 4).toBeCloseTo(1, 6);
  });

  it('relative-mean: x/(2 mean) − 1/2, as the authors do', () => {
    expect([...normalize(fitNormalizer(values, 'relative-mean'), values)]).toEqual([...values].map((x) => x / 8 - 0.5));
  });

  it('mean: x − mean', () => {
    expect([...normalize(fitNormalizer(values, 'mean'), values)]).toEqual([-3, -2, 0, 5]);
  });

  it('mean-scale: x / mean, shift 0, so that densities keep their sign and have the mean 1', () => {
    expect(fitNormalizer(values, 'mean-scale')).toEqual({ shift: 0, scale: 4 });
    expect([...normalize(fitNormalizer(values, 'mean-scale'), values)]).toEqual([0.25, 0.5, 1, 2.25]);
    // Densities of three electrons on [−1, 1): the scale is n_e / |Ω|, and all the same is no hindrance.
    expect(fitNormalizer([1, 2, 1.5, 1.5], 'mean-scale').scale).toBe(3 / 2);
    expect(fitNormalizer([1.5, 1.5], 'mean-scale')).toEqual({ shift: 0, scale: 1.5 });
  });

  it('rms-scale: x / √mean(x²), shift 0, so that ground states keep their sign and have the norm 1', () => {
    const { shift, scale } = fitNormalizer(values, 'rms-scale');
    expect(shift).toBe(0);
    expect(scale).toBeCloseTo(Math.sqrt((1 + 4 + 16 + 81) / 4), 14);
    expect(fitNormalizer([1.5, 1.5], 'rms-scale')).toEqual({ shift: 0, scale: 1.5 });
    expect(fitNormalizer([-1, 1], 'rms-scale')).toEqual({ shift: 0, scale: 1 });
  });

  it('denormalize is the inverse', () => {
    const normalizer = fitNormalizer(values);
    const back = denormalize(normalizer, normalize(normalizer, values));
    for (let i = 0; i < 4; i++) expect(back[i]).toBeCloseTo(values[i]!, 5);
  });

  it.each([0.1, -1 / 3, 1e-30, 1e30])('refuses float64 data that are all %f, whose sum rounds', (value) => {
    for (const length of [1, 3, 1000, 4097]) {
      const constant = new Float64Array(length).fill(value);
      expect(() => fitNormalizer(constant)).toThrow(
        /variance of values is .*; expected numbers that are not all the same/,
      );
      expect(fitNormalizer(constant, 'mean-scale').scale / value).toBeCloseTo(1, 12);
    }
    const almost = new Float64Array(100).fill(value);
    almost[7]! *= 1 + 2 ** -52;
    expect(() => fitNormalizer(almost)).toThrow(/not all the same but for rounding/);
    almost[7]! = value * (1 + 1e-9);
    expect(fitNormalizer(almost).scale / (Math.abs(value) * 1e-9 * Math.sqrt(0.0099))).toBeCloseTo(1, 4);
  });

  it('refuses a mean that is 0 but for rounding as a scale', () => {
    const wave = Float64Array.from({ length: 320 }, (_, i) => Math.sin((2 * Math.PI * i) / 320));
    for (const method of ['mean-scale', 'relative-mean'] as const) {
      expect(() => fitNormalizer(wave, method)).toThrow(/mean of values is .*; expected a mean other than 0/);
    }
    expect(fitNormalizer(wave).scale).toBeCloseTo(Math.SQRT1_2, 12);
  });

  it.each([1e-200, 1e200])('refuses data of the size %f, whose squares are no numbers', (size) => {
    const data = Float64Array.of(size, -size, 3 * size);
    for (const method of ['standard', 'rms-scale'] as const) {
      expect(() => fitNormalizer(data, method)).toThrow(/scale of values is (0|Infinity)/);
    }
    expect(() => fitNormalizer([1e308, 1e308], 'mean')).toThrow(/sum of values is Infinity/);
  });

  it('data in pieces get the bits of the whole, however they are cut', async () => {
    const columns = [1e3, 1e-3].map((shift) => Float32Array.from({ length: 1000 }, (_, i) => shift + Math.sin(i * i)));
    for (const size of [1, 7, 999, 5000]) {
      let passes = 0;
      const pieces = async function* () {
        passes++;
        for (let i = 0; i < 1000; i += size) yield columns.map((values) => values.subarray(i, i + size));
      };
      for (const method of ['standard', 'mean', 'relative-mean', 'mean-scale', 'rms-scale'] as const) {
        passes = 0;
        const whole = columns.map((values) => fitNormalizer(values, method));
        expect(await fitNormalizers(pieces, [method, method])).toEqual(whole);
        expect(passes).toBe(method === 'standard' || method === 'rms-scale' ? 2 : 1);
      }
    }
    const none = async function* () {};
    await expect(fitNormalizers(none, ['mean'])).rejects.toThrow(/at least one number/);
  });

  it('refuses data without a scale', () => {
    expect(() => fitNormalizer([3, 3])).toThrow(/variance of values is 0; expected numbers that are not all the same/);
    expect(() => fitNormalizer([])).toThrow(/at least one number/);
    expect(() => fitNormalizer([1, Number.NaN])).toThrow(/values\[1\] is NaN/);
    expect(() => fitNormalizer([-1, 1], 'relative-mean')).toThrow(/mean of values is 0.*'relative-mean'/);
    expect(() => fitNormalizer([-1, 1], 'mean-scale')).toThrow(/mean of values is 0.*'mean-scale'/);
    expect(() => fitNormalizer([0, 0], 'rms-scale')).toThrow(/mean square of values is 0.*'rms-scale'/);
  });
});

describe('splitSamples', () => {
  it('is disjoint; validation and test stay when the training set grows', () => {
    const small = splitSamples(100, { train: 20, validation: 10, test: 15 });
    const large = splitSamples(100, { train: 75, validation: 10, test: 15 });
    expect(small).toEqual({
      train: { first: 0, count: 20 },
      validation: { first: 75, count: 10 },
      test: { first: 85, count: 15 },
    });
    expect(large.validation).toEqual(small.validation);
    expect(large.test).toEqual(small.test);
    expect(large.train.first + large.train.count).toBeLessThanOrEqual(large.validation.first);
  });

  it('refuses splits that would overlap', () => {
    expect(() => splitSamples(44, { train: 20, validation: 10, test: 15 })).toThrow(/splits is .*at most 44 samples/);
    expect(() => splitSamples(44, { train: 20, validation: 0, test: 15 })).toThrow(/splits\.validation is 0/);
  });
});
