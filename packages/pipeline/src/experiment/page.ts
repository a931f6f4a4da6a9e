import type { Domain, SplitName } from '@dyadic/dataset';
import {
  errorHistogram,
  type Figure,
  fieldFigure,
  formatCell,
  lossCurve,
  mapFigure,
  page,
  type Table,
  table,
} from '@dyadic/report';
import type { EpochRecord } from '@dyadic/training';
import type { Evaluation } from './evaluation.js';

/** What the page of an evaluation shows. */
export interface PageData {
  readonly description: string;
  readonly evaluation: Evaluation;
  readonly history: readonly EpochRecord[];
  readonly errors: Readonly<Record<SplitName, Float64Array>>;
  readonly shown: readonly ShownSample[];
}

interface ShownSample {
  readonly label: string;
  readonly sample: number;
  readonly error: number;
  /** 1D or 2D. */
  readonly domain: Domain;
  /** Of input and output. */
  readonly symbols: Readonly<Record<'input' | 'output', string>>;
  readonly input: Float32Array;
  readonly solution: Float32Array;
  readonly prediction: Float64Array;
}

/** The errors of all splits beside the paper's. */
export function errorTable({ splits, paper }: Evaluation): Table {
  const row = (name: SplitName, paperError: number | null) => {
    const { samples, mean, median, worst } = splits[name];
    return [name, samples, mean, median, worst, paperError];
  };
  return table({
    columns: [
      { title: 'split' },
      { title: 'samples', format: 'integer' },
      { title: 'mean ε', format: 'error' },
      { title: 'median ε', format: 'error' },
      { title: 'worst ε', format: 'error' },
      { title: 'paper, mean ε', format: 'error', digits: 2 },
    ],
    rows: [row('train', paper.train), row('validation', paper.validation), row('test', null)],
    caption: 'Relative error ε = ‖u − u_NN‖₂ / ‖u‖₂, eq (4.1), of the parameters that the validation split chose',
    notes: [`Paper: ${paper.reference}; its validation set is what it calls test.`],
  });
}

/** Size and cost of the network beside the solver's. */
export function costTable({ parameterCount, epochs, bestEpoch, times, engine }: Evaluation): Table {
  const { training, solver, networkBatch, networkSingle } = times;
  return table({
    columns: [{ title: 'quantity' }, { title: 'value', align: 'right' }],
    rows: [
      ['parameters', formatCell(parameterCount, 'integer')],
      ['epochs (chosen)', `${epochs} (${bestEpoch})`],
      ['training', formatCell(training, 'seconds')],
      ['solver, one sample', formatCell(solver, 'seconds')],
      ['network, one sample alone', formatCell(networkSingle, 'seconds')],
      ['network, one sample of a batch of 100', formatCell(networkBatch, 'seconds')],
      ['solver / network in a batch', formatCell(solver === null ? null : solver / networkBatch, 'ratio')],
    ],
    notes: [`Times on this machine; engine: ${engine}.`],
  });
}

/** The whole evaluation as one self-contained HTML document. */
export async function evaluationPage({ description, evaluation, history, errors, shown }: PageData): Promise<string> {
  const curve = await lossCurve({
    epochs: history.map(({ epoch }) => epoch),
    train: history.map(({ loss }) => Math.sqrt(loss)),
    validation: history.map(({ validation }) => validation),
    paper: evaluation.paper.validation,
    chosenEpoch: evaluation.bestEpoch,
  });
  const histogram = await errorHistogram({
    errors: { train: errors.train, validation: errors.validation, test: errors.test },
  });
  const fields = await Promise.all(shown.map(sampleFigure));
  return page({
    title: `${evaluation.experiment}: ${evaluation.profile}`,
    subtitle: description,
    sections: [
      { heading: 'Result', tables: [errorTable(evaluation), costTable(evaluation)] },
      ...(fields.length > 0 ? [{ heading: 'Predictions', figures: fields }] : []),
      {
        heading: 'Training',
        figures: [
          {
            svg: curve,
            caption:
              'Relative error by epoch: root mean square over the training samples while they were learned, mean over the validation samples after each epoch.',
          },
          { svg: histogram, caption: 'Distribution of ε over the samples of each split.' },
        ],
      },
    ],
    footer: `Checkpoint ${evaluation.checkpoint.slice(0, 16)}, dataset ${evaluation.dataset.slice(0, 16)} (SHA-256).`,
  });
}

/** A sample with its prediction: lines as in Figures 8 and 10 of the paper, maps as in Figures 9 and 11. */
async function sampleFigure({ label, sample, error, domain, symbols, ...fields }: ShownSample): Promise<Figure> {
  const draw = domain.axes.length === 1 ? fieldFigure : mapFigure;
  const { input, solution, prediction } = fields;
  const { points, first, spacing } = domain.axes[0]!;
  const x = Float64Array.from({ length: points }, (_, j) => first + j * spacing);
  return {
    svg: await draw({ x, potential: input, solution, prediction, symbol: symbols.output }),
    caption: `Test sample ${sample}, of ${label} error (ε = ${error.toExponential(2)}): the input ${symbols.input}, the solution ${symbols.output}, the prediction ${symbols.output}_NN, and their difference.`,
  };
}
