/** What there is for a page: tables at each scale and preset, and how much of them is done. */
import { type CellEngine, defaultPreset } from '../cell.js';
import type { Declarations, ProblemFile, TableFile, Values } from '../declarations.js';
import { type Entry, lookUp } from '../look-up.js';
import type { CellResult, ResultStore } from '../result.js';

/** Cells of one scale, preset and engine. */
export interface Group {
  readonly scale: string;
  readonly preset: string;
  readonly engine: CellEngine;
  readonly seeds: number;
}

/** A table of one group. */
export interface Found {
  readonly name: string;
  readonly file: TableFile;
  readonly group: Group;
  readonly entries: readonly Entry[];
}

/** All tables, of all groups that have results and of all scales. @param specs - What all results are of */
export async function findTables(
  declarations: Declarations,
  store: ResultStore,
  specs: readonly CellResult['cell'][],
): Promise<Found[]> {
  const found: Found[] = [];
  for (const [name, file] of Object.entries(declarations.tables)) {
    for (const group of wantedGroups(specs, file.problem, declarations.problems[file.problem]!)) {
      found.push({
        name,
        file,
        group,
        entries: await entriesOf(declarations, store, file.problem, valuesOf(file), group),
      });
    }
  }
  return found;
}

/** The cells of a table, row by row. */
export function valuesOf({ common, rows }: TableFile): Values[] {
  return rows.map(({ paper: _, ...row }) => ({ ...common, ...row }));
}

export function entriesOf(
  declarations: Declarations,
  store: ResultStore,
  problem: string,
  rows: readonly Values[],
  group: Group,
): Promise<Entry[]> {
  return lookUp(declarations, store, problem, rows, { ...group, show: false, standIns: true });
}

/** Whether a table is one of the paper's, which have numbers, and not a study. */
export function isOfPaper(table: string): boolean {
  return /^\d+$/.test(table);
}

/** Numbers of the entries that have a result. */
export function doneOf({ entries }: Pick<Found, 'entries'>): number[] {
  return entries.flatMap(({ seeds }, i) => (seeds.some(({ result }) => result) ? [i] : []));
}

/** `scale laptop, preset paper`, and the engine where it is not the default. */
export function groupName({ scale, preset, engine }: Pick<Group, 'scale' | 'preset' | 'engine'>): string {
  return `scale ${scale}, preset ${preset}${engine === 'wasm' ? '' : `, engine ${engine}`}`;
}

/** Groups of tables of one problem at one scale and preset, on one engine. */
export function byGroup(found: readonly Found[]): Found[][] {
  return [...grouped(found, ({ file, group }) => `${file.problem}, ${groupName(group)}`).values()];
}

/** Sorts things into groups by a key, both in the order in which they come. */
export function grouped<T>(things: readonly T[], keyOf: (thing: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const thing of things) {
    const key = keyOf(thing);
    groups.set(key, [...(groups.get(key) ?? []), thing]);
  }
  return groups;
}

/** The groups that have results, and all scales of the default preset. */
function wantedGroups(specs: readonly CellResult['cell'][], problem: string, file: ProblemFile): Group[] {
  const found = groupsOf(specs, problem, file);
  const preset = defaultPreset(file);
  const has = (scale: string) => found.some((g) => g.scale === scale && g.preset === preset);
  const others = Object.keys(file.scales).filter((scale) => !has(scale));
  const added = others.map((scale): Group => ({ scale, preset, engine: 'wasm', seeds: 1 }));
  return [...found, ...added].sort(byRank(file));
}

/** Groups of a problem that have results, but for those whose scale or preset is declared no more. */
export function groupsOf(specs: readonly CellResult['cell'][], problem: string, file: ProblemFile): Group[] {
  const groups = new Map<string, Group>();
  for (const { problem: of, preset, scale, engine, seed } of specs) {
    if (of !== problem || !Object.hasOwn(file.scales, scale) || !file.presets.includes(preset)) continue;
    const key = `${preset}/${scale}/${engine}`;
    groups.set(key, { scale, preset, engine, seeds: Math.max(seed, groups.get(key)?.seeds ?? 1) });
  }
  return [...groups.values()].sort(byRank(file));
}

/** The default preset first, then the most work: scales are declared the least work first. */
function byRank(file: ProblemFile): (a: Group, b: Group) => number {
  const scales = Object.keys(file.scales);
  const preset = (group: Group) => file.presets.indexOf(group.preset);
  const scale = (group: Group) => scales.indexOf(group.scale);
  return (a, b) => preset(a) - preset(b) || scale(b) - scale(a) || (a.engine < b.engine ? 1 : -1);
}
