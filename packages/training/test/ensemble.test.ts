import { mnn } from '@dyadic/mnn';
import { randomStream } from '@dyadic/random';
import { describe, expect, it } from 'vitest';
import {
  conformalFactor,
  encodeCheckpoint,
  ensembleOf,
  initialState,
  inPositions,
  loadModel,
  loadModelSync,
  type Model,
  overFields,
  rankCorrelation,
  type TrainingPlan,
} from '../src/index.js';

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

describe('a model in several positions', () => {
  const plan = (augment?: 'torus' | 'reflections'): TrainingPlan => ({
    epochs: 1,
    batchSize: 4,
    seed: 3,
    optimizer: { name: 'nadam' },
    schedule: { learningRate: 0.01 },
    ...(augment && { augment }),
  });
  const bytesOf = (points: number | number[], augment?: 'torus' | 'reflections') => {
    const network = mnn({ points, levels: 2, channels: 2, kernelLayers: 1 });
    const info = { network, plan: plan(augment), normalizers: units, origin: {}, engine: 'wasm' };
    return encodeCheckpoint({ ...info, state: initialState(network, plan()) });
  };

  it('predicts in that of the data as ever, and elsewhere as the moved network', async () => {
    const model = loadModelSync(bytesOf(16, 'torus'));
    const x = Float32Array.from({ length: 32 }, (_, i) => Math.sin(i * i));
    const members = inPositions(model, 3);
    const { outputs, mean } = await ensembleOf(members).predict(x);
    expect(outputs[0]).toEqual(model.predict(x));
    // Number 1 translates by ⌊16 · 0.618⌋ = 9 and reflects: w(i) = v(9 − i).
    const moved = Float32Array.from(x, (_, i) => x[16 * Math.floor(i / 16) + ((9 - (i % 16) + 16) % 16)]!);
    const there = model.predict(moved);
    for (const [i, y] of outputs[1]!.entries())
      expect(y).toBe(there[16 * Math.floor(i / 16) + ((9 - (i % 16) + 16) % 16)]);
    for (const [i, y] of mean.entries())
      expect(y).toBeCloseTo((outputs[0]![i]! + outputs[1]![i]! + outputs[2]![i]!) / 3, 6);
    for (const member of members) member.close();
  });

  it('have a mean that commutes with the symmetries the better, the more they are, in 2D too', async () => {
    const model = await loadModel(bytesOf([8, 8], 'torus'));
    const constant = await ensembleOf(inPositions(model, 16)).predict(new Float32Array(64).fill(0.3));
    expect(constant.spread[0]).toBeGreaterThan(1e-3); // the network alone has boxes
    const averaged = await ensembleOf(inPositions(model, 1000)).predict(new Float32Array(64).fill(0.3));
    const [least, most] = [Math.min(...averaged.mean), Math.max(...averaged.mean)];
    const one = await model.predict(new Float32Array(64).fill(0.3));
    // What a thousand positions make of a constant is nearly constant: the symmetries are spread evenly.
    expect(most - least).toBeLessThan(0.02 * (Math.max(...one) - Math.min(...one)));
    model.close();
  });

  it('keeps the order of axes that differ, and refuses a model whose symmetries are not known', async () => {
    const model = await loadModel(bytesOf([8, 16], 'reflections'));
    const { spread } = await ensembleOf(inPositions(model, 9)).predict(
      Float32Array.from({ length: 128 }, (_, i) => Math.sin(i)),
    );
    expect(spread[0]).toBeGreaterThan(0);
    expect(() => inPositions(loadModelSync(bytesOf(16)), 4)).toThrow(/trained without augmentation/);
    expect(() => inPositions(model, 1)).toThrow(/count is 1/);
    model.close();
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
