import { mnn } from '@dyadic/mnn';
import { randomStream } from '@dyadic/random';
import { describe, expect, it } from 'vitest';
import { conformalFactor, ensembleOf, type Model, overFields, rankCorrelation } from '../src/index.js';

const units = { input: { shift: 0, scale: 1 }, output: { shift: 0, scale: 1 } };

/** A model that multiplies its input by a factor. */
function scaled(factor: number, outputs = 1): Model {
  const network = mnn({ points: 8, levels: 2, channels: 1, kernelLayers: 1, outputs });
  const output = outputs === 1 ? units.output : Array(outputs).fill(units.output);
  return {
    checkpoint: { network, normalizers: { ...units, output } },
    predict: async (fields: ArrayLike<number>) => {
      const at = (i: number) => fields[8 * Math.floor(i / (8 * outputs)) + (i % 8)]!;
      return Float32Array.from({ length: outputs * fields.length }, (_, i) => factor * at(i));
    },
    close() {},
  } as unknown as Model;
}

describe('an ensemble', () => {
  it('predicts the mean, and the standard deviation of its members relative to that', async () => {
    // Members 1, 2, 6 times x: mean 3 x, deviations −2, −1, 3, so that the spread is √(14 / 2) / 3 for any x.
    const { mean, spread } = await ensembleOf([scaled(1), scaled(2), scaled(6)]).predict(
      Float32Array.from({ length: 16 }, (_, i) => i + 1),
    );
    expect([...mean]).toEqual(Array.from({ length: 16 }, (_, i) => 3 * (i + 1)));
    expect(spread).toHaveLength(2);
    for (const s of spread) expect(s).toBeCloseTo(Math.sqrt(7) / 3, 6);
  });

  it('has a spread for each field, and none where all members agree', async () => {
    const x = Float32Array.from({ length: 8 }, (_, i) => Math.cos(i));
    const { spread } = await ensembleOf([scaled(1, 2), scaled(3, 2)]).predict(x);
    expect([...spread].map((s) => s.toFixed(6))).toEqual(Array(2).fill(Math.SQRT1_2.toFixed(6)));
    expect([...(await ensembleOf([scaled(0), scaled(0)]).predict(x)).spread]).toEqual([0]);
    expect([...overFields([3, 4, 0, 0], 2)]).toEqual([Math.sqrt(12.5), 0]);
  });

  it('refuses one model alone, and models of other shapes', () => {
    expect(() => ensembleOf([scaled(1)])).toThrow(/members is 1; expected at least two models/);
    expect(() => ensembleOf([scaled(1), scaled(1, 2)])).toThrow(/members\[1\]/);
  });
});

describe('a conformal factor', () => {
  it('is the order statistic that covers, ∞ where there are too few samples', () => {
    const errors = Float64Array.from({ length: 9 }, (_, i) => 9 - i);
    expect(conformalFactor(errors, new Float64Array(9).fill(2), 0.5)).toBe(2.5);
    expect(conformalFactor(errors, new Float64Array(9).fill(1), 0.9)).toBe(9);
    expect(conformalFactor(errors, new Float64Array(9).fill(1), 0.95)).toBe(Number.POSITIVE_INFINITY);
    expect(conformalFactor([Number.NaN, 0, 1], [1, 0, 2], 0.5)).toBe(0.5);
    expect(() => conformalFactor([1], [1], 1)).toThrow(/coverage is 1/);
  });

  it('covers as large a share of fresh samples as it says, whatever the law of the ratios', () => {
    const stream = randomStream(3, 'test/conformal');
    const draw = () => {
      const spread = Math.exp(stream.normal());
      return [spread * Math.exp(2 * stream.normal()), spread] as const;
    };
    const pairs = Array.from({ length: 999 }, draw);
    const factor = conformalFactor(
      pairs.map(([error]) => error),
      pairs.map(([, spread]) => spread),
      0.9,
    );
    const covered = Array.from({ length: 20_000 }, draw).filter(([error, spread]) => error <= factor * spread).length;
    // The share itself varies by √(0.9 · 0.1 / 1000) ≈ 0.0095 with the samples that the factor is from.
    expect(Math.abs(covered / 20_000 - 0.9)).toBeLessThan(0.03);
  });
});

describe('rank correlation', () => {
  it('is ±1 for monotone lists, and that of mean ranks where numbers are equal', () => {
    expect(rankCorrelation([1, 5, 9], [2, 3, 100])).toBe(1);
    expect(rankCorrelation([1, 5, 9], [0, -3, -4])).toBe(-1);
    // Ranks 1, 2.5, 2.5, 4 and 1, 2, 3, 4: covariance 4.5, variances 4.5 and 5.
    expect(rankCorrelation([1, 2, 2, 3], [1, 2, 3, 4])).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5), 12);
    expect(rankCorrelation([1, 1], [1, 2])).toBeNaN();
  });
});
