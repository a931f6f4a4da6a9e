import type { Dataset } from '@dyadic/dataset';
import type { Session } from '@dyadic/mnn';
import type { RawSamples } from '@dyadic/training';
import { planSolver, problemOf } from '../problems/index.js';

/** Samples that solver and network are timed on, the solver on half of them. */
export const TIMED_SAMPLES = 100;

/** Seconds the solver needs for one of the test samples; null when the data is not from a solver known here. */
export function timeSolver(dataset: Dataset, { count, inputs }: RawSamples): number | null {
  const problem = problemOf(dataset.recipe);
  if (!problem) return null;
  const solve = planSolver(problem);
  const size = problem.grid.points ** problem.grid.dimension;
  const timed = Math.min(count, TIMED_SAMPLES / 2);
  const potentials = Array.from({ length: timed }, (_, s) =>
    Float64Array.from(inputs.subarray(s * size, (s + 1) * size)),
  );
  for (const potential of potentials) solve(potential); // lets the compiler warm up
  const start = performance.now();
  for (const potential of potentials) solve(potential);
  return (performance.now() - start) / 1000 / timed;
}

/** Seconds the network needs for one sample of a batch of 100, and for one alone. */
export async function timeNetwork(session: Session, parameters: Float32Array, inputs: Float32Array, size: number) {
  const seconds = async (count: number) => {
    const batch = inputs.subarray(0, Math.min(inputs.length, count * size));
    const laps: number[] = [];
    for (let lap = 0; lap < 7; lap++) {
      const start = performance.now();
      await session.predict(parameters, batch);
      laps.push((performance.now() - start) / 1000 / (batch.length / size));
    }
    return laps.sort((a, b) => a - b)[3]!; // the median: the first laps warm up
  };
  return { networkBatch: await seconds(TIMED_SAMPLES), networkSingle: await seconds(1) };
}
