/** The fields of a sample that figures show, and captions for its numbers. */
import { type Dataset, fieldOf } from '@dyadic/dataset';
import { meanOf } from '@dyadic/training';
import { presentationOfRecipe } from '../problems/registry.js';
import { columnList, isNumber } from './columns.js';
import type { Experiment } from './experiment.js';
import { type FigureFrame, figureFrame, type SampleFields } from './sample-figure.js';

/** A figure of a sample: one input and one output field. */
export interface FigureOfFields {
  readonly frame: FigureFrame;
  /** Index of the input field in the network. */
  readonly input: number;
  /** Index of the output field in the network. */
  readonly output: number;
}

/** A sample in the units of the dataset, fields one after the other. */
export interface SampleNumbers {
  readonly inputs: ArrayLike<number>;
  readonly targets: ArrayLike<number>;
  readonly prediction: ArrayLike<number>;
}

/**
 * The figures of a sample: as many as there are input or output fields, whichever are more. {@link numbersOf} covers columns of one
 * number per sample. None if the data has no frame.
 */
export function figuresOf(dataset: Dataset, experiment: Experiment): FigureOfFields[] {
  const fieldsOf = (names: readonly string[]) =>
    names.map((name, field) => ({ name, field })).filter(({ name }) => !isNumber(fieldOf(dataset.recipe, name)));
  const [inputs, outputs] = [experiment.input, experiment.output].map((names) => fieldsOf(columnList(names)));
  if (inputs!.length === 0 || outputs!.length === 0) return [];
  const presentation = presentationOfRecipe(dataset.recipe);
  return Array.from({ length: Math.max(inputs!.length, outputs!.length) }, (_, k) => {
    const input = inputs![Math.min(k, inputs!.length - 1)]!;
    const output = outputs![Math.min(k, outputs!.length - 1)]!;
    const frame = figureFrame(presentation, { input: input.name, output: output.name });
    return frame && { frame, input: input.field, output: output.field };
  }).filter((figure) => figure !== null);
}

/** The fields of a figure. */
export function fieldsOfFigure(
  { input, output }: FigureOfFields,
  { inputs, targets, prediction }: SampleNumbers,
  { network: { inputSize, outputSize, inputs: fieldsIn, outputs: fieldsOut } }: Experiment,
): SampleFields {
  const part = (values: ArrayLike<number>, size: number, field: number) =>
    Array.prototype.slice.call(values, field * size, (field + 1) * size) as number[];
  return {
    input: part(inputs, inputSize / fieldsIn, input),
    solution: part(targets, outputSize / fieldsOut, output),
    prediction: part(prediction, outputSize / fieldsOut, output),
  };
}

/** The caption for the columns of one number per sample: `β = 37.2; E = -4.31, predicted -4.29`. */
export function numbersOf(dataset: Dataset, experiment: Experiment, sample: SampleNumbers): string {
  const { symbols = {} } = presentationOfRecipe(dataset.recipe) ?? {};
  const { inputSize, outputSize, inputs, outputs } = experiment.network;
  const text = (value: number) => Number(value.toPrecision(4)).toString();
  const told = (names: readonly string[], say: (field: number) => string) =>
    names.flatMap((name, field) =>
      isNumber(fieldOf(dataset.recipe, name)) ? [`${symbols[name] ?? name} = ${say(field)}`] : [],
    );
  return [
    ...told(columnList(experiment.input), (c) => text(sample.inputs[(c * inputSize) / inputs]!)),
    ...told(columnList(experiment.output), (c) => {
      const at = (c * outputSize) / outputs;
      return `${text(sample.targets[at]!)}, predicted ${text(meanOf(sample.prediction, at, outputSize / outputs))}`;
    }),
  ].join('; ');
}
