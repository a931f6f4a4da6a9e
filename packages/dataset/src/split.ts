import { ArgumentError, requireInteger } from '@dyadic/errors';

/** The half-open range [first, first + count) of sample numbers. */
export interface SampleRange {
  readonly first: number;
  readonly count: number;
}

/** The splits of an experiment: `validation` chooses the epoch, `test` reports once. */
export type SplitName = 'train' | 'validation' | 'test';

/**
 * Splits a dataset into disjoint ranges: training samples at the front, test samples at the back, validation samples just before
 * them. Changing the number of training samples does not change the other two.
 *
 * @param samples - Number of samples of the dataset.
 * @param counts - Samples of each split, at least 1.
 * @throws ArgumentError for a count that is not a positive integer, or when the dataset has too few samples
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
