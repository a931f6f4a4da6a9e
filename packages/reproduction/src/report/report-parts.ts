import { join } from 'node:path';
import { type Figure, fieldFigure, lineFigure, mapFigure, PALETTE, type Table, table } from '@dyadic/report';
import { z } from 'zod';
import type { Entry } from '../reproduce.js';
import { type CellResult, readIfThere } from '../result.js';
import { summarize } from './summary.js';

/** Errors that the recipes are timed to. */
const TARGETS = [1e-3, 2e-4, 5e-5];

/** Epochs and seconds that recipes take to an error: the validation error, after which it was below for the first time. */
export function recipeTable(entries: readonly Entry[]): Table {
  const rows = entries.flatMap((entry) => {
    const { best } = summarize(entry, undefined);
    if (!best) return [];
    const reached = TARGETS.flatMap((target) => {
      const epoch = best.curve.find(([, error]) => error <= target)?.[0] ?? null;
      return [epoch, epoch === null ? null : (best.times.training * epoch) / best.epochs];
    });
    return [[best.cell.recipe, ...reached]];
  });
  return table({
    caption: 'Epochs and seconds to a validation error, as often as it was measured',
    columns: [
      { title: 'recipe' },
      ...TARGETS.flatMap((target) => [
        { title: `epochs to ${target.toExponential()}`, format: 'integer' as const },
        { title: 'time', format: 'seconds' as const },
      ]),
    ],
    rows,
  });
}

/** Validation error by epoch, and the paper's error. */
export async function curveFigure(entries: readonly Entry[], paper: number | undefined): Promise<Figure> {
  const best = entries.flatMap((entry) => summarize(entry, undefined).best ?? []);
  const svg = await lineFigure({
    series: best.map(({ cell, curve }, i) => ({
      name: cell.recipe,
      stroke: i < PALETTE.length ? 'solid' : 'dashed',
      x: curve.map(([epoch]) => epoch),
      y: curve.map(([, error]) => error),
    })),
    x: { title: 'epoch' },
    y: { title: 'validation error', scale: 'log' },
    ...(paper !== undefined && { rules: [{ axis: 'y', value: paper, label: `paper ${paper.toExponential(1)}` }] }),
  });
  return { svg, caption: 'Validation error by epoch of each recipe.' };
}

/** The median and the worst test sample of a cell. */
export async function sampleFigures(figure: string, { cell, shown }: CellResult): Promise<Figure[]> {
  const density = cell.problem.startsWith('kohn-sham');
  const symbol = density ? 'ρ' : 'u';
  return Promise.all(
    shown!.map(async ({ which, sample, error, input, solution, prediction }) => {
      const flat = cell.problem.endsWith('1d');
      const points = flat ? input.length : Math.round(Math.sqrt(input.length));
      const [origin, length] = density ? [-1, 2] : [0, 1];
      const x = Array.from({ length: points }, (_, i) => origin + (length * i) / points);
      const quantities = { input: { symbol: 'V', name: 'potential' }, output: { symbol } };
      const fields = { input, solution, prediction, quantities };
      const what = `${cell.problem}, r = ${cell.channels}, K = ${cell.kernelLayers}, preset ${cell.preset}, scale ${cell.scale}`;
      return {
        svg: await (flat ? fieldFigure({ ...fields, x }) : mapFigure({ ...fields, axes: [x, x] })),
        caption: `Figure ${figure} of the paper: ${what}; test sample ${sample}, of ${which} error (ε = ${error.toExponential(2)}).`,
      };
    }),
  );
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
      { title: 'time', format: 'seconds' },
      { title: 'train', format: 'error', digits: 2 },
      { title: 'test', format: 'error', digits: 2 },
    ],
    rows: rows.map(({ model, parameters, seconds, train, test }) => [model, parameters, seconds, train, test]),
  });
}

/** Parameter counts that the paper prints, beside those of its formula with biases. */
export function parameterTable(rows: readonly { readonly entry: Entry; readonly paper: number | undefined }[]): Table {
  const printed = rows.flatMap(({ entry, paper }) => {
    const { spec, experiment } = entry.seeds[0]!.cell;
    const { problem, channels, kernelLayers } = spec;
    if (paper === undefined) return [];
    return [[problem, channels, kernelLayers, paper, experiment.network.parameterCount] as const];
  });
  return table({
    columns: [
      { title: 'problem' },
      { title: 'r', format: 'integer' },
      { title: 'K', format: 'integer' },
      { title: 'paper', format: 'integer' },
      { title: 'formula', format: 'integer' },
      { title: '' },
    ],
    rows: [...new Map(printed.map((row) => [row.join(), row])).values()].map((row) => [
      ...row,
      row[3] === row[4] ? 'equal' : 'differs: the formula gives all the others exactly',
    ]),
  });
}

/** Whether a cell has the network that most tables share, r = 6 with K = 5 (NLSE) or 6 (Kohn-Sham), and our recipe. */
export function isCommon({ problem, channels, kernelLayers, recipe }: CellResult['cell']): boolean {
  return recipe === 'ours' && channels === 6 && kernelLayers === (problem.startsWith('nlse') ? 5 : 6);
}

/**
 * Time of a sample by solver and network, of the networks with r = 6. A measurement is seldom too short and often too
 * long, since other work ran beside it: the least of those of equal networks is taken, whatever they were trained on,
 * and of equal problems. Those of several engines, or numbers of threads, are not mixed.
 */
export function speedTable(results: readonly CellResult[]): Table {
  const common = results.filter(({ cell }) => isCommon(cell));
  const dataOf = ({ cell: { problem, preset, wells } }: CellResult) => [problem, preset, wells].join();
  const rows = [...new Map(common.map((result) => [`${dataOf(result)} ${result.cell.engine}`, result])).values()].map(
    (result) => {
      const { problem, preset, wells, engine } = result.cell;
      const equal = common.filter(({ cell }) => cell.problem === problem && cell.engine === engine);
      const fastest = equal.reduce((a, b) => (b.times.networkBatch < a.times.networkBatch ? b : a));
      const alike = equal.filter(({ machine }) => machine.engine === fastest.machine.engine);
      const networkSingle = Math.min(...alike.map(({ times }) => times.networkSingle));
      const { networkBatch } = fastest.times;
      const solver = least(
        results.filter((other) => dataOf(other) === dataOf(result)).map(({ times }) => times.solver),
      );
      return [
        problem,
        preset,
        wells,
        result.parameters,
        solver,
        networkSingle,
        networkBatch,
        fastest.machine.engine,
        solver === null ? null : solver / networkBatch,
      ];
    },
  );
  return table({
    caption:
      'Seconds a sample: the solver that made the data, on one thread; the network with r = 6 alone, and in a batch of 100, on the threads that stand beside; each the least of several measurements, since other work ran beside',
    columns: [
      { title: 'problem' },
      { title: 'preset' },
      { title: 'n_g', format: 'integer' },
      { title: 'parameters', format: 'integer' },
      { title: 'solver', format: 'seconds' },
      { title: 'network, alone', format: 'seconds' },
      { title: 'in a batch', format: 'seconds' },
      { title: 'network on' },
      { title: 'solver / batch', format: 'ratio' },
    ],
    rows,
  });
}

function least(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length > 0 ? Math.min(...known) : null;
}
