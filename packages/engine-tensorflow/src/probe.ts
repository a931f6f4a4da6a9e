import { type MnnOptions, mnn } from '@dyadic/mnn';
import { TensorflowSession } from './session.js';
import type { Runtime } from './tfjs.js';

/** A tiny network whose loss and gradient are known. */
export interface ProbeCase {
  readonly options: MnnOptions;
  readonly loss: number;
  /** Σ_i ∂loss/∂θ_i cos i. */
  readonly gradient: number;
}

/** The expected numbers come from the float64 reference of the tests, which check them. */
export const PROBE_CASES: readonly ProbeCase[] = [
  {
    options: { points: 8, levels: 3, channels: 2, kernelLayers: 2, activation: 'tanh' },
    loss: 1.47967983,
    gradient: 9.676385,
  },
  {
    options: { dimension: 2, points: 4, levels: 2, channels: 1, kernelLayers: 1, connectivity: 'local' },
    loss: 11.20098085,
    gradient: 5.798143,
  },
  {
    options: { points: 8, levels: 2, channels: 1, kernelLayers: 1, output: 'density' },
    loss: 5.96577763,
    gradient: -1.59855,
  },
];

/** Network, parameters and two weighted samples of a probe, by formula. */
export function probeData({ options }: ProbeCase) {
  const network = mnn(options);
  const wave = (length: number, step: number) =>
    Float32Array.from({ length }, (_, i) => 0.5 * Math.sin(step * (i + 1)));
  const samples = {
    count: 2,
    inputs: wave(2 * network.inputSize, 0.7),
    targets: wave(2 * network.outputSize, 0.3),
    weights: Float32Array.of(1, 0.5),
  };
  return { network, samples, parameters: wave(network.parameterCount, 1.3) };
}

/** Runs the probes. @throws Error with a short phrase if a number is wrong */
export async function probe(runtime: Runtime): Promise<void> {
  for (const probeCase of PROBE_CASES) {
    const { network, samples, parameters } = probeData(probeCase);
    const session = new TensorflowSession(runtime, network);
    try {
      const gradient = new Float32Array(network.parameterCount);
      const loss = await session.lossAndGradient(parameters, session.load(samples), Uint32Array.of(0, 1), gradient);
      requireNear('loss', loss, probeCase.loss);
      requireNear('gradient', projected(gradient), probeCase.gradient);
    } finally {
      session.close();
    }
  }
}

/** Σ_i g_i cos i. */
export function projected(gradient: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < gradient.length; i++) sum += gradient[i]! * Math.cos(i);
  return sum;
}

function requireNear(what: string, value: number, right: number): void {
  if (!(Math.abs(value - right) <= 1e-3 * Math.abs(right))) {
    throw new Error(`a test computation gave the ${what} ${value} instead of ${right}`);
  }
}
