/** Samples whose target is zero everywhere: they have no relative error, so they are left out, with a warning. */
import { DataError } from '@dyadic/errors';
import type { OnEvent } from '../events.js';
import type { Experiment } from './experiment.js';

/** Numbers of the samples without a relative error: those that are NaN in `errors`. */
export function numbersLeftOut(errors: Float64Array): number[] {
  return [...errors.keys()].filter((sample) => Number.isNaN(errors[sample]));
}

/**
 * Warns of the samples that are left out, if there are any.
 *
 * @param of - Name of the set of samples, such as 'the test split'.
 */
export function tellLeftOut(onEvent: OnEvent, of: string, count: number, leftOut: Iterable<number>): void {
  const numbers = [...leftOut].sort((a, b) => a - b);
  if (numbers.length === 0) return;
  const [have, they] = numbers.length === 1 ? ['has', 'it is'] : ['have', 'they are'];
  const which = numbers.length === 1 ? `sample ${numbers[0]}` : `the first is sample ${numbers[0]}`;
  const message = `${numbers.length} of ${count} samples of ${of} ${have} an output that is zero everywhere (${which}, counted from 0): a relative error has no meaning there, and ${they} left out`;
  onEvent({ type: 'warning', message });
}

/** The error for a split without any usable sample. */
export function nothingLeft({ dataFolder, input, output }: Experiment, split: string): DataError {
  const columns = `'${[input].flat().join("', '")}' ↦ '${[output].flat().join("', '")}'`;
  const problem = `every output of the ${split} split is zero everywhere; expected one that is not`;
  return new DataError(dataFolder, `${columns}: ${problem}, as a relative error has no meaning there`);
}
