/** One network on one engine against the float64 reference. */
import { DyadicError } from '@dyadic/errors';
import { randomStream } from '@dyadic/random';
import { networkFromDocument } from '../document.js';
import type { Engine, Loss, Samples } from '../engine.js';
import { outputGroups } from '../fields.js';
import { initialParameters } from '../initial.js';
import type { Network } from '../network.js';
import { apply, kinkDistance, lossAndGradient, outputStages } from '../reference.js';
import type { ConformanceCase } from './conformance-case.js';

/** An engine computed something else than the float64 reference. */
export class ConformanceError extends DyadicError {
  /** What differed, of which case. */
  constructor(engine: string, { name }: ConformanceCase, differences: readonly string[]) {
    super('nonconforming', `${engine} on ${name}: ${differences.join('; ')}`);
  }
}

/** Largest differences allowed, relative to the largest number of the quantity. */
export interface Tolerance {
  /** Of predictions, relative to the largest number of the sample, or of those whose mean it is; default 1e-5. */
  readonly values: number;
  /** Of the loss; default 1e-5. */
  readonly loss: number;
  /** Of ∂loss/∂θ, relative to the largest in the same weight or bias tensor; default 1e-3, as sums of float32 terms cancel. */
  readonly gradient: number;
}

const FLOAT32: Tolerance = { values: 1e-5, loss: 1e-5, gradient: 1e-3 };
/**
 * A gradient is a sum over sites and samples whose terms may cancel, as those of a bias that an output stage divides out again.
 * What is left is compared with this part of the largest gradient of all, where it is smaller than that.
 */
const SMALL_PART = 1e-2;
/** A ReLU whose argument is nearer to zero than this, relative to the layer's largest, may be on either side in float32. */
const NEAR_KINK = 1e-5;
const SAMPLES = 2;
const INDICES = Uint32Array.of(1, 0);

/**
 * Compares the predictions, the loss and the gradient of an engine with the float64 reference, for the network of one case
 * with random parameters and samples, the same in every run.
 *
 * @throws ConformanceError saying what differs and by how much
 */
export async function checkConformance(
  engine: Engine,
  conformanceCase: ConformanceCase,
  tolerance: Partial<Tolerance> = {},
): Promise<void> {
  const limits = { ...FLOAT32, ...tolerance };
  const compared =
    conformanceCase.sum === undefined
      ? await compareNetwork(engine, conformanceCase)
      : await compareStage(engine, conformanceCase.network, conformanceCase.sum);
  const differences = compared
    .filter(({ quantity, difference }) => !(difference <= limits[quantity]))
    .map(
      ({ what, quantity, difference }) =>
        `${what} off by ${difference.toExponential(1)} (tolerance ${limits[quantity]})`,
    );
  if (differences.length > 0) throw new ConformanceError(engine.name, conformanceCase, differences);
}

/** One quantity, compared. */
interface Comparison {
  readonly what: string;
  readonly quantity: keyof Tolerance;
  readonly difference: number;
}

async function compareNetwork(
  engine: Engine,
  { network: document, loss: kind }: ConformanceCase,
): Promise<Comparison[]> {
  const network = networkFromDocument(document);
  const { parameters, samples } = problem(network);
  const { loss, gradient, outputs } = await compute(engine, network, parameters, samples, kind);
  const expected = lossAndGradient(network, parameters, samples, INDICES, kind);
  const top = largest(expected.gradient);
  return [
    ...samplesOf(samples.inputs, network.inputSize).map((input, s): Comparison => {
      const output = samplesOf(outputs, network.outputSize)[s] ?? [];
      const right = apply(network, parameters, input);
      return comparison(`the prediction of sample ${s}`, 'values', output, right, summed(network, parameters, input));
    }),
    comparison('the loss', 'loss', [loss], [expected.loss]),
    ...network.layers.flatMap(({ name, weight, bias }) =>
      Object.entries({ weight, bias }).map(([part, { offset, size }]) => {
        const [ours, right] = [gradient, expected.gradient].map((all) => all.subarray(offset, offset + size));
        return comparison(`∂loss/∂(${part} of ${name})`, 'gradient', ours!, right!, SMALL_PART * top);
      }),
    ),
  ];
}

/**
 * The largest number that enters a mean, or 0 where the output has none. Positive and negative numbers cancel in a mean:
 * what float32 knows of it is relative to them.
 */
function summed(network: Network, parameters: Float32Array, input: Float32Array): number {
  if (!outputGroups(network).some(({ stage }) => stage === 'mean')) return 0;
  return largest(apply({ ...network, output: 'linear' }, parameters, input));
}

/** The output stage by itself: f of the sums that the same network without the stage gives, and finite gradients. */
async function compareStage(engine: Engine, document: object, sum: number): Promise<Comparison[]> {
  const network = networkFromDocument(document);
  const { parameters, samples } = problem(network);
  // Every point of the output has one bias of the last layer, which is of the adjacent part.
  const { offset, size } = network.layers.at(-1)!.bias;
  parameters.fill(sum, offset, offset + size);
  const sums = await compute(engine, { ...network, output: 'linear' }, parameters, samples);
  const { outputs, gradient } = await compute(engine, network, parameters, samples);
  const values = samplesOf(sums.outputs, network.outputSize).map((y, s) =>
    comparison(
      `the output of sample ${s}`,
      'values',
      samplesOf(outputs, network.outputSize)[s] ?? [],
      outputStages(network, Float64Array.from(y)),
    ),
  );
  // Squares of residuals as large as such an output's have no float32.
  if (network.output === 'linear' || network.output === 'mean') return values;
  const finite = gradient.every(Number.isFinite);
  return [...values, { what: 'a gradient', quantity: 'gradient', difference: finite ? 0 : Number.POSITIVE_INFINITY }];
}

/** What an engine says. */
async function compute(engine: Engine, network: Network, parameters: Float32Array, samples: Samples, kind?: Loss) {
  const gradient = new Float32Array(network.parameterCount).fill(Number.NaN);
  const session = await engine.open(network);
  try {
    const outputs = await session.predict(parameters, samples.inputs);
    const loss = await session.lossAndGradient(parameters, session.load(samples), INDICES, gradient, kind);
    return { loss, gradient, outputs };
  } finally {
    session.close();
  }
}

/** Random parameters, biases too, and samples at which every ReLU is clearly on one side. */
function problem(network: Network): { parameters: Float32Array; samples: Samples } {
  for (let seed = 1; ; seed++) {
    const stream = randomStream(seed, 'mnn/conformance/problem');
    const normal = (length: number) => Float32Array.from({ length }, () => stream.normal());
    const parameters = initialParameters(network, seed).map((value) => value + 0.1 * stream.normal());
    const inputs = normal(SAMPLES * network.inputSize);
    const targets = normal(SAMPLES * network.outputSize);
    const weights = Float32Array.from({ length: SAMPLES * network.outputs }, () => stream.uniform(0.5, 2));
    const samples = { count: SAMPLES, inputs, targets, weights };
    const first = inputs.subarray(0, network.inputSize);
    const second = inputs.subarray(network.inputSize);
    const distance = Math.min(kinkDistance(network, parameters, first), kinkDistance(network, parameters, second));
    if (distance > NEAR_KINK) return { parameters, samples };
  }
}

function samplesOf(values: Float32Array, size: number): Float32Array[] {
  return Array.from({ length: values.length / size }, (_, s) => values.subarray(s * size, (s + 1) * size));
}

/** max |a − b| / max |b|, or by `least` where that is larger; infinite where a number is missing or not a number. */
function comparison(
  what: string,
  quantity: keyof Tolerance,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  least = 0,
): Comparison {
  let most = a.length === b.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < b.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    most = Math.max(most, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
  }
  return { what, quantity, difference: most === 0 ? 0 : most / Math.max(largest(b), least) };
}

function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]!));
  return most;
}
