/** Training steps per second: loss, gradient and optimizer on batches of random samples, where the engine has them. */
import { initialParameters, networkFromDocument } from '@dyadic/mnn';
import { randomStream } from '@dyadic/random';
import { optimizer } from '@dyadic/training';
import { randomSamples } from './timing.mjs';

/** Samples of a step, as in our recipes. */
export const STEP_BATCH = 10;

/**
 * @param document - The options of a network. @param how - `optimizer` (default soap), `batch` (10), `samples` (200) that batches
 *   are drawn from, `ahead` (64) steps that are submitted at once, and either `seconds` or `portions` of so many.
 * @returns steps per `rate` second, the `parameters` in the end, and of a step on a GPU its form, dispatches and work
 */
export async function trainingSteps(engine, document, how) {
  const { optimizer: name = 'soap', batch = STEP_BATCH, samples: count = Math.max(200, batch), ahead = 64 } = how;
  const network = networkFromDocument(document);
  const session = await engine.open(network);
  const samples = session.load(randomSamples(network, count));
  const rule = optimizer(network, { name });
  const parameters = initialParameters(network, 1);
  const stream = randomStream(2, 'bench/order');
  const order = (length) => Uint32Array.from({ length }, () => stream.integer(count));
  const descent = await session.descend?.(rule.rule);
  descent?.write(parameters, rule.vectors);
  const onDevice = () => {
    const factors = Array.from({ length: ahead }, () => rule.advance(1e-3));
    return descent.run(samples, order(ahead * batch), batch, factors);
  };
  const gradient = new Float32Array(network.parameterCount);
  const onHost = async () => {
    for (let k = 0; k < ahead; k++) {
      await session.lossAndGradient(parameters, samples, order(batch), gradient);
      rule.step(parameters, gradient, 1e-3);
    }
  };
  const submit = descent ? onDevice : onHost;
  const before = session.dispatches;
  await submit();
  const dispatches = (session.dispatches - before) / ahead;
  const { portions, seconds } = how;
  const begun = performance.now();
  const goesOn = (done) => (portions ? done < portions : performance.now() - begun < 1000 * seconds);
  let done = 1;
  // On a device the next steps are on their way while these are done.
  let pending = submit();
  for (; goesOn(done); done++) {
    if (!descent) await pending;
    const next = submit();
    await pending;
    pending = next;
  }
  await pending;
  const rate = (done * ahead) / ((performance.now() - begun) / 1000);
  await descent?.read(parameters, rule.vectors);
  const work = descent?.work?.(batch);
  const { form } = session;
  session.close();
  return { rate, parameters, parameterCount: network.parameterCount, ...(work && { form, dispatches, work }) };
}
