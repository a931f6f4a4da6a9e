import { ArgumentError } from '@dyadic/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { philox4x32, randomStream } from '../src/index.js';

describe('philox4x32: known answers published with Random123 (kat_vectors, philox4x32 10 rounds)', () => {
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])('counter %o', (counter, key, answer) => {
    const block = Uint32Array.from(counter);
    philox4x32(block, key[0]!, key[1]!);
    expect([...block]).toEqual(answer);
  });
});

describe('streams', () => {
  const draws = (seed: number, purpose: string, index: number) => {
    const stream = randomStream(seed, purpose, index);
    return Array.from({ length: 6 }, () => stream.uint32());
  };

  it('are pure functions of (seed, purpose, index)', () => {
    expect(draws(1, 'a', 2)).toEqual(draws(1, 'a', 2));
  });

  it('differ in every part of their name, the upper halves of large numbers included', () => {
    const names = [
      [1, 'a', 2],
      [2, 'a', 2],
      [1, 'b', 2],
      [1, 'a', 3],
      [1 + 2 ** 32, 'a', 2],
      [1, 'a', 2 + 2 ** 32],
    ] as const;
    expect(new Set(names.map(([seed, purpose, index]) => draws(seed, purpose, index).join())).size).toBe(names.length);
  });

  it('are the same for purposes whose hashes of 32 bits coincide, as the README says', () => {
    expect(randomStream(1, 'costarring', 2).uint32()).toBe(randomStream(1, 'liquid', 2).uint32());
  });

  it('refuse a seed that is not a non-negative integer', () => {
    for (const seed of [-1, 0.5, Number.NaN, 2 ** 53]) expect(() => randomStream(seed, 'a')).toThrow(ArgumentError);
    expect(() => randomStream(1, '')).toThrow(/purpose/);
  });
});

describe('distributions', () => {
  const n = 40_000;

  it('uniform: mean 1/2, variance 1/12, within the interval', () => {
    const stream = randomStream(3, 'uniform');
    const values = Array.from({ length: n }, () => stream.uniform());
    const { mean, variance } = moments(values);
    expect(Math.abs(mean - 1 / 2)).toBeLessThan(4 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.003);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
  });

  it('normal: mean 0, variance 1, kurtosis 3', () => {
    const stream = randomStream(3, 'normal');
    const values = Array.from({ length: n }, () => stream.normal());
    const { mean, variance } = moments(values);
    const kurtosis = values.reduce((sum, x) => sum + (x - mean) ** 4, 0) / n / variance ** 2;
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(kurtosis - 3)).toBeLessThan(4 * Math.sqrt(24 / n));
  });

  it('integer: every value equally often', () => {
    const stream = randomStream(3, 'integer');
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < n; i++) counts[stream.integer(7)]!++;
    for (const count of counts) expect(Math.abs(count - n / 7)).toBeLessThan(5 * Math.sqrt(n / 7));
  });

  it('permutation: holds each of 0 … n−1 once', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(), (count, seed) => {
        const order = randomStream(seed, 'permutation').permutation(count);
        expect([...order].sort((a, b) => a - b)).toEqual([...Array(count).keys()]);
      }),
    );
  });

  it('permutation: every first place equally often', () => {
    const counts = new Array<number>(5).fill(0);
    for (let index = 0; index < 5000; index++) counts[randomStream(9, 'p', index).permutation(5)[0]!]!++;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(1000));
  });
});

function moments(values: number[]) {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
  return { mean, variance };
}
