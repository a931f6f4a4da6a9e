import { engineModule } from './binary.js';
import { instantiate } from './kernels.js';
import { createMemory } from './memory.js';

/** Multiply-adds of one round of `multiplyAddPeak` in `assembly/vector.ts`: twelve of four lanes each. */
const PER_ROUND = 48;
const ROUNDS = 20_000;
const REPETITIONS = 500;

/**
 * Float32 multiply-adds per second that one core reaches in WebAssembly with everything in registers: a measured
 * estimate of what {@link wasmEngine} can reach at best, the fastest of many short runs.
 */
export function measurePeak(): number {
  const { multiplyAddPeak } = instantiate(engineModule('single'), createMemory(1, false));
  let best = 0;
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const start = performance.now();
    multiplyAddPeak(ROUNDS, 0.5, 0.25);
    best = Math.max(best, (1000 * PER_ROUND * ROUNDS) / (performance.now() - start));
  }
  return best;
}
