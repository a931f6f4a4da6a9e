import { ArgumentError } from '@dyadic/errors';
import { mnn, waveletNetwork } from '@dyadic/mnn';
import { randomStream } from '@dyadic/random';
import { describe, expect, it } from 'vitest';
import { AdamW, Nadam, type OptimizerOptions, optimizer, Soap, schedule } from '../src/index.js';
import { network } from './fixtures.js';
import { SoapReference } from './soap-reference.js';

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
});

describe('AdamW', () => {
  it('follows the published formulas', () => {
    const gradients = Array.from({ length: 30 }, (_, i) => Math.cos(2 * i) - 0.2);
    let [theta, m, v] = [0.5, 0, 0];
    const rule = new AdamW(1, { weightDecay: 0.1 });
    const parameters = Float32Array.of(0.5);
    gradients.forEach((g, i) => {
      rule.step(parameters, Float32Array.of(g), 0.02);
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g ** 2;
      const adam = m / (1 - 0.9 ** (i + 1)) / (Math.sqrt(v / (1 - 0.999 ** (i + 1))) + 1e-8);
      theta -= 0.02 * (adam + 0.1 * theta);
    });
    expect(Math.abs(parameters[0]! - theta)).toBeLessThan(2e-6);
  });
});

/** Gradients of a quadratic whose Hessian couples the parameters, plus noise: what a Gram matrix can learn from. */
function gradientsFor(size: number, steps: number): Float32Array[] {
  const stream = randomStream(4, 'test/gradients');
  const direction = Float64Array.from({ length: size }, () => stream.normal());
  return Array.from({ length: steps }, () => {
    const strength = stream.normal();
    return Float32Array.from(direction, (d) => strength * d + 0.5 * stream.normal());
  });
}

describe('fixed layers', () => {
  const sizes = { structure: 'wavelet', points: 32, levels: 3, channels: 2, kernelLayers: 1 } as const;
  const [free, held] = (['trained', 'fixed'] as const).map((filters) => waveletNetwork({ ...sizes, filters }));
  const isFixed = new Array<boolean>(held!.parameterCount).fill(false);
  for (const { fixed, weight, bias } of held!.layers) {
    if (fixed) isFixed.fill(true, weight.offset, weight.offset + weight.size + bias.size);
  }

  it.each<OptimizerOptions>([
    { name: 'adamw', weightDecay: 0.1 },
    { name: 'nadam' },
    { name: 'soap', weightDecay: 0.1, refreshEvery: 2 },
  ])('stay where they are, and all else moves as without them: $name', (options) => {
    const [moving, holding] = [optimizer(free!, options), optimizer(held!, options)];
    const start = Float32Array.from({ length: isFixed.length }, (_, i) => Math.cos(i));
    const [p, q] = [start.slice(), start.slice()];
    for (const gradient of gradientsFor(isFixed.length, 4)) {
      moving.step(p, gradient, 0.01);
      holding.step(q, gradient, 0.01);
    }
    expect(q).toEqual(p.map((value, i) => (isFixed[i] ? start[i]! : value)));
    expect(isFixed).toContain(true);
    expect(holding.rule).toBeUndefined();
    expect(moving.rule).toBeDefined();
  });

  it('are saved and restored with all else', () => {
    const [first, second] = [optimizer(held!, { name: 'soap' }), optimizer(held!, { name: 'soap' })];
    const [p, q] = [new Float32Array(isFixed.length).fill(1), new Float32Array(isFixed.length).fill(1)];
    const gradients = gradientsFor(isFixed.length, 6);
    for (const gradient of gradients.slice(0, 3)) first.step(p, gradient, 0.01);
    for (const [name, vector] of Object.entries(second.vectors)) vector.set(first.vectors[name]!);
    second.scalars = first.scalars;
    q.set(p);
    for (const gradient of gradients.slice(3)) {
      first.step(p, gradient, 0.01);
      second.step(q, gradient, 0.01);
    }
    expect(q).toEqual(p);
  });
});

describe('SOAP', () => {
  it.each(['convolutional', 'local'] as const)('follows a float64 transcription, %s layers', (connectivity) => {
    const tested = mnn({ points: 24, levels: 2, channels: 3, kernelLayers: 2, connectivity });
    const rule = new Soap(tested, { refreshEvery: 3 });
    const reference = new SoapReference(tested);
    const parameters = new Float32Array(tested.parameterCount);
    const expected = new Float64Array(tested.parameterCount);
    for (const gradient of gradientsFor(tested.parameterCount, 12)) {
      rule.step(parameters, gradient, 0.01);
      reference.step(expected, gradient, 0.01, 3);
    }
    // Root mean squares: where a rotated gradient happens to be tiny, m/√v makes much of its rounding in one entry.
    const rms = (f: (i: number) => number) =>
      Math.sqrt(expected.reduce((sum, _, i) => sum + f(i) ** 2, 0) / expected.length);
    const moved = rms((i) => expected[i]!);
    expect(moved).toBeGreaterThan(0.02);
    expect(rms((i) => parameters[i]! - expected[i]!)).toBeLessThan(1e-3 * moved);
  });

  it('its first gradient starts the bases and moves nothing', () => {
    const parameters = new Float32Array(network.parameterCount).fill(1);
    new Soap(network).step(parameters, gradientsFor(network.parameterCount, 1)[0]!, 0.1);
    expect(parameters.every((value) => value === 1)).toBe(true);
  });

  it('stays finite with gradients that are zero, tiny or huge', () => {
    for (const scale of [0, 1e-20, 1e15]) {
      const rule = new Soap(network);
      const parameters = new Float32Array(network.parameterCount);
      for (const g of gradientsFor(network.parameterCount, 25))
        rule.step(
          parameters,
          g.map((x) => scale * x),
          0.01,
        );
      expect([scale, parameters.every(Number.isFinite)]).toEqual([scale, true]);
    }
  });

  it('of a network that it has no room for names what makes room, or says that nothing does', () => {
    const tall = mnn({ points: 2 ** 17, levels: 16, channels: 8, kernelLayers: 1, connectivity: 'local' });
    expect(() => new Soap(tall)).toThrow(ArgumentError);
    expect(() => new Soap(tall)).toThrow(
      /optimizer\.largestSide is 256; expected less, such as 32: the state would take 11\.8 GiB of at most 4\.0 GiB$/,
    );
    const [layer] = network.layers;
    const weight = { ...layer!.weight, size: 2 ** 29 };
    const huge = { ...network, layers: [{ ...layer!, weight }] };
    expect(() => new Soap(huge)).toThrow(
      /optimizer\.name is 'soap'; expected another optimizer .*: without bases the state would take \d+\.\d GiB/,
    );
  });

  it('keeps its bases orthonormal over many refreshes', () => {
    const tested = mnn({ points: 32, levels: 2, channels: 1, kernelLayers: 1 });
    const rule = new Soap(tested, { refreshEvery: 1 });
    const parameters = new Float32Array(tested.parameterCount);
    for (const gradient of gradientsFor(tested.parameterCount, 300)) rule.step(parameters, gradient, 0.01);
    // The first layer is 1 × 8: its only basis comes first, and 8 is a whole number of vectors.
    const basis = rule.vectors.bases.subarray(0, 64);
    for (let i = 0; i < 8; i++) {
      for (let j = 0; j < 8; j++) {
        let dot = 0;
        for (let k = 0; k < 8; k++) dot += basis[8 * i + k]! * basis[8 * j + k]!;
        expect(Math.abs(dot - Number(i === j))).toBeLessThan(1e-5);
      }
    }
  });
});

describe('every optimizer', () => {
  it.each<OptimizerOptions>([{ name: 'nadam' }, { name: 'adamw' }, { name: 'soap', refreshEvery: 4 }])(
    '$name goes on exactly from its saved vectors and scalars',
    (options) => {
      const gradients = gradientsFor(network.parameterCount, 23);
      const run = (rule: ReturnType<typeof optimizer>, parameters: Float32Array, from: number, to: number) => {
        for (const gradient of gradients.slice(from, to)) rule.step(parameters, gradient, 0.01);
        return parameters;
      };
      const whole = run(optimizer(network, options), new Float32Array(network.parameterCount), 0, 23);
      const first = optimizer(network, options);
      const half = run(first, new Float32Array(network.parameterCount), 0, 11);
      const second = optimizer(network, options);
      for (const [name, saved] of Object.entries(first.vectors)) second.vectors[name]!.set(saved);
      second.scalars = JSON.parse(JSON.stringify(first.scalars));
      expect(run(second, half, 11, 23)).toEqual(whole);
    },
  );

  it.each<[object | null, RegExp]>([
    [null, /optimizer\.name is undefined; expected one of/],
    [{ name: 'adamax' }, /optimizer\.name is 'adamax'/],
    [{ name: 'nadam', beta1: 1 }, /optimizer\.beta1 is 1/],
    [{ name: 'nadam', epsilon: 0 }, /optimizer\.epsilon is 0/],
    [{ name: 'nadam', momentum: 0.9 }, /optimizer\.momentum/],
    [{ name: 'adamw', weightDecay: -1 }, /optimizer\.weightDecay is -1/],
    [{ name: 'soap', refreshEvery: 0 }, /optimizer\.refreshEvery is 0/],
    [{ name: 'soap', scheduleDecay: 0.004 }, /optimizer\.scheduleDecay/],
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
