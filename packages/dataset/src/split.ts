import { ArgumentError, requireInteger } from '@dyadic/errors';

/** Half-open range of sample numbers. */
export interface SampleRange {
  readonly first: number;
  readonly count: number;
}

export type SplitName = 'train' | 'validation' | 'test';

/**
 * Cuts a dataset into disjoint ranges: training samples from the front, test samples from the back, validation samples
 * just before those. With more training samples the other two stay what they were.
 *
 * @throws ArgumentError when the dataset has too few samples
 */
export function splitSamples(samples: number, counts: Record<SplitName, number>): Record<SplitName, SampleRange> {
  for (const [name, count] of Object.entries(counts)) requireInteger(`splits.${name}`, count, { min: 1 });
  const { train, validation, test } = counts;
  const wanted = train + validation + test;
  if (wanted > samples) {
    throw new ArgumentError('splits', counts, `at most ${samples} samples in all, which is what the dataset has`);
  }
  return {
    train: { first: 0, count: train },
    validation: { first: samples - test - validation, count: validation },
    test: { first: samples - test, count: test },
  };
}
