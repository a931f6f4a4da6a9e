import { join } from 'node:path';
import { ArgumentError } from '@dyadic/errors';
import { tableText } from '@dyadic/report';
import type { Command } from 'commander';
import { defaultPreset } from '../reproduce/cell.js';
import { type Declarations, entryOf, readDeclarations, type Values } from '../reproduce/files.js';
import { computeMissing, type Entry, lookUp } from '../reproduce/reproduce.js';
import { ResultStore } from '../reproduce/result.js';
import { resultTable, summarize } from '../reproduce/summary.js';
import { engineChoice, engineOption, interruptible, threadsOption, wholeNumberOption } from './context.js';

interface Options {
  readonly table?: string[];
  readonly figure?: string[];
  readonly all?: boolean;
  readonly scale: string;
  readonly preset?: string;
  readonly seeds: string;
  readonly results?: string;
  readonly list?: boolean;
  readonly engine: string;
  readonly threads: string;
}

export function addReproduce(program: Command): void {
  program
    .command('reproduce')
    .description("compute tables and figures of the paper, and print them beside the paper's numbers")
    .argument('[folder]', 'the folder with problems, tables and figures', 'apps/reproduce')
    .option('-t, --table <names...>', 'tables, such as 1 2 3 or recipes')
    .option('-f, --figure <names...>', 'figures, such as 8')
    .option('-a, --all', 'all tables and figures')
    .option('-s, --scale <name>', 'how much work: quick, laptop or paper', 'quick')
    .option('--preset <name>', "preset of the potentials (default: paper, the problem's first)")
    .option('--seeds <count>', 'seeds per cell', '1')
    .option('--results <folder>', 'where results are kept (default: docs/results beside apps)')
    .option('-l, --list', 'show which cells there are and which are done; compute nothing')
    .addOption(engineOption())
    .addOption(threadsOption())
    .addHelpText(
      'after',
      `
Every finished cell is kept in docs/results and never computed again. Stopped or killed, the same command goes on: the
cell at hand from its last checkpoint.

Examples:
  dyadic reproduce --table 3
  dyadic reproduce --table 1 2 3 4 --scale laptop --seeds 3
  dyadic reproduce --all --list`,
    )
    .action(
      interruptible<Options>(async (folder, options, { output, signal }) => {
        const declarations = await readDeclarations(folder);
        const store = new ResultStore(options.results ?? join(folder, '../../docs/results'));
        const seeds = wholeNumberOption('--seeds', options.seeds);
        const run = { ...engineChoice(options), signal };
        const wanted = chosen(declarations, options);
        const found: { name: string; kind: 'tables' | 'figures'; entries: Entry[] }[] = [];
        for (const { kind, name, problem, rows } of wanted) {
          const preset = options.preset ?? defaultPreset(declarations.problems[problem]!);
          const choices = { scale: options.scale, preset, seeds, show: kind === 'figures' };
          found.push({ kind, name, entries: await lookUp(declarations, store, problem, rows, choices) });
        }
        if (!options.list) {
          await computeMissing(
            found.flatMap(({ entries }) => entries),
            store,
            run,
            output,
          );
        }
        const color = process.stdout.isTTY === true;
        for (const { kind, name, entries } of found) {
          if (kind === 'figures') continue;
          const file = declarations.tables[name]!;
          const rows = entries.map((entry, i) => {
            const { paper, ...values } = file.rows[i]!;
            return { ...file.common, ...values, paper, ...summarize(entry, paper.test) };
          });
          output.result(`${tableText(resultTable(name, file, entries), { color })}\n`, { table: name, rows });
        }
        const cells = found.flatMap(({ entries }) => entries.flatMap(({ seeds }) => seeds));
        const unique = new Map(cells.map((wanted) => [wanted.cell.key, wanted.result !== null]));
        const done = [...unique.values()].filter(Boolean).length;
        if (options.list) {
          for (const { cell, result } of new Map(cells.map((wanted) => [wanted.cell.key, wanted])).values()) {
            output.info(`${result ? 'done   ' : 'missing'} ${cell.name}`);
          }
        }
        output.result(`${done} of ${unique.size} cells are done`, { done, cells: unique.size });
      }),
    );
}

interface Chosen {
  readonly kind: 'tables' | 'figures';
  readonly name: string;
  readonly problem: string;
  readonly rows: readonly Values[];
}

/** The tables and figures that the options name. @throws ArgumentError when they name none */
function chosen({ tables, figures }: Declarations, options: Options): Chosen[] {
  const tableNames = options.all ? Object.keys(tables) : (options.table ?? []);
  const figureNames = options.all ? Object.keys(figures) : (options.figure ?? []);
  if (tableNames.length + figureNames.length === 0) {
    throw new ArgumentError(
      '--table',
      undefined,
      `at least one of ${Object.keys(tables).join(', ')}, or --figure, or --all`,
    );
  }
  return [
    ...tableNames.map((name) => {
      const { problem, common, rows } = entryOf('--table', tables, name);
      return {
        kind: 'tables' as const,
        name,
        problem,
        rows: rows.map(({ paper: _, ...row }) => ({ ...common, ...row })),
      };
    }),
    ...figureNames.map((name) => {
      const { problem, cells } = entryOf('--figure', figures, name);
      return { kind: 'figures' as const, name, problem, rows: cells };
    }),
  ];
}
