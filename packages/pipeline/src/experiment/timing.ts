import type { Dataset } from '@dyadic/dataset';
import type { Session } from '@dyadic/mnn';
import { type Problems, problemOf } from '../problems/registry.js';

/** Number of samples for timing the network; the solver is timed on half of them. */
export const TIMED_SAMPLES = 100;

/** Seconds of the solver per test sample; null if none of the problems made the data. */
export function timeSolver(dataset: Dataset, first: number, count: number, problems: Problems): number | null {
  const { recipe } = dataset;
  const problem = problemOf(recipe, problems);
  if (!problem) return null;
  const draw = problem.inputs.draw(recipe.problem);
  const solve = problem.solve(recipe.problem);
  const timed = Math.min(count, TIMED_SAMPLES / 2);
  const inputs = Array.from({ length: timed }, (_, s) => draw(recipe.seed, first + s));
  for (const input of inputs) solve(input); // warms up the JIT compiler
  const start = performance.now();
  for (const input of inputs) solve(input);
  return (performance.now() - start) / 1000 / timed;
}

/** Seconds of the network per sample in a batch of 100, and for a single sample. */
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
