import { randomStream } from '@dyadic/random';

const REPETITIONS = 20;

/** Shortest time of one call, in seconds: other work on the machine can only slow a repetition down. */
export async function bestTime(run, seconds) {
  for (let i = 0; i < 3; i++) await run();
  let best = Number.POSITIVE_INFINITY;
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const start = performance.now();
    let calls = 0;
    do {
      await run();
      calls++;
    } while (performance.now() - start < (1000 * seconds) / REPETITIONS);
    best = Math.min(best, (performance.now() - start) / 1000 / calls);
  }
  return best;
}

/**
 * A call on this thread with its seconds: those of the clock or of the processor, whichever are fewer. Other work on the machine
 * lengthens the former, other threads of this process (the collector's) the latter.
 */
export function timed(call) {
  const [start, used] = [performance.now(), process.cpuUsage()];
  const result = call();
  const clock = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(used);
  // The processor's time has a resolution of microseconds: of no use for the shortest calls.
  const processor = clock < 1e-3 ? clock : (user + system) / 1e6;
  return { result, seconds: Math.min(clock, processor) };
}

/** Normal inputs and targets with weights 1/‖target‖², field by field. */
export function randomSamples(network, count) {
  const stream = randomStream(1, 'bench/samples');
  const draw = (length) => Float32Array.from({ length }, () => stream.normal());
  const [inputs, targets] = [draw(count * network.inputSize), draw(count * network.outputSize)];
  const size = network.outputSize / network.outputs;
  const weights = Float32Array.from({ length: count * network.outputs }, (_, field) => {
    const target = targets.subarray(field * size, (field + 1) * size);
    return 1 / (network.outputs * target.reduce((sum, t) => sum + t * t, 0));
  });
  return { count, inputs, targets, weights };
}
