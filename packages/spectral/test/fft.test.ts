import { ArgumentError } from '@dyadic/errors';
import { randomStream } from '@dyadic/random';
import { describe, expect, it } from 'vitest';
import { complexFft, complexFftND, realFft, realFftND } from '../src/index.js';
import { maxDifference, naiveDft, randomArray } from './oracles.js';

const SIZES = [
  1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16, 18, 20, 25, 27, 30, 32, 40, 45, 64, 75, 80, 90, 125, 160, 225, 320,
];

describe('complexFft', () => {
  it.each(SIZES)('size %i equals the definition, and the inverse undoes it', (size) => {
    const input = randomArray(2 * size, size);
    const output = new Float64Array(2 * size);
    const plan = complexFft(size);
    plan.forward(output, input);
    expect(maxDifference(output, naiveDft(input, [size]))).toBeLessThan(1e-14 * size);
    const back = new Float64Array(2 * size);
    plan.inverse(back, output);
    expect(maxDifference(back, input)).toBeLessThan(1e-14 * Math.log2(size + 2));
  });

  it('refuses sizes with other prime factors by name', () => {
    for (const size of [7, 22, 320.5, 0, -4]) expect(() => complexFft(size)).toThrow(ArgumentError);
    for (const shape of [
      [7, 4],
      [4, 7],
      [4, 14],
    ])
      expect(() => realFftND(shape)).toThrow(/FFT size is (7|14)/);
    for (const plan of [complexFft, realFft])
      expect(() => plan(14)).toThrow(/FFT size is 14; expected a product of powers of 2, 3 and 5/);
  });
});

describe('realFft', () => {
  it.each(SIZES)('size %i equals the complex transform of the same numbers', (size) => {
    const values = randomArray(size, size + 1);
    const plan = realFft(size);
    const spectrum = new Float64Array(2 * plan.spectrumSize);
    plan.forward(spectrum, values);
    const interleaved = Float64Array.from({ length: 2 * size }, (_, i) => (i % 2 ? 0 : values[i / 2]!));
    const expected = naiveDft(interleaved, [size]).subarray(0, 2 * plan.spectrumSize);
    expect(maxDifference(spectrum, expected)).toBeLessThan(1e-14 * size);
    const back = new Float64Array(size);
    plan.inverse(back, spectrum);
    expect(maxDifference(back, values)).toBeLessThan(1e-14 * Math.log2(size + 2));
  });
});

describe('several dimensions', () => {
  it.each([[[6, 10]], [[5, 8]], [[4, 3, 10]], [[8, 9]], [[1, 5]], [[32, 16]], [[27, 4]]])(
    '%o equals the definition',
    (shape) => {
      const size = shape.reduce((a, b) => a * b);
      const input = randomArray(2 * size, size);
      const output = new Float64Array(2 * size);
      const plan = complexFftND(shape);
      plan.forward(output, input);
      expect(maxDifference(output, naiveDft(input, shape))).toBeLessThan(1e-13 * size);
      const back = new Float64Array(2 * size);
      plan.inverse(back, output);
      expect(maxDifference(back, input)).toBeLessThan(1e-13);
    },
  );

  it.each([[[6, 10]], [[10, 5]], [[4, 3, 10]], [[16, 8]], [[3, 4, 5]], [[5, 2]]])(
    '%o real equals the half of the complex one',
    (shape) => {
      const size = shape.reduce((a, b) => a * b);
      const last = shape.at(-1)!;
      const values = randomArray(size, 3);
      const plan = realFftND(shape);
      const spectrum = new Float64Array(2 * plan.spectrumSize);
      plan.forward(spectrum, values);
      const full = naiveDft(
        Float64Array.from({ length: 2 * size }, (_, i) => (i % 2 ? 0 : values[i / 2]!)),
        shape,
      );
      const half = Math.floor(last / 2) + 1;
      for (let row = 0; row < size / last; row++) {
        const found = spectrum.subarray(2 * row * half, 2 * (row + 1) * half);
        expect(maxDifference(found, full.subarray(2 * row * last, 2 * (row * last + half)))).toBeLessThan(1e-13 * size);
      }
      const back = new Float64Array(size);
      plan.inverse(back, spectrum);
      expect(maxDifference(back, values)).toBeLessThan(1e-13);
    },
  );

  it('Parseval: Σ|x|² = (1/n) Σ|X|²', () => {
    const stream = randomStream(5, 'parseval');
    const shape = [12, 20];
    const size = 240;
    const input = Float64Array.from({ length: 2 * size }, () => stream.normal());
    const output = new Float64Array(2 * size);
    complexFftND(shape).forward(output, input);
    const energy = (x: Float64Array) => x.reduce((sum, value) => sum + value * value, 0);
    expect(energy(output) / size / energy(input)).toBeCloseTo(1, 13);
  });
});
