/**
 * Optimizers on the device, step by step against float64 transcriptions: both get the gradient that the session computes, and
 * the parameters are compared after each step.
 */
import type { WebgpuSession } from '@dyadic/engine-webgpu';
import { initialParameters, type MnnOptions, mnn, type Samples } from '@dyadic/mnn';
import { type Optimizer, type OptimizerOptions, optimizer } from '@dyadic/training';
import { describe, expect, it } from 'vitest';
import { SoapReference } from '../../training/test/soap-reference.js';
import { engineOrSkip } from './device.js';
import { randomSamples } from './problem.js';

const engine = await engineOrSkip({ form: 'spread' });

function problem(options: MnnOptions, count: number) {
  const network = mnn(options);
  return { network, samples: randomSamples(network, count), parameters: initialParameters(network, 1) };
}

/** One step of a descent, and the gradient that it went by. */
async function step(session: WebgpuSession, rule: Optimizer, rate: number, state: Float32Array, samples: Samples) {
  const loaded = session.load(samples);
  const indices = Uint32Array.from({ length: samples.count }, (_, i) => i);
  const gradient = new Float32Array(state.length);
  const loss = await session.lossAndGradient(state, loaded, indices, gradient);
  const descent = (await session.descend(rule.rule!))!;
  descent.write(state, rule.vectors);
  const [first] = await descent.run(loaded, indices, samples.count, [rule.advance!(rate)]);
  await descent.read(state, rule.vectors);
  descent.close();
  session.unload(loaded);
  expect(Math.abs(first! / loss - 1)).toBeLessThan(1e-6);
  return gradient;
}

const rms = (values: ArrayLike<number>) =>
  Math.sqrt(Array.from(values).reduce((sum, x) => sum + x * x, 0) / values.length);
const minus = (a: ArrayLike<number>, b: ArrayLike<number>) => Float64Array.from(a, (x, i) => x - b[i]!);

/** Adam and its kin term by term in float64. */
class ElementwiseReference {
  readonly #options: OptimizerOptions;
  readonly #m: Float64Array;
  readonly #v: Float64Array;
  #t = 0;
  #product = 1;

  constructor(size: number, options: OptimizerOptions) {
    this.#options = options;
    this.#m = new Float64Array(size);
    this.#v = new Float64Array(size);
  }

  step(theta: Float64Array, gradient: ArrayLike<number>, rate: number): void {
    const t = ++this.#t;
    const mu = (k: number) => 0.9 * (1 - 0.5 * 0.96 ** (0.004 * k));
    this.#product *= mu(t);
    theta.forEach((before, i) => {
      const g = gradient[i]!;
      const m = (this.#m[i] = 0.9 * this.#m[i]! + 0.1 * g);
      const v = (this.#v[i] = 0.999 * this.#v[i]! + 0.001 * g * g);
      const root = Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8;
      const nesterov = ((1 - mu(t)) * g) / (1 - this.#product) + (mu(t + 1) * m) / (1 - this.#product * mu(t + 1));
      theta[i] =
        this.#options.name === 'nadam'
          ? before - (rate * nesterov) / root
          : before - rate * (m / (1 - 0.9 ** t) / root + 0.1 * before);
    });
  }
}

if (engine) {
  describe('entry by entry', () => {
    it.each<OptimizerOptions>([{ name: 'nadam' }, { name: 'adamw', weightDecay: 0.1 }])('$name', async (options) => {
      const { network, samples, parameters } = problem({ points: 16, levels: 2, channels: 3, kernelLayers: 2 }, 4);
      const session = await engine.open(network);
      const rule = optimizer(network, options);
      const reference = new ElementwiseReference(network.parameterCount, options);
      const expected = Float64Array.from(parameters);
      for (let k = 0; k < 12; k++) {
        const before = parameters.slice();
        reference.step(expected, await step(session, rule, 0.01, parameters, samples), 0.01);
        expect(rms(minus(parameters, before))).toBeGreaterThan(1e-3);
        expect(rms(minus(parameters, expected))).toBeLessThan(2e-6);
      }
      session.close();
    });
  });

  /** Sides of 2 to 144; of 33, a row more than a tile; of 99 without a basis. */
  describe.each<[MnnOptions, number?]>([
    [{ points: 24, levels: 2, channels: 3, kernelLayers: 2 }],
    [{ points: 24, levels: 2, channels: 3, kernelLayers: 1, connectivity: 'local' }],
    [{ dimension: 2, points: 16, levels: 2, channels: 2, kernelLayers: 1 }],
    [{ points: 132, levels: 2, channels: 2, kernelLayers: 1 }, 40],
  ])('SOAP: %o, bases of sides up to %s', (options, largestSide = 256) => {
    it('follows its float64 transcription', async () => {
      const { network, samples, parameters } = problem(options, 12);
      const session = await engine.open(network);
      const how = { name: 'soap', refreshEvery: 3, largestSide } as const;
      const rule = optimizer(network, how);
      const reference = new SoapReference(network, largestSide);
      const start = parameters.slice();
      const host = optimizer(network, how);
      const onHost = parameters.slice();
      const expected = Float64Array.from(parameters);
      const deviation = (of: Float32Array) => rms(minus(of, expected)) / rms(minus(expected, start));
      for (let k = 0; k < 6; k++) {
        const gradient = await step(session, rule, 0.01, parameters, samples);
        reference.step(expected, gradient, 0.01, 3);
        host.step(onHost, gradient, 0.01);
        if (k === 0) expect(parameters).toEqual(start);
        // Where a rotated gradient happens to be tiny, m/√v makes much of its rounding: what float32 can do is told by
        // the optimizer on the host.
        else expect(deviation(parameters)).toBeLessThan(1e-4 + 3 * deviation(onHost));
      }
      session.close();
    });
  });
}
