import { expect, it } from 'vitest';
import { fieldText } from '../src/index.js';

it('writes small fields as numbers', () => {
  expect(fieldText({ shape: [2, 2], values: [1, 0.25, 1 / 3, -2] })).toEqual(['1 0.25 0.333333 -2']);
});

it('draws a function of one variable as bars, from its least to its greatest value', () => {
  const values = Float64Array.from({ length: 128 }, (_, i) => i);
  const [bars, ends] = fieldText({ shape: [128], values });
  expect([...bars!]).toHaveLength(64);
  expect(bars).toMatch(/^▁+▂+▃+▄+▅+▆+▇+█+$/);
  expect(ends).toBe('0 … 127');
});

it('draws a function of two variables as shades, one of three by its middle, a constant evenly', () => {
  const ramp = Float64Array.from({ length: 16 * 16 }, (_, i) => Math.floor(i / 16));
  const lines = fieldText({ shape: [16, 16], values: ramp });
  expect(lines).toHaveLength(17);
  expect([lines[0], lines[15]]).toEqual([' '.repeat(16), '█'.repeat(16)]);
  const cube = Float64Array.from({ length: 8 ** 3 }, (_, i) => (i % 8 === 4 ? 1 : 0));
  expect(fieldText({ shape: [8, 8, 8], values: cube })[3]).toBe('█'.repeat(8));
  expect(fieldText({ shape: [4, 4], values: new Float64Array(16).fill(3) }).at(-1)).toBe('3 … 3');
});
