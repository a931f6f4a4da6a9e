import { figureFrame, presentationOfRecipe, sampleFigure } from '@dyadic/pipeline';
import type { Cell } from '../cell.js';
import type { Declarations } from '../declarations.js';
import type { CellResult, ResultStore, Shown } from '../result.js';
import { reproduceCommand } from './commands.js';
import { entriesOf, groupName, groupsOf } from './found.js';
import type { NamedFigure, Part } from './part.js';

/** The paper's figures that can be drawn, and the commands that compute the others. */
export async function figuresPart(
  declarations: Declarations,
  store: ResultStore,
  specs: readonly CellResult['cell'][],
): Promise<Part> {
  const drawn: NamedFigure[] = [];
  const missing: string[] = [];
  for (const [name, { problem }] of Object.entries(declarations.figures)) {
    const figures = await paperFigure(declarations, store, specs, name);
    drawn.push(...figures);
    const { scales, presets } = declarations.problems[problem]!;
    const group = { scale: Object.keys(scales)[0]!, preset: presets[0]!, engine: 'wasm', seeds: 1 } as const;
    if (figures.length === 0) missing.push(`Figure ${name} is missing: ${reproduceCommand('figure', [name], group)}`);
  }
  return { heading: 'Figures of the paper', paragraphs: missing, figures: drawn };
}

/** The cells of a figure, from the largest scale that has them. */
async function paperFigure(
  declarations: Declarations,
  store: ResultStore,
  specs: readonly CellResult['cell'][],
  name: string,
): Promise<NamedFigure[]> {
  const { problem, cells } = declarations.figures[name]!;
  for (const group of groupsOf(specs, problem, declarations.problems[problem]!)) {
    const entries = await entriesOf(declarations, store, problem, cells, group);
    const shown = entries.flatMap(({ seeds }) =>
      seeds.flatMap(({ cell, result }) => (result?.shown ? [{ cell, shown: result.shown }] : [])),
    );
    if (shown.length < cells.length) continue;
    const drawn = await Promise.all(
      shown.flatMap(({ cell, shown }) => {
        const { channels, kernelLayers } = cell.spec;
        const what = `${problem}, r = ${channels}, K = ${kernelLayers}, ${groupName(group)}`;
        return shown.map((one) => shownFigure(cell, one, `Figure ${name} of the paper: ${what}`));
      }),
    );
    return drawn.flatMap((figure, i) => (figure ? [{ name: `figure-${name}-${i + 1}`, ...figure }] : []));
  }
  return [];
}

/** A kept sample on the grid of its cell's data, with the symbols of the problem; null for data without figures. */
export async function shownFigure(
  { dataset, experiment }: Cell,
  { which, sample, error, ...fields }: Shown,
  what: string,
): Promise<{ svg: string; caption: string } | null> {
  const frame = figureFrame(presentationOfRecipe(dataset.recipe), experiment);
  if (!frame) return null;
  const svg = await sampleFigure(frame, fields);
  const caption = `${what}; test sample ${sample}, of ${which} error (ε = ${error.toExponential(2)}).`;
  const digits = digitsOf(fields.solution);
  const isCoarse = 10 ** (1 - digits) > 0.1 * error;
  const remark = ` The values were kept to ${digits} digits, whose rounding shows in the error.`;
  return { svg, caption: isCoarse ? `${caption}${remark}` : caption };
}

/** Significant digits that values were rounded to. */
function digitsOf(values: readonly number[]): number {
  const digits = (value: number) => value.toExponential().replace(/e.*|\D/g, '').length;
  return values.reduce((most, value) => Math.max(most, digits(value)), 1);
}
