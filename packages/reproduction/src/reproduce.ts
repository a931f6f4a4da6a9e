import { ArgumentError } from '@dyadic/errors';
import type { EngineChoice, Observed } from '@dyadic/pipeline';
import type { Table } from '@dyadic/report';
import { type CellEngine, defaultPreset, resolveCell } from './cell.js';
import { type Constant, constantTable, measureConstants, readConstants } from './constants.js';
import { type Declarations, entryOf, type ProblemFile, scalesOf, type Values } from './declarations.js';
import { chooseEngine } from './engine.js';
import type { ReproductionEvent } from './events.js';
import { computeMissing, type Entry, lookUp, type Wanted } from './look-up.js';
import { kindsOf } from './report/baseline.js';
import { findTables, valuesOf } from './report/found.js';
import { resultRows, resultTable } from './report/summary.js';
import { ResultStore } from './result.js';
import { selection } from './selection.js';
import { measureShifts, type ShiftResult, shiftTable } from './shift.js';

/** What is to be reproduced. */
export interface Request {
  /** Names of tables, figures and shifts. Default none. */
  readonly tables?: readonly string[];
  readonly figures?: readonly string[];
  readonly shifts?: readonly string[];
  /** All of them whose problem has the scale and the preset. Default false. */
  readonly all?: boolean;
  /** The errors of a constant prediction for the data of all finished cells, of any scale. Default false. */
  readonly constants?: boolean;
  /** How much work: a scale of the problems. */
  readonly scale: string;
  /** Preset of the potentials; default the problem's first. */
  readonly preset?: string;
  /** Seeds per cell; default 1. */
  readonly seeds?: number;
  /** Compute only these cells of the tables: `wells=2,8`, `channels=6`. Default all. */
  readonly only?: readonly string[];
  /** Recomputes what was computed from data of an earlier revision of the solver. Default false. */
  readonly recompute?: boolean;
  /** Looks up what is done and computes nothing. Default false. */
  readonly list?: boolean;
}

/** What the arithmetic runs on, and who watches. */
export interface ReproduceOptions {
  /** `auto`: the one that is fastest at training the first network asked for, as `dyadic train` chooses. */
  readonly engine: CellEngine | 'auto';
  /** Threads of the wasm engine; default one per core. The results do not depend on it. */
  readonly threads?: NonNullable<EngineChoice['threads']>;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: ReproductionEvent) => void;
}

/** A part of what was asked for, as soon as it is there. */
export type Reproduced =
  | { readonly type: 'table'; readonly name: string; readonly table: Table; readonly rows: readonly object[] }
  | { readonly type: 'shift'; readonly name: string; readonly table: Table; readonly rows: readonly object[] }
  | { readonly type: 'constants'; readonly table: Table; readonly constants: readonly Constant[] }
  /** All cells of the tables and figures, each once; the last part. */
  | { readonly type: 'cells'; readonly cells: readonly Wanted[] };

/**
 * Computes what is missing of tables, figures and shifts, one cell after the other, and gives them back beside the
 * paper's numbers. Every finished cell is kept in the folder of results at once.
 *
 * @param results - The folder of results
 * @throws ArgumentError naming the entry of the request that makes no sense; DataError for a declaration or result that is
 *   wrong; InterruptedError on the signal: the same call then resumes
 */
export async function* reproduce(
  declarations: Declarations,
  results: string,
  request: Request,
  { engine: wantedEngine, threads, signal, onEvent }: ReproduceOptions,
): AsyncGenerator<Reproduced, void, undefined> {
  const store = new ResultStore(results);
  const watch = { ...(threads !== undefined && { threads }), ...(signal && { signal }), ...(onEvent && { onEvent }) };
  const { recompute = false } = request;
  const isWanted = selection(request.only ?? []);
  const { tables, figures, shifts } = chosen(declarations, request);
  const choicesOn = (engine: CellEngine, problem: string) => ({
    scale: request.scale,
    preset: request.preset ?? defaultPreset(declarations.problems[problem]!),
    engine,
  });
  const firstCell = () => {
    const [problem, cell] = firstOf(declarations, { tables, figures, shifts });
    return resolveCell(declarations, problem, cell, { ...choicesOn('wasm', problem), seed: 1 });
  };
  const { name: engine, engine: opened } = await chooseEngine(wantedEngine, firstCell, watch);
  const run = { ...watch, engine: opened };
  const choices = (problem: string) => choicesOn(engine, problem);
  const find = (problem: string, rows: readonly Values[], show: boolean): Promise<Entry[]> =>
    lookUp(declarations, store, problem, rows, {
      ...choices(problem),
      seeds: request.seeds ?? 1,
      show,
      recompute,
      standIns: request.list === true && !request.only?.some((text) => text.startsWith('recipe=')),
    });

  const ofTables = new Map<string, Entry[]>();
  for (const name of tables) {
    const file = declarations.tables[name]!;
    ofTables.set(name, await find(file.problem, valuesOf(file), false));
  }
  const entries = [...ofTables.values()].flat();
  for (const name of figures) {
    const { problem, cells } = declarations.figures[name]!;
    entries.push(...(await find(problem, cells, true)));
  }
  const wanted = entries.filter(({ seeds }) => isWanted(seeds[0]!.cell.spec));
  if (wanted.length === 0 && entries.length > 0) {
    throw new ArgumentError('only', request.only!.join(' '), 'values that a cell of these tables has');
  }
  if (!request.list) await computeMissing(wanted, store, { ...run, recompute });
  for (const [name, found] of ofTables) {
    const file = declarations.tables[name]!;
    yield { type: 'table', name, table: resultTable(name, file, found), rows: resultRows(file, found) };
  }
  for (const name of request.list ? [] : shifts) {
    const file = declarations.shifts[name]!;
    const cell = await resolveCell(declarations, file.problem, file.cell, { ...choices(file.problem), seed: 1 });
    yield shiftPart(name, await measureShifts(cell, file, results, run, recompute));
  }
  if (request.constants && !request.list) {
    const constants = await constantsOfAll(declarations, store, results, run, recompute);
    yield { type: 'constants', table: constantTable(constants), constants };
  }
  if (entries.length > 0) yield { type: 'cells', cells: distinct(entries) };
}

function shiftPart(name: string, result: ShiftResult): Reproduced {
  const rows = result.shifts.map(({ shown: _, ...row }) => row);
  return { type: 'shift', name, table: shiftTable(result), rows };
}

/** Measures the constant-prediction baseline for all finished cells. */
async function constantsOfAll(
  declarations: Declarations,
  store: ResultStore,
  folder: string,
  watch: Observed,
  recompute: boolean,
): Promise<Constant[]> {
  const found = await findTables(declarations, store, await store.specs());
  const cells = kindsOf(found, await readConstants(folder)).map(({ cell }) => cell);
  return measureConstants(cells, folder, watch, recompute);
}

/** The cells of all entries, deduplicated by key; entries that need samples win. */
function distinct(entries: readonly Entry[]): Wanted[] {
  const all = entries.flatMap(({ seeds }) => seeds).sort((a, b) => Number(a.show) - Number(b.show));
  return [...new Map(all.map((wanted) => [wanted.cell.key, wanted])).values()];
}

/** The first cell of what is asked for, or of the first table, and its problem. */
function firstOf({ tables, figures, shifts }: Declarations, names: ReturnType<typeof chosen>): [string, Values] {
  const [table, figure, shift] = [tables[names.tables[0]!], figures[names.figures[0]!], shifts[names.shifts[0]!]];
  if (figure && !table) return [figure.problem, figure.cells[0]!];
  if (shift && !table) return [shift.problem, shift.cell];
  const first = table ?? Object.values(tables)[0]!;
  return [first.problem, valuesOf(first)[0]!];
}

const KINDS = ['tables', 'figures', 'shifts'] as const;

/** Names of the tables, figures and shifts that a request means. @throws ArgumentError naming the one that is not there */
function chosen(declarations: Declarations, request: Request): Record<(typeof KINDS)[number], readonly string[]> {
  const { problems } = declarations;
  if (request.all) requireForSome(problems, request);
  const pick = (kind: (typeof KINDS)[number]): readonly string[] => {
    const files = declarations[kind];
    if (request.all) return Object.keys(files).filter((name) => has(problems[files[name]!.problem]!, request));
    for (const name of request[kind] ?? []) entryOf<object>(kind, files, name);
    return request[kind] ?? [];
  };
  return { tables: pick('tables'), figures: pick('figures'), shifts: pick('shifts') };
}

/** Whether a problem has the scale and the preset that are asked for. */
function has({ scales, presets }: ProblemFile, { scale, preset }: Request): boolean {
  return Object.hasOwn(scales, scale) && (preset === undefined || presets.includes(preset));
}

/** @throws ArgumentError where no problem has the scale, or none of those that have it the preset */
function requireForSome(problems: Declarations['problems'], { scale, preset }: Request): void {
  const all = Object.values(problems);
  if (all.some((problem) => has(problem, { scale, ...(preset !== undefined && { preset }) }))) return;
  const scales = scalesOf(problems);
  if (!scales.includes(scale)) throw new ArgumentError('scale', scale, `one of ${scales.join(', ')}`);
  const presets = new Set(all.filter(({ scales }) => Object.hasOwn(scales, scale)).flatMap((p) => p.presets));
  throw new ArgumentError('preset', preset, `one of ${[...presets].join(', ')}`);
}
