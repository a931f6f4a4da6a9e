/** What there is for a page: tables at each scale and preset, and how much of them is done. */
import { formatCell } from '@dyadic/report';
import { type CellEngine, defaultPreset, workOf } from '../cell.js';
import type { Declarations, ProblemFile, TableFile, Values } from '../declarations.js';
import { type Entry, lookUp } from '../reproduce.js';
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

/** All tables, of all groups that have results and of all scales. @param specs - What all results are of. */
export async function findTables(
  declarations: Declarations,
  store: ResultStore,
  specs: readonly CellResult['cell'][],
): Promise<Found[]> {
  const found: Found[] = [];
  for (const [name, file] of Object.entries(declarations.tables)) {
    const rows = file.rows.map(({ paper: _, ...row }) => ({ ...file.common, ...row }));
    for (const group of wantedGroups(specs, file.problem, declarations.problems[file.problem]!)) {
      found.push({ name, file, group, entries: await entriesOf(declarations, store, file.problem, rows, group) });
    }
  }
  return found;
}

export function entriesOf(
  declarations: Declarations,
  store: ResultStore,
  problem: string,
  rows: readonly Values[],
  group: Group,
): Promise<Entry[]> {
  return lookUp(declarations, store, problem, rows, { ...group, show: false });
}

/** Whether a table is one of the paper's. */
export function isNumber(table: string): boolean {
  return /^\d+$/.test(table);
}

/** Numbers of the entries that have a result. */
export function doneOf({ entries }: Pick<Found, 'entries'>): number[] {
  return entries.flatMap(({ seeds }, i) => (seeds.some(({ result }) => result) ? [i] : []));
}

/** What is missing of a table, how long it would take here, and the command; null when nothing is. */
export function progressOf(found: Found, speeds: Readonly<Record<string, number>>): string | null {
  const { name, file, group, entries } = found;
  const speed = speeds[speedKey(file.problem, group.engine)];
  const done = doneOf(found).length;
  if (done === entries.length) return null;
  const missing = entries.flatMap(({ seeds }) => seeds.filter(({ result }) => !result).map(({ cell }) => cell));
  const work = missing.reduce((sum, cell) => sum + workOf(cell), 0);
  const time =
    speed === undefined ? '' : `, the rest takes about ${formatCell(Math.round(work / speed), 'seconds')} here`;
  return `${groupName(group)}: ${done} of ${entries.length} entries${time}: ${commandOf(`--table ${name}`, group)}`;
}

/** Multiply-adds a second in training, by problem and engine, of all that was trained. */
export function trainingSpeeds(entries: readonly Entry[]): Record<string, number> {
  const sums: Record<string, { work: number; seconds: number }> = {};
  for (const { cell, result } of entries.flatMap(({ seeds }) => seeds)) {
    if (!result) continue;
    const key = speedKey(cell.spec.problem, cell.spec.engine);
    sums[key] ??= { work: 0, seconds: 0 };
    const sum = sums[key];
    sum.work += workOf(cell);
    sum.seconds += result.times.training;
  }
  return Object.fromEntries(Object.entries(sums).map(([key, { work, seconds }]) => [key, work / seconds]));
}

function speedKey(problem: string, engine: CellEngine): string {
  return `${problem} ${engine}`;
}

/** `laptop, preset paper`, and the engine where it is not the one that all use. */
export function groupName({ scale, preset, engine }: Group): string {
  return `${scale}, preset ${preset}${engine === 'wasm' ? '' : `, engine ${engine}`}`;
}

function commandOf(what: string, { scale, preset, engine, seeds }: Group): string {
  const other = engine === 'wasm' ? '' : ` --engine ${engine}`;
  return `dyadic reproduce ${what} --scale ${scale} --preset ${preset} --seeds ${seeds}${other}`;
}

/** The groups that have results, and all scales of the default preset. */
function wantedGroups(specs: readonly CellResult['cell'][], problem: string, file: ProblemFile): Group[] {
  const found = groupsOf(specs, problem, file);
  const preset = defaultPreset(file);
  const has = (scale: string) => found.some((g) => g.scale === scale && g.preset === preset && g.engine === 'wasm');
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
