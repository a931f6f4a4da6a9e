/** Why some Kohn-Sham errors stay above the paper's: the error against the gap. */
import { formatCell, lineFigure, type Table, table } from '@dyadic/report';
import type { CellResult } from '../result.js';
import type { Kind } from './baseline.js';
import { grouped } from './found.js';
import type { IsTypical } from './networks.js';
import type { NamedFigure, Part } from './part.js';

/** From this factor between two numbers on, a sentence calls them different. */
const CLEARLY = 5;

/** The section of cells whose data have a gap; null without such cells. */
export async function gapPart(
  results: readonly CellResult[],
  kinds: readonly Kind[],
  isTypical: IsTypical,
): Promise<Part | null> {
  const cells = results.filter(({ byGap, cell }) => byGap && cell.seed === 1);
  if (cells.length === 0) return null;
  const typical = cells.filter(({ cell }) => isTypical(cell));
  const figure = await gapFigure(cells);
  const ofGaps = kinds.filter(({ cell: { spec } }) => cells.some(({ cell }) => cell.problem === spec.problem));
  return {
    heading: 'Error against the gap',
    paragraphs: [
      'Theory, in 1D: to first order a shallow potential V splits the two plane waves of wave number k by 2 |V̂(2k)|. If the number of electrons is even, only the lower of the two is occupied, and its density follows the phase of V̂(2k), not its size. Where V̂(2k) vanishes, the gap closes and the map V ↦ ρ jumps; a network is continuous and must err next to such potentials. If the number is odd, both are occupied, and their densities add up to a constant.',
      ...parityFindings(ofGaps),
      ...labelFindings(cells, ofGaps),
      ...sampleFindings(cells),
    ],
    tables: typical.length > 0 ? [gapTable(typical)] : [],
    figures: figure ? [figure] : [],
  };
}

/** How errors for odd numbers of wells, an electron each, compare with those for even ones. */
export function parityFindings(kinds: readonly Kind[]): string[] {
  const groups = grouped(kinds, ({ cell: { spec } }) => `${spec.problem}, preset ${spec.preset}`);
  return [...groups].flatMap(([name, group]) => {
    const known = group.flatMap(({ cell, constant, paper, best }) =>
      constant === null || paper === null ? [] : [{ wells: cell.spec.wells, constant, paper, network: best.error }],
    );
    const [odd, even] = [1, 0].map((parity) => known.filter(({ wells }) => wells % 2 === parity));
    if (odd!.length === 0 || even!.length === 0) return [];
    const wells = (part: typeof known) => [...new Set(part.map(({ wells }) => wells))].join(', ');
    const over = (of: 'constant' | 'paper' | 'network') =>
      mean(odd!.map((kind) => kind[of])) / mean(even!.map((kind) => kind[of]));
    const [constant, paper, network] = [over('constant'), over('paper'), over('network')];
    const factor = (value: number) => formatCell(value, 'ratio');
    const finding = `${name}: errors for odd n_g (${wells(odd!)}) over those for even n_g (${wells(even!)}), geometric means: ${factor(constant)} for a constant, ${factor(network)} for the networks here, ${factor(paper)} in the paper.`;
    const differs = constant * CLEARLY < 1 && paper > constant * CLEARLY;
    return [
      differs
        ? `${finding} The paper’s errors do not show the difference that these potentials make, so its potentials were probably not those that its text prints.`
        : finding,
    ];
  });
}

/** Whether errors of the labels can matter: about the solver's tolerance over the gap. */
export function labelFindings(
  cells: readonly Pick<CellResult, 'byGap' | 'errors'>[],
  kinds: readonly Pick<Kind, 'tolerance'>[],
): string[] {
  const tolerances = kinds.flatMap(({ tolerance }) => tolerance ?? []);
  if (tolerances.length === 0) return [];
  const tolerance = Math.max(...tolerances);
  const gap = Math.min(...cells.map(({ byGap }) => byGap![0]!.from));
  const least = Math.min(...cells.map(({ errors }) => errors.test.mean));
  const [label, error] = [tolerance / gap, least].map((value) => formatCell(value, 'error', { digits: 1 }));
  const finding = `Labels: the solver’s relative residual is at most ${tolerance.toExponential()}; over the smallest gap, ${formatCell(gap, 'error', { digits: 2 })}, that is an error of about ${label}, where the least test error here is ${error}.`;
  return [tolerance / gap < least ? `${finding} Labels do not limit these errors.` : finding];
}

/** Whether more samples could help. */
export function sampleFindings(cells: readonly Pick<CellResult, 'errors' | 'cell'>[]): string[] {
  const ratios = cells.map(({ errors }) => errors.test.mean / errors.train.mean).sort((a, b) => a - b);
  const close = ratios.filter((ratio) => ratio <= 1.2).length;
  const [least, most] = [ratios[0]!, ratios.at(-1)!].map((ratio) => formatCell(ratio, 'ratio'));
  return [
    `Samples: the test error is ${least} to ${most} the training error; it is at most 1.2× for ${close} of ${ratios.length} networks, to which more samples would bring little.`,
  ];
}

function mean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Mean errors of the tenths of the test samples with the smallest and the middle gaps. */
function gapTable(results: readonly CellResult[]): Table {
  const rows = results.map(({ cell, byGap, errors }) => {
    const [first, middle] = [byGap![0]!, byGap![Math.floor(byGap!.length / 2)]!];
    const share = first.mean / byGap!.reduce((sum, { mean }) => sum + mean, 0);
    return [
      cell.problem,
      cell.preset,
      cell.scale,
      cell.wells,
      errors.train.samples,
      errors.test.mean,
      first.from,
      first.mean,
      middle.mean,
      `${Math.round(100 * share)} %`,
    ];
  });
  const error = { format: 'error', digits: 2 } as const;
  return table({
    caption: 'Mean test error of all samples, and of the tenths of them with the smallest and the middle gaps',
    columns: [
      { title: 'problem' },
      { title: 'preset' },
      { title: 'scale' },
      { title: 'n_g', format: 'integer' },
      { title: 'samples', format: 'integer' },
      { title: 'test', ...error },
      { title: 'least gap', ...error },
      { title: 'smallest', ...error },
      { title: 'middle', ...error },
      { title: 'share', align: 'right' },
    ],
    rows,
    notes: [
      'Share: of the total error, in the tenth of samples with the smallest gaps. Networks: those that most tables share.',
    ],
  });
}

/** Error by gap of the cells that figures show; null when there are none. */
async function gapFigure(cells: readonly CellResult[]): Promise<NamedFigure | null> {
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
    y: { title: 'mean test error ε', scale: 'log' },
  });
  const caption =
    'Mean test error of each tenth of the test samples, ordered by gap, at the geometric middle of its gaps.';
  return { name: 'gap', svg, caption };
}
