/** What the spread of a network over positions of the torus tells of its error, as the explorer's script measured it. */
import { join } from 'node:path';
import { lineFigure, table } from '@dyadic/report';
import { z } from 'zod';
import { readIfThere } from '../result.js';
import type { Part } from './part.js';

const number = z.number();

const uncertaintySchema = z.strictObject({
  network: z.string(),
  positions: z.int(),
  /** q of ε ≤ q · spread from the validation samples, the share it shall cover, and that of the test samples which it does. */
  factor: number,
  coverage: number,
  covered: number,
  /** Of spread and ε over the test samples (Spearman). */
  rankCorrelation: number,
  /** Mean ε of the prediction, and of the mean over the positions. */
  error: number,
  meanError: number,
  /** Test samples by their spread, from the least: mean spread and mean ε of each group. */
  groups: z.array(z.strictObject({ spread: number, error: number })),
});

/** Null where nothing was measured. */
export async function uncertaintyPart(folder: string): Promise<Part | null> {
  const all = (await readIfThere(join(folder, 'uncertainty.json'), z.array(uncertaintySchema))) ?? [];
  if (all.length === 0) return null;
  const least = Math.min(...all.map(({ rankCorrelation }) => rankCorrelation));
  const gains = all.map(({ error, meanError }) => error / meanError);
  const svg = await lineFigure({
    series: all.map(({ network, groups }) => ({
      name: network,
      x: groups.map(({ spread }) => spread),
      y: groups.map(({ error }) => error),
    })),
    x: { title: 'mean spread', scale: 'log' },
    y: { title: 'mean ε', scale: 'log' },
  });
  const caption =
    'Mean error of the test samples against their mean spread, tenths of equal number by spread, of each network.';
  return {
    heading: 'Uncertainty of one network',
    paragraphs: [
      'The maps commute with the symmetries of the torus, a network with few of them: moved and reflected, it predicts a little otherwise, and how far that spreads tells its error without a second training.',
      `The rank correlation of spread and error is ${least} or more; the mean over the positions is ${Math.min(...gains).toFixed(2)} to ${Math.max(...gains).toFixed(2)} times as accurate as the prediction, and takes so many times as long as there are positions.`,
    ],
    tables: [
      table({
        columns: [
          { title: 'network' },
          { title: 'positions', format: 'integer' },
          { title: 'mean ε', format: 'error', digits: 2 },
          { title: 'of the mean', format: 'error', digits: 2 },
          { title: 'rank correlation', align: 'right' },
          { title: 'q', align: 'right' },
          { title: 'wanted', align: 'right' },
          { title: 'covered', align: 'right' },
        ],
        rows: all.map((one) => [
          one.network,
          one.positions,
          one.error,
          one.meanError,
          String(one.rankCorrelation),
          String(one.factor),
          `${100 * one.coverage} %`,
          `${(100 * one.covered).toFixed(1)} %`,
        ]),
        notes: [
          'The factor q of ε ≤ q · spread is from the validation samples; covered is the share of the test samples for which it holds.',
        ],
      }),
    ],
    figures: [{ name: 'uncertainty', svg, caption }],
  };
}
