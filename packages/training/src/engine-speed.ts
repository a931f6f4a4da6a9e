/** The speed of engines for a given network. */
import { type Engine, initialParameters, type Network, type Session } from '@dyadic/mnn';

/** The training for which to choose an engine. */
export interface Workload {
  readonly network: Network;
  readonly batchSize: number;
}

/** Duration of a measurement in milliseconds. */
const DURATION = 300;
/** Steps submitted at once to an engine that has the optimizer. */
const AHEAD = 16;

/** Steps of gradient descent per second of an engine, measured for about 0.3 s after the first. */
export async function measureSpeed(engine: Engine, { network, batchSize }: Workload): Promise<number> {
  const session = await engine.open(network);
  try {
    const step = await stepper(session, network, batchSize);
    await step();
    const start = performance.now();
    let steps = 0;
    while (performance.now() - start < DURATION) steps += await step();
    return (1000 * steps) / (performance.now() - start);
  } finally {
    session.close();
  }
}

/** A function that does some steps on zeros and returns how many: loss and gradient, and the optimizer where the engine has it. */
async function stepper(session: Session, network: Network, batchSize: number): Promise<() => Promise<number>> {
  const { inputSize, outputSize, parameterCount } = network;
  const samples = session.load({
    count: batchSize,
    inputs: new Float32Array(batchSize * inputSize),
    targets: new Float32Array(batchSize * outputSize),
    weights: new Float32Array(batchSize * network.outputs),
  });
  const parameters = initialParameters(network, 1);
  const indices = Uint32Array.from({ length: batchSize }, (_, i) => i);
  const descent = await session.descend?.({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
  if (!descent) {
    const gradient = new Float32Array(parameterCount);
    return async () => {
      await session.lossAndGradient(parameters, samples, indices, gradient);
      return 1;
    };
  }
  const zeros = () => new Float32Array(parameterCount);
  descent.write(parameters, { firstMoment: zeros(), secondMoment: zeros() });
  const order = Uint32Array.from({ length: AHEAD * batchSize }, (_, i) => i % batchSize);
  const factors = { step: 0, learningRate: 0, shrink: 1, gradient: 0, moment: 0, second: 1 };
  return async () => {
    await descent.run(samples, order, batchSize, new Array(AHEAD).fill(factors));
    return AHEAD;
  };
}
