import { ArgumentError, requireFinite, requireKnownOptions, requireOneOf, requirePositive } from '@dyadic/errors';
import { formatCell } from './format.js';
import { lineFigure } from './line-figure.js';
import { type Ring, type Rule, requireValues } from './series.js';

/** Options of {@link lossCurve}. */
export interface LossCurveOptions {
  /** Epoch numbers, at least one. */
  readonly epochs: ArrayLike<number>;
  /** Relative error over the training split in each epoch, averaged as `trainAverage` states; `null` where not measured. */
  readonly train: ArrayLike<number | null>;
  /** The average in `train`: `mean` of ε over the samples (default), or `rms`, √(mean of ε²). */
  readonly trainAverage?: 'mean' | 'rms';
  /** Mean relative error over the validation split after each epoch; `null` where not measured. */
  readonly validation: ArrayLike<number | null>;
  /** The error that the paper reports, drawn as a dashed line; default none. */
  readonly paper?: number;
  /** The entry of `epochs` whose parameters are kept. Default none. */
  readonly chosenEpoch?: number;
  /** Heading inside the figure; default none. */
  readonly title?: string;
}

/**
 * Draws the error during training on a logarithmic axis. Errors of 0 appear at a tick of their own.
 *
 * @returns an `<svg>` element as {@link lineFigure} returns
 * @throws ArgumentError (as a rejection) naming the wrong argument, such as `validation[3]`
 */
export async function lossCurve(options: LossCurveOptions): Promise<string> {
  const known = ['epochs', 'train', 'trainAverage', 'validation', 'paper', 'chosenEpoch', 'title'];
  requireKnownOptions('lossCurve', options, known);
  const { epochs, train, trainAverage = 'mean', validation, paper, chosenEpoch, title } = options;
  requireOneOf('trainAverage', trainAverage, ['mean', 'rms']);
  requireValues('epochs', epochs);
  requireValues('train', train, { log: true, gaps: true, length: epochs.length });
  requireValues('validation', validation, { log: true, gaps: true, length: epochs.length });
  const rules: Rule[] = [];
  const rings: Ring[] = [];
  let description = `Relative error of the training and validation splits over ${epochs.length} epochs`;
  if (paper !== undefined) {
    const number = formatCell(requirePositive('paper', paper), 'error');
    rules.push({ axis: 'y', value: paper, label: `paper ${number}` });
    description += `; the paper reports ${number}`;
  }
  if (chosenEpoch !== undefined) {
    requireFinite('chosenEpoch', chosenEpoch);
    const index = Array.from(epochs).indexOf(chosenEpoch);
    if (index < 0) throw new ArgumentError('chosenEpoch', chosenEpoch, 'one of the epochs');
    const y = validation[index] ?? null;
    rules.push({ axis: 'x', value: chosenEpoch, label: `epoch ${chosenEpoch} chosen` });
    if (y !== null) rings.push({ x: chosenEpoch, y });
    description += `; epoch ${chosenEpoch} was chosen`;
  }
  return lineFigure({
    series: [
      { name: `training (${trainAverage})`, x: epochs, y: train },
      { name: 'validation (mean)', x: epochs, y: validation },
    ],
    x: { title: 'epoch' },
    y: { title: 'relative error ε', scale: 'log' },
    rules,
    rings,
    description,
    ...(title === undefined ? {} : { title }),
  });
}
