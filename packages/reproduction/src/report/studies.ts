/** Studies beside the paper's tables: training recipes, other models. */
import { join } from 'node:path';
import { lineFigure, PALETTE, type Table, table } from '@dyadic/report';
import { z } from 'zod';
import type { Entry } from '../look-up.js';
import { readIfThere } from '../result.js';
import type { NamedFigure } from './part.js';
import { summarize } from './summary.js';

/** Errors that the recipes are timed to. */
const TARGETS = [1e-3, 2e-4, 5e-5];

/** Errors of recipes over that of the first, and the epochs and seconds after which the validation error was below some. */
export function recipeTable(entries: readonly Entry[]): Table {
  const bests = entries.flatMap((entry) => summarize(entry, undefined).best ?? []);
  const rows = bests.map((best) => {
    const reached = TARGETS.flatMap((target) => {
      const epoch = best.curve.find(([, error]) => error <= target)?.[0] ?? null;
      return [epoch, epoch === null ? null : (best.times.training * epoch) / best.epochs];
    });
    return [best.cell.recipe, best.errors.test.mean / bests[0]!.errors.test.mean, ...reached];
  });
  return table({
    caption:
      'Test error over that of the first recipe; epochs and time to a validation error, at the epochs that measured it',
    columns: [
      { title: 'recipe' },
      { title: 'error', format: 'ratio' },
      ...TARGETS.flatMap((target) => [
        { title: `epochs to ${target.toExponential()}`, format: 'integer' as const },
        { title: 'time', format: 'seconds' as const },
      ]),
    ],
    rows,
  });
}

/** Validation error by epoch, and the paper's error. */
export async function curveFigure(name: string, entries: readonly Entry[], paper?: number): Promise<NamedFigure> {
  const best = entries.flatMap((entry) => summarize(entry, undefined).best ?? []);
  const svg = await lineFigure({
    series: best.map(({ cell, curve }, i) => ({
      name: cell.recipe,
      stroke: i < PALETTE.length ? 'solid' : 'dashed',
      x: curve.map(([epoch]) => epoch),
      y: curve.map(([, error]) => error),
    })),
    x: { title: 'epoch' },
    y: { title: 'mean validation error ε', scale: 'log' },
    ...(paper !== undefined && { rules: [{ axis: 'y', value: paper, label: `paper ${paper.toExponential(1)}` }] }),
  });
  return { name, svg, caption: 'Mean validation error of each recipe by epoch.' };
}

const comparisonSchema = z.strictObject({
  caption: z.string(),
  rows: z.array(
    z.strictObject({
      model: z.string(),
      parameters: z.int(),
      seconds: z.number(),
      train: z.number(),
      test: z.number(),
    }),
  ),
});

/** What `bench/comparison.mjs` keeps: other models on the same data. */
export type Comparison = z.infer<typeof comparisonSchema>;

/** The comparison in a folder of results; null when there is none. @throws DataError when it is damaged */
export async function readComparison(folder: string): Promise<Comparison | null> {
  return readIfThere(join(folder, 'comparison.json'), comparisonSchema);
}

export function comparisonTable({ caption, rows }: Comparison): Table {
  return table({
    caption,
    columns: [
      { title: 'model' },
      { title: 'parameters', format: 'integer' },
      { title: 'training', format: 'seconds' },
      { title: 'train', format: 'error', digits: 2 },
      { title: 'test', format: 'error', digits: 2 },
      { title: 'test, to the first', format: 'ratio' },
    ],
    rows: rows.map(({ model, parameters, seconds, train, test }) => [
      model,
      parameters,
      seconds,
      train,
      test,
      test / rows[0]!.test,
    ]),
  });
}
