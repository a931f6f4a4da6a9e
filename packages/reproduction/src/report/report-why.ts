/** What the errors consist of: the gap's share for Kohn-Sham, and how they fall with work. */
import { type Figure, lineFigure, type Section, type Table, table } from '@dyadic/report';
import type { CellResult } from '../result.js';
import { isCommon } from './report-parts.js';

/** Why a Kohn-Sham error stays above the paper's, where it does; nothing without such cells. */
export async function gapSection(
  results: readonly CellResult[],
): Promise<(Omit<Section, 'figures' | 'html'> & { figures: ({ name: string } & Figure)[] }) | null> {
  const cells = results.filter(({ byGap, cell }) => byGap && cell.seed === 1);
  if (cells.length === 0) return null;
  const figure = await gapFigure(cells);
  return {
    heading: 'Kohn-Sham: error against gap',
    paragraphs: [
      'Why an even number of electrons is hard. The wells of the preset paper are shallow beside the kinetic energy: to first order V splits the two waves of one wave number by twice the modulus of one of its Fourier coefficients. For even n_e the last electron fills the lower one, whose density takes the phase of that coefficient and not its size. Where the coefficient vanishes the gap closes and the map jumps; a network, being continuous, must err next to it however it is trained. For odd n_e both waves are filled and the density is constant within about 1 %: errors are far below the paper’s. The paper’s own errors do not tell odd from even, so its potentials were hardly those that its text prints.',
      'Between those samples the map is smooth and far from piecewise linear, as the phase z/|z| of a coefficient z is; a smooth activation learns it in fewer visits than ReLU, by what the table of training recipes for this map shows.',
      'Labels are not the limit: their residual is at most 1e-10, relative to the eigenvalue, and a label’s own error about the residual over the gap, below 1e-6 at the smallest gap. Nor are samples: train and test errors agree.',
    ],
    tables: [gapTable(cells)],
    figures: figure ? [{ name: 'gap', ...figure }] : [],
  };
}

/** Mean errors of the tenths of the test samples with the smallest, the middle and the largest gaps. */
function gapTable(results: readonly CellResult[]): Table {
  const rows = results
    .filter(({ cell }) => isCommon(cell))
    .map(({ cell, byGap, errors }) => {
      const [first, middle, last] = [byGap![0]!, byGap![Math.floor(byGap!.length / 2)]!, byGap!.at(-1)!];
      const share = first.mean / byGap!.reduce((sum, { mean }) => sum + mean, 0);
      return [
        cell.problem,
        cell.preset,
        cell.scale,
        cell.wells,
        errors.test.mean,
        first.from,
        first.mean,
        middle.mean,
        last.mean,
        `${Math.round(100 * share)} %`,
      ];
    });
  return table({
    caption: 'Test error by gap, r = 6, K = 6',
    columns: [
      { title: 'problem' },
      { title: 'preset' },
      { title: 'scale' },
      { title: 'n_g', format: 'integer' },
      { title: 'test', format: 'error', digits: 2 },
      { title: 'smallest gap', format: 'error', digits: 2 },
      { title: 'tenth of smallest gaps', format: 'error', digits: 2 },
      { title: 'middle tenth', format: 'error', digits: 2 },
      { title: 'of largest', format: 'error', digits: 2 },
      { title: 'share of the first', align: 'right' },
    ],
    rows,
  });
}

/** Error by gap of the cells that figures show; null when there are none. */
async function gapFigure(cells: readonly CellResult[]): Promise<Figure | null> {
  const unique = new Map(
    cells
      .filter(({ shown }) => shown)
      .map((result) => {
        const { problem, preset, wells, channels, kernelLayers, scale } = result.cell;
        return [`${problem}, ${preset}, n_g = ${wells}, r = ${channels}, K = ${kernelLayers}, ${scale}`, result];
      }),
  );
  if (unique.size === 0) return null;
  const svg = await lineFigure({
    series: [...unique].map(([name, { byGap }]) => ({
      name,
      x: byGap!.map(({ from, to }) => Math.sqrt(from * to)),
      y: byGap!.map(({ mean }) => mean),
    })),
    x: { title: 'gap between the last occupied eigenvalue and the next', scale: 'log' },
    y: { title: 'mean test error', scale: 'log' },
  });
  return {
    svg,
    caption: 'Mean test error of each tenth of the test samples, ordered by gap, at the middle of its gaps.',
  };
}

/** Errors of one network at several scales: what more visits and samples bring. Nothing where no cell has two. */
export function workTable(results: readonly CellResult[]): Table | null {
  const groups = new Map<string, CellResult[]>();
  for (const result of results) {
    const { problem, preset, wells, train, channels, kernelLayers, recipe, seed, engine } = result.cell;
    if (recipe !== 'ours' || seed !== 1) continue;
    const key = [problem, preset, wells, train, channels, kernelLayers, engine].join();
    groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  const several = [...groups.values()].filter((group) => group.length > 1);
  if (several.length === 0) return null;
  const rows = several.flatMap((group) =>
    group
      .map((result) => ({ ...result, visits: result.epochs * result.errors.train.samples }))
      .sort((a, b) => a.visits - b.visits)
      .map(({ cell, errors, visits, times }) => [
        cell.problem,
        cell.preset,
        cell.wells,
        cell.channels,
        cell.kernelLayers,
        errors.train.samples,
        visits,
        errors.train.mean,
        errors.test.mean,
        times.training,
      ]),
  );
  return table({
    caption: 'The same network with more work',
    columns: [
      { title: 'problem' },
      { title: 'preset' },
      { title: 'n_g', format: 'integer' },
      { title: 'r', format: 'integer' },
      { title: 'K', format: 'integer' },
      { title: 'samples', format: 'integer' },
      { title: 'visits', format: 'integer' },
      { title: 'train', format: 'error', digits: 2 },
      { title: 'test', format: 'error', digits: 2 },
      { title: 'training', format: 'seconds' },
    ],
    rows,
  });
}
