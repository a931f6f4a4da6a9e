import type { SplitName } from '@dyadic/dataset';
import { errorHistogram, type Figure, formatCell, lossCurve, page, type Table, table } from '@dyadic/report';
import { errorsThatAre } from '@dyadic/training';
import type { Evaluation } from './evaluation.js';
import { type FigureFrame, type SampleFields, sampleFigure } from './sample-figure.js';
import type { TrainingErrors } from './training-error.js';

/** The content of the page of an evaluation. */
export interface PageData {
  readonly description: string;
  readonly evaluation: Evaluation;
  /** One entry per epoch. */
  readonly training: TrainingErrors;
  /** One entry per epoch; null where not measured. */
  readonly validation: readonly (number | null)[];
  readonly errors: Readonly<Record<SplitName, Float64Array>>;
  readonly shown: readonly ShownSample[];
  /** Errors against the input parameters of the network. */
  readonly parameters: readonly Figure[];
}

/** A test sample, in the units of the dataset. */
interface ShownSample extends SampleFields {
  readonly label: string;
  readonly sample: number;
  readonly error: number;
  readonly frame: FigureFrame;
  /** The columns of one number per sample, in words; empty if there are none. */
  readonly told: string;
}

/** A table of the errors of all splits, with those of the paper if the experiment states them. */
export function errorTable({ splits, paper }: Evaluation): Table {
  const leavesOut = Object.values(splits).some(({ leftOut }) => leftOut !== undefined);
  const row = (name: SplitName, paperError: number | null) => {
    const { samples, mean, median, worst, leftOut = 0 } = splits[name];
    return [name, samples, mean, median, worst, ...(paper ? [paperError] : []), ...(leavesOut ? [leftOut] : [])];
  };
  return table({
    columns: [
      { title: 'split' },
      { title: 'samples', format: 'integer' },
      { title: 'mean ε', format: 'error' },
      { title: 'median ε', format: 'error' },
      { title: 'worst ε', format: 'error' },
      ...(paper ? [{ title: 'paper, mean ε', format: 'error', digits: 2 } as const] : []),
      ...(leavesOut ? [{ title: 'left out', format: 'integer' } as const] : []),
    ],
    rows: [row('train', paper?.train ?? null), row('validation', paper?.validation ?? null), row('test', null)],
    caption: 'Relative error ε = ‖u − u_NN‖₂ / ‖u‖₂, eq (4.1), of the parameters that the validation split chose',
    notes: [
      ...(paper ? [`Paper: ${paper.reference}; its validation set is what it calls test.`] : []),
      ...(leavesOut ? ['Left out: samples whose u is zero everywhere, where ε has no meaning.'] : []),
    ],
  });
}

/** A table of the test errors of every output, for several outputs. */
export function outputTable({ outputs = {} }: Evaluation): Table {
  return table({
    columns: [
      { title: 'output' },
      { title: 'mean ε', format: 'error' },
      { title: 'median ε', format: 'error' },
      { title: 'worst ε', format: 'error' },
    ],
    rows: Object.entries(outputs).map(([name, { mean, median, worst }]) => [name, mean, median, worst]),
    caption: 'Relative error of every output over the test samples; ε of a sample is their root mean square',
  });
}

/** A table of the network's size and training time, and of the times of network and solver per sample. */
export function costTable({ parameterCount, epochs, bestEpoch, times, engine }: Evaluation): Table {
  const { training, solver, networkBatch, networkSingle } = times;
  return table({
    columns: [{ title: 'quantity' }, { title: 'value', align: 'right' }],
    rows: [
      ['parameters', formatCell(parameterCount, 'integer')],
      ['epochs (chosen)', `${epochs} (${bestEpoch})`],
      ['training', formatCell(training, 'seconds')],
      ['solver, one sample', formatCell(solver, 'seconds')],
      ['network, one sample', formatCell(networkSingle, 'seconds')],
      ['network, per sample in a batch of 100', formatCell(networkBatch, 'seconds')],
      ['solver / network, per sample in a batch', formatCell(solver === null ? null : solver / networkBatch, 'ratio')],
    ],
    notes: [`Wall-clock times on this machine; engine: ${engine}.`],
  });
}

/** The whole evaluation as one self-contained HTML document. */
export async function evaluationPage(data: PageData): Promise<string> {
  const { description, evaluation, training, validation, errors, shown, parameters } = data;
  const curve = await lossCurve({
    epochs: validation.map((_, i) => i + 1),
    train: training.errors,
    trainAverage: training.average,
    validation,
    ...(evaluation.paper && { paper: evaluation.paper.validation }),
    chosenEpoch: evaluation.bestEpoch,
  });
  const histogram = await errorHistogram({
    errors: {
      train: errorsThatAre(errors.train),
      validation: errorsThatAre(errors.validation),
      test: errorsThatAre(errors.test),
    },
  });
  const fields = await Promise.all(shown.map(shownFigure));
  return page({
    title: `${evaluation.experiment}: ${evaluation.profile}`,
    subtitle: description,
    sections: [
      {
        heading: 'Result',
        tables: [
          errorTable(evaluation),
          ...(evaluation.outputs ? [outputTable(evaluation)] : []),
          costTable(evaluation),
        ],
      },
      ...(fields.length > 0 ? [{ heading: 'Predictions', figures: fields }] : []),
      ...(parameters.length > 0 ? [{ heading: 'Error against the parameters', figures: parameters }] : []),
      {
        heading: 'Training',
        figures: [
          {
            svg: curve,
            caption: `Relative error ε by epoch: ${training.average === 'mean' ? 'mean' : 'root mean square'} over the training samples during the epoch, mean over the validation samples after it.`,
          },
          { svg: histogram, caption: 'Distribution of ε over the samples of each split.' },
        ],
      },
    ],
    footer: `Checkpoint ${evaluation.checkpoint.slice(0, 16)}, dataset ${evaluation.dataset.slice(0, 16)} (SHA-256).`,
  });
}

async function shownFigure({ label, sample, error, frame, told, ...fields }: ShownSample): Promise<Figure> {
  const { input, output } = frame.quantities;
  const named = ({ symbol, name }: typeof input) => (name === undefined ? symbol : `${name} ${symbol}`);
  return {
    svg: await sampleFigure(frame, fields),
    caption: `Test sample ${sample}, of ${label} error (ε = ${error.toExponential(2)}${told && `; ${told}`}): ${named(input)}, ${named(output)}, the prediction ${output.symbol}_NN, and their difference.`,
  };
}
