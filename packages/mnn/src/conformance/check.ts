/** One network on one engine against the float64 reference. */
import { DyadicError } from '@dyadic/errors';
import { randomStream } from '@dyadic/random';
import type { Engine, Samples } from '../engine.js';
import { initialParameters } from '../initial.js';
import { mnn, type Network } from '../network.js';
import { apply, kinkDistance, lossAndGradient } from '../reference.js';
import type { ConformanceCase } from './cases.js';

/** An engine computed something else than the float64 reference. */
export class ConformanceError extends DyadicError {
  /** What differed, of which case. */
  constructor(engine: string, { name }: ConformanceCase, differences: readonly string[]) {
    super('nonconforming', `${engine} on ${name}: ${differences.join('; ')}`);
  }
}

/** Largest differences allowed, relative to the largest number of the quantity. */
export interface Tolerance {
  /** Of predictions, relative to the largest number of the sample; default 1e-5. */
  readonly values: number;
  /** Of the loss; default 1e-5. */
  readonly loss: number;
  /** Of ∂loss/∂θ, relative to the largest in the same weight or bias tensor; default 1e-4. */
  readonly gradient: number;
}

const FLOAT32: Tolerance = { values: 1e-5, loss: 1e-5, gradient: 1e-4 };
/**
 * A gradient is a sum over sites and samples whose terms may cancel, as those of a bias that an output stage divides out again.
 * What is left is compared with this part of the largest gradient of all, where it is smaller than that.
 */
const SMALL_PART = 1e-2;
/** A ReLU whose argument is nearer to zero than this, relative to the layer's largest, may be on either side in float32. */
const NEAR_KINK = 1e-5;
const SAMPLES = 2;

/**
 * Holds the predictions, the loss and the gradient of an engine against the float64 reference, for the network of one
 * case with random parameters and samples, the same in every run.
 *
 * @throws ConformanceError saying what differs and by how much
 */
export async function checkConformance(
  engine: Engine,
  conformanceCase: ConformanceCase,
  tolerance: Partial<Tolerance> = {},
): Promise<void> {
  const network = mnn(conformanceCase.options);
  const { parameters, samples } = problem(network);
  const { inputs } = samples;
  const indices = Uint32Array.from({ length: SAMPLES }, (_, i) => SAMPLES - 1 - i);
  const expected = lossAndGradient(network, parameters, samples, indices, conformanceCase.loss);
  const gradient = new Float32Array(network.parameterCount).fill(Number.NaN);

  const session = await engine.open(network);
  let loss: number;
  let outputs: Float32Array;
  try {
    outputs = await session.predict(parameters, inputs);
    const loaded = session.load(samples);
    loss = await session.lossAndGradient(parameters, loaded, indices, gradient, conformanceCase.loss);
  } finally {
    session.close();
  }

  const { inputSize, outputSize } = network;
  const limits = { ...FLOAT32, ...tolerance };
  const differences: string[] = [];
  const compare = (what: string, difference: number, limit: number) => {
    if (!(difference <= limit)) differences.push(`${what} off by ${difference.toExponential(1)} (tolerance ${limit})`);
  };
  for (let s = 0; s < SAMPLES; s++) {
    const output = outputs.subarray(s * outputSize, (s + 1) * outputSize);
    const right = apply(network, parameters, inputs.subarray(s * inputSize, (s + 1) * inputSize));
    compare(`the prediction of sample ${s}`, relativeDifference(output, right, largest(right)), limits.values);
  }
  compare('the loss', Math.abs(loss / expected.loss - 1), limits.loss);
  const top = largest(expected.gradient);
  for (const { name, weight, bias } of network.layers) {
    for (const [part, { offset, size }] of Object.entries({ weight, bias })) {
      const right = expected.gradient.subarray(offset, offset + size);
      const scale = Math.max(largest(right), SMALL_PART * top);
      const difference = relativeDifference(gradient.subarray(offset, offset + size), right, scale);
      compare(`∂loss/∂(${part} of ${name})`, difference, limits.gradient);
    }
  }
  if (differences.length > 0) throw new ConformanceError(engine.name, conformanceCase, differences);
}

/** Random parameters, biases too, and samples at which every ReLU is clearly on one side. */
function problem(network: Network): { parameters: Float32Array; samples: Samples } {
  for (let seed = 1; ; seed++) {
    const stream = randomStream(seed, 'mnn/conformance/problem');
    const normal = (length: number) => Float32Array.from({ length }, () => stream.normal());
    const parameters = initialParameters(network, seed).map((value) => value + 0.1 * stream.normal());
    const inputs = normal(SAMPLES * network.inputSize);
    const targets = normal(SAMPLES * network.outputSize);
    const weights = Float32Array.from({ length: SAMPLES }, () => stream.uniform(0.5, 2));
    const samples = { count: SAMPLES, inputs, targets, weights };
    const first = inputs.subarray(0, network.inputSize);
    const second = inputs.subarray(network.inputSize);
    const distance = Math.min(kinkDistance(network, parameters, first), kinkDistance(network, parameters, second));
    if (distance > NEAR_KINK) return { parameters, samples };
  }
}

function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]!));
  return most;
}

/** max |a − b| / scale; infinite where a number is missing or not a number. */
function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>, scale: number): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < b.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    most = Math.max(most, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
  }
  return most === 0 ? 0 : most / scale;
}
