import { describe, expect, it } from 'vitest';
import { Nadam, optimizer, schedule } from '../src/index.js';
import { network } from './fixtures.js';

/** Nadam term by term for one number, from Algorithm 8 of Dozat's report with bias-corrected moments, in float64. */
function dozat(gradients: readonly number[], rate: number, psi: number | null): number {
  const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
  const mu = (t: number) => (psi === null ? beta1 : beta1 * (1 - 0.5 * 0.96 ** (t * psi)));
  const product = (t: number) => Array.from({ length: t }, (_, i) => mu(i + 1)).reduce((a, b) => a * b, 1);
  let [theta, m, v] = [1, 0, 0];
  gradients.forEach((g, i) => {
    const t = i + 1;
    const gHat = g / (1 - product(t));
    m = beta1 * m + (1 - beta1) * g;
    const mHat = m / (1 - product(t + 1));
    v = beta2 * v + (1 - beta2) * g ** 2;
    const vHat = v / (1 - beta2 ** t);
    const mBar = (1 - mu(t)) * gHat + mu(t + 1) * mHat;
    theta -= (rate * mBar) / (Math.sqrt(vHat) + epsilon);
  });
  return theta;
}

describe('Nadam', () => {
  const gradients = Array.from({ length: 40 }, (_, i) => Math.sin(3 * i) + 0.3);

  it.each([0.004, 0.1, null])('follows the published formulas, schedule decay %s', (scheduleDecay) => {
    const rule = new Nadam(1, { scheduleDecay });
    const parameters = Float32Array.of(1);
    for (const g of gradients) rule.step(parameters, Float32Array.of(g), 0.01);
    expect(Math.abs(parameters[0]! - dozat(gradients, 0.01, scheduleDecay))).toBeLessThan(2e-6);
  });

  it('its default schedule decay is the authors’ 0.004', () => {
    const [a, b] = [new Nadam(1), new Nadam(1, { scheduleDecay: 0.004 })];
    const [p, q] = [Float32Array.of(1), Float32Array.of(1)];
    for (const g of gradients) {
      a.step(p, Float32Array.of(g), 0.01);
      b.step(q, Float32Array.of(g), 0.01);
    }
    expect(p).toEqual(q);
  });

  it('goes on exactly from its vectors and scalars', () => {
    const whole = new Nadam(1);
    const first = new Nadam(1);
    const [p, q] = [Float32Array.of(1), Float32Array.of(1)];
    for (const g of gradients) whole.step(p, Float32Array.of(g), 0.01);
    for (const g of gradients.slice(0, 17)) first.step(q, Float32Array.of(g), 0.01);
    const second = new Nadam(1);
    second.scalars = JSON.parse(JSON.stringify(first.scalars));
    second.vectors.firstMoment.set(first.vectors.firstMoment);
    second.vectors.secondMoment.set(first.vectors.secondMoment);
    for (const g of gradients.slice(17)) second.step(q, Float32Array.of(g), 0.01);
    expect(q).toEqual(p);
  });

  it.each<[object, RegExp]>([
    [{ name: 'adamax' }, /optimizer\.name is 'adamax'/],
    [{ name: 'nadam', beta1: 1 }, /optimizer\.beta1 is 1/],
    [{ name: 'nadam', epsilon: 0 }, /optimizer\.epsilon is 0/],
    [{ name: 'nadam', momentum: 0.9 }, /optimizer\.momentum/],
  ])('refuses %o', (options, message) => {
    expect(() => optimizer(network, options as never)).toThrow(message);
  });
});

describe('schedule', () => {
  it('climbs, peaks and falls along half a cosine', () => {
    const rate = schedule(110, { learningRate: 2, warmup: 1 / 11, final: 0.1 });
    expect([rate(0), rate(4), rate(9)].map((x) => x / 2)).toEqual(
      [1 / 11, 5 / 11, 10 / 11].map((x) => expect.closeTo(x)),
    );
    expect(rate(10)).toBeCloseTo(2, 12);
    expect(rate(60)).toBeCloseTo((2 + 0.2) / 2, 12);
    expect(rate(110)).toBeCloseTo(0.2, 12);
  });

  it('constant stays', () => {
    const rate = schedule(10, { learningRate: 3, shape: 'constant' });
    expect([rate(0), rate(9)]).toEqual([3, 3]);
  });

  it.each<[object, RegExp]>([
    [{ learningRate: -1 }, /schedule\.learningRate is -1/],
    [{ learningRate: 1, warmup: 2 }, /schedule\.warmup is 2/],
    [{ learningRate: 1, shape: 'step' }, /schedule\.shape is 'step'/],
    [{ learningRate: 1, warmUp: 0 }, /schedule\.warmUp/],
  ])('refuses %o', (options, message) => {
    expect(() => schedule(10, options as never)).toThrow(message);
  });
});
