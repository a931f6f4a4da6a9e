/** What readers look for first: every entry of the paper's tables, ours over the paper's. */
import { type DotShape, dotFigure, formatCell, PALETTE, type Table, table } from '@dyadic/report';
import type { Declarations } from '../declarations.js';
import { scalesOf } from '../declarations.js';
import { byGroup, doneOf, type Found, grouped, groupName, isOfPaper } from './found.js';
import type { NamedFigure } from './part.js';
import { summarize, TITLES } from './summary.js';

/** An entry that has a result, and its test error over the paper's. */
interface Ratio {
  readonly table: Found;
  /** Key of the network it is of; several entries may be of one. */
  readonly network: string;
  readonly ratio: number;
}

/** The ratios of all entries of the paper's tables that are done. */
export function ratiosOf(found: readonly Found[]): Ratio[] {
  return found
    .filter(({ name }) => isOfPaper(name))
    .flatMap((one) =>
      doneOf(one).flatMap((i) => {
        const entry = one.entries[i]!;
        const { ratio } = summarize(entry, one.file.rows[i]!.paper.test);
        return ratio === null ? [] : [{ table: one, network: entry.seeds[0]!.cell.key, ratio }];
      }),
    );
}

const SHAPES: readonly DotShape[] = ['square', 'circle', 'diamond', 'triangle-up', 'cross'];

/** Every entry as a dot: a row a table, a color a preset, a shape a scale. Null while there are none. */
export async function ratioFigure({ problems }: Declarations, found: readonly Found[]): Promise<NamedFigure | null> {
  const ratios = ratiosOf(found);
  if (ratios.length === 0) return null;
  const presets = [...new Set(Object.values(problems).flatMap((problem) => problem.presets))];
  const scales = scalesOf(problems);
  const rowOf = ({ name, file }: Found) =>
    `Table ${name}: ${file.problem}, ${file.varies.map((variable) => TITLES[variable]).join(' and ')}`;
  const groups = grouped(ratios, ({ table: { group } }) => groupName(group));
  const rank = ([, [first]]: [string, Ratio[]]) => {
    const { preset, scale } = first!.table.group;
    return presets.indexOf(preset) * scales.length + scales.indexOf(scale);
  };
  const series = [...groups]
    .sort((a, b) => rank(a) - rank(b))
    .map(([name, entries]) => {
      const { preset, scale } = entries[0]!.table.group;
      return {
        name: name.replace('scale ', '').replace('preset ', ''),
        color: PALETTE[presets.indexOf(preset) % PALETTE.length]!,
        shape: SHAPES[scales.indexOf(scale) % SHAPES.length]!,
        dots: entries.map(({ table: of, ratio }) => ({ row: rowOf(of), x: ratio })),
      };
    });
  const svg = await dotFigure({
    rows: [...new Set(ratios.map(({ table: of }) => rowOf(of)))],
    series,
    x: { title: 'test error, ours / the paper’s', scale: 'log' },
    rules: [{ value: 1, label: 'the paper’s error' }],
    description: `Test error of ${ratios.length} entries of the paper’s tables, ours over the paper’s`,
  });
  const caption = `All ${ratios.length} finished entries of the paper’s tables: our mean test error over the error that the paper prints, by table, scale (shape) and preset of the potentials (color). Left of the dashed line our error is smaller.`;
  return { name: 'ratios', svg, caption };
}

/** One row for each problem, preset and scale that has results. Null while there are none. */
export function overviewTable(found: readonly Found[]): Table | null {
  const tables = byGroup(found.filter(({ name }) => isOfPaper(name)));
  const rows = tables.flatMap((group) => {
    const ratios = ratiosOf(group);
    if (ratios.length === 0) return [];
    const { file, group: of } = group[0]!;
    const sorted = ratios.map(({ ratio }) => ratio).sort((a, b) => a - b);
    const all = group.reduce((sum, { entries }) => sum + entries.length, 0);
    return [
      [
        file.problem,
        of.preset,
        of.engine === 'wasm' ? of.scale : `${of.scale}, ${of.engine}`,
        `${ratios.length} of ${all}`,
        new Set(ratios.map(({ network }) => network)).size,
        sorted.filter((ratio) => ratio <= 1).length,
        sorted[0]!,
        sorted[Math.floor((sorted.length - 1) / 2)]!,
        sorted.at(-1)!,
      ],
    ];
  });
  if (rows.length === 0) return null;
  return table({
    columns: [
      { title: 'problem' },
      { title: 'preset' },
      { title: 'scale' },
      { title: 'entries', align: 'right' },
      { title: 'networks', format: 'integer' },
      { title: 'match or beat', format: 'integer' },
      { title: 'least', format: 'ratio' },
      { title: 'median', format: 'ratio' },
      { title: 'largest', format: 'ratio' },
    ],
    rows,
    notes: [
      'Entries: finished, of all in the paper’s tables of this problem. Networks: distinct ones among them. Match or beat: entries whose test error is at most the paper’s. Least, median, largest: ratios of our test error to the paper’s.',
    ],
  });
}

/** What the ratios come to, in one sentence for each preset; each entry counts with its best scale. */
export function verdicts(found: readonly Found[]): string[] {
  const byPreset = grouped(ratiosOf(found), ({ table: { group } }) => group.preset);
  return [...byPreset].map(([preset, ratios]) => {
    const best = bestPerEntry(found.filter(({ group }) => group.preset === preset));
    const matched = best.filter((ratio) => ratio <= 1).length;
    const tenth = best.filter((ratio) => ratio <= 0.1).length;
    const [least, most] = [Math.min(...best), Math.max(...best)].map((ratio) => formatCell(ratio, 'ratio'));
    const problems = [...new Set(ratios.map(({ table: { file } }) => file.problem))].join(', ');
    return `Preset ${preset} (${problems}), each entry at its best scale: ${matched} of ${best.length} entries match or beat the paper’s error, ${tenth} by a factor of 10 or more; ratios from ${least} to ${most}.`;
  });
}

/** The least ratio of each entry over scales and engines. */
function bestPerEntry(found: readonly Found[]): number[] {
  const best = new Map<string, number>();
  for (const one of found.filter(({ name }) => isOfPaper(name))) {
    for (const i of doneOf(one)) {
      const { ratio } = summarize(one.entries[i]!, one.file.rows[i]!.paper.test);
      if (ratio === null) continue;
      const key = `${one.name} ${i}`;
      best.set(key, Math.min(ratio, best.get(key) ?? Number.POSITIVE_INFINITY));
    }
  }
  return [...best.values()];
}
