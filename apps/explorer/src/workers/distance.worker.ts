/** How far potentials lie from the training data, in a thread of its own: at first all of these are made. */
import type { Sample } from '@dyadic/potentials';
import { type Distance, TrainingData } from '../distance.js';
import { problemOf } from '../problems.js';
import { serveRequests } from './requests.js';

export interface DistanceRequest {
  readonly problem: string;
  /** Of the training data. */
  readonly seed: number;
  readonly sample: Sample;
}

const data = new Map<string, TrainingData>();

serveRequests<DistanceRequest>(({ problem, seed, sample }): Distance => {
  const key = `${problem}/${seed}`;
  const known = data.get(key) ?? new TrainingData(problemOf(problem), seed);
  data.set(key, known);
  return known.of(sample);
});
