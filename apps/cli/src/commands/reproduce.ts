import { join } from 'node:path';
import { ArgumentError, requireOneOf } from '@dyadic/errors';
import { tableText } from '@dyadic/report';
import {
  CELL_ENGINES,
  computeMissing,
  constantTable,
  type Declarations,
  defaultPreset,
  type Entry,
  entryOf,
  findTables,
  lookUp,
  measureConstants,
  measureShifts,
  type ProblemFile,
  ResultStore,
  type RunOptions,
  readDeclarations,
  resolveCell,
  resultRows,
  resultTable,
  scalesOf,
  selection,
  shiftTable,
  type Values,
  type Wanted,
} from '@dyadic/reproduction';
import type { Command } from 'commander';
import { eventsTo } from '../output/events.js';
import { UsageError } from '../usage.js';
import { engineChoice, interruptible, threadsOption, wholeNumberOption } from './context.js';

interface Options {
  readonly table?: string[];
  readonly figure?: string[];
  readonly shift?: string[];
  readonly constants?: boolean;
  readonly all?: boolean;
  readonly scale: string;
  readonly preset?: string;
  readonly seeds: string;
  readonly only?: string[];
  readonly results?: string;
  readonly list?: boolean;
  readonly engine: string;
  readonly threads: string;
}

export function addReproduce(program: Command): void {
  program
    .command('reproduce')
    .description("compute tables and figures of the paper, and print them beside the paper's numbers")
    .argument('[folder]', 'the folder with problems, tables, figures and shifts', 'apps/reproduce')
    .option('-t, --table <names...>', 'tables, such as 1 2 3 or recipes')
    .option('-f, --figure <names...>', 'figures, such as 8')
    .option('--shift <names...>', 'errors on data of other kinds than a network was trained on, such as nlse-1d')
    .option('--constants', 'what a constant would give for the data of all cells that are done, of any scale')
    .option('-a, --all', 'all tables, figures and shifts of problems that have the scale and the preset')
    .option('-s, --scale <name>', 'how much work: quick, laptop, patient (not NLSE 2D) or paper', 'quick')
    .option('--preset <name>', "preset of the potentials (default: the problem's first, paper)")
    .option('--seeds <count>', 'seeds per cell', '1')
    .option('--only <values...>', 'compute these cells of the tables alone, such as wells=2,8 channels=6')
    .option('--results <folder>', 'where results are kept (default: docs/results beside apps)')
    .option('-l, --list', 'show which cells there are and which are done; compute nothing')
    .option('--engine <name>', 'what does the arithmetic: wasm, the same bits everywhere, or tensorflow', 'wasm')
    .addOption(threadsOption())
    .addHelpText(
      'after',
      `
Every finished cell is kept in docs/results and never computed again. Stopped or killed, the same command goes on: the
cell at hand from its last checkpoint.

Examples:
  dyadic reproduce --table 3
  dyadic reproduce --table 1 2 3 4 --scale laptop --seeds 3
  dyadic reproduce --table 9 --scale laptop --only wells=2,8 channels=6
  dyadic reproduce --all --list`,
    )
    .action(
      interruptible<Options>(async (folder, options, { output, signal }) => {
        const declarations = await readDeclarations(folder);
        const isWanted = selection(options.only ?? []);
        const results = options.results ?? join(folder, '../../docs/results');
        const store = new ResultStore(results);
        const engine = requireOneOf('--engine', options.engine, CELL_ENGINES);
        const onEvent = eventsTo(output);
        const run: RunOptions = { ...engineChoice(options), signal, onEvent };
        const seeds = wholeNumberOption('--seeds', options.seeds);
        const { tables, figures, shifts } = chosen(declarations, options);
        const choices = (problem: string) => ({
          scale: options.scale,
          preset: options.preset ?? defaultPreset(declarations.problems[problem]!),
          engine,
        });
        const find = (problem: string, rows: readonly Values[], show: boolean): Promise<Entry[]> =>
          lookUp(declarations, store, problem, rows, { ...choices(problem), seeds, show });

        const ofTables = new Map<string, Entry[]>();
        for (const name of tables) {
          const { problem, common, rows } = declarations.tables[name]!;
          const values = rows.map(({ paper: _, ...row }) => ({ ...common, ...row }));
          ofTables.set(name, await find(problem, values, false));
        }
        const entries = [...ofTables.values()].flat();
        for (const name of figures) {
          const { problem, cells } = declarations.figures[name]!;
          entries.push(...(await find(problem, cells, true)));
        }
        const wanted = entries.filter(({ values }) => isWanted(values));
        if (wanted.length === 0 && entries.length > 0) {
          throw new ArgumentError('--only', options.only!.join(' '), 'values that a cell of these tables has');
        }
        if (!options.list) await computeMissing(wanted, store, { ...run, onEvent });

        const color = process.stdout.isTTY === true;
        for (const [name, found] of ofTables) {
          const file = declarations.tables[name]!;
          const text = tableText(resultTable(name, file, found), { color });
          output.result(`${text}\n`, { table: name, rows: resultRows(file, found) });
        }
        for (const name of options.list ? [] : shifts) {
          const file = declarations.shifts[name]!;
          const cell = await resolveCell(declarations, file.problem, file.cell, { ...choices(file.problem), seed: 1 });
          const { shifts: measured, ...result } = await measureShifts(cell, file, results, run);
          const text = tableText(shiftTable({ ...result, shifts: measured }), { color });
          const rows = measured.map(({ shown: _, ...row }) => row);
          output.result(`${text}\n`, { shift: name, rows });
        }
        if (options.constants && !options.list) {
          const found = await findTables(declarations, store, await store.specs());
          const constants = await measureConstants(found, results, { signal, onEvent });
          output.result(`${tableText(constantTable(constants), { color })}\n`, { constants });
        }
        if (entries.length === 0) return;
        const cells = distinct(entries);
        if (options.list) {
          for (const { cell, result } of cells) output.info(`${result ? 'done   ' : 'missing'} ${cell.name}`);
        }
        const done = cells.filter(({ result }) => result).length;
        output.result(`${done} of ${cells.length} cells are done`, { done, cells: cells.length });
      }),
    );
}

/** The cells of all entries, each once: as what is wanted most of it. */
function distinct(entries: readonly Entry[]): Wanted[] {
  const all = entries.flatMap(({ seeds }) => seeds).sort((a, b) => Number(a.show) - Number(b.show));
  return [...new Map(all.map((wanted) => [wanted.cell.key, wanted])).values()];
}

/** Names of the tables, figures and shifts that the options ask for. @throws UsageError when they ask for none */
function chosen(
  { problems, ...files }: Declarations,
  options: Options,
): Record<'tables' | 'figures' | 'shifts', string[]> {
  if (options.all) requireForSome(problems, options);
  const pick = (option: string, kind: 'tables' | 'figures' | 'shifts', named: readonly string[] | undefined) => {
    if (options.all)
      return Object.keys(files[kind]).filter((name) => has(problems[files[kind][name]!.problem]!, options));
    for (const name of named ?? []) entryOf<object>(option, files[kind], name);
    return [...(named ?? [])];
  };
  const picked = {
    tables: pick('--table', 'tables', options.table),
    figures: pick('--figure', 'figures', options.figure),
    shifts: pick('--shift', 'shifts', options.shift),
  };
  if (!options.constants && Object.values(picked).every((names) => names.length === 0)) {
    const known = Object.keys(files.tables).join(', ');
    throw new UsageError(
      `nothing to reproduce: name tables (${known}) with --table, or give --figure, --shift, --constants or --all`,
    );
  }
  return picked;
}

/** Whether a problem has the scale and the preset that are asked for. */
function has({ scales, presets }: ProblemFile, { scale, preset }: Options): boolean {
  return Object.hasOwn(scales, scale) && (preset === undefined || presets.includes(preset));
}

/** @throws ArgumentError where no problem has the scale, or none of those that have it the preset */
function requireForSome(problems: Declarations['problems'], options: Options): void {
  const all = Object.values(problems);
  if (all.some((problem) => has(problem, options))) return;
  const scales = scalesOf(problems);
  if (!scales.includes(options.scale)) throw new ArgumentError('--scale', options.scale, `one of ${scales.join(', ')}`);
  const presets = new Set(all.filter(({ scales }) => Object.hasOwn(scales, options.scale)).flatMap((p) => p.presets));
  throw new ArgumentError('--preset', options.preset, `one of ${[...presets].join(', ')}`);
}
