import { join } from 'node:path';
import { ArgumentError, requireOneOf } from '@dyadic/errors';
import { tableText } from '@dyadic/report';
import { CELL_ENGINES, type Reproduced, type Request, readDeclarations, reproduce } from '@dyadic/reproduction';
import type { Command } from 'commander';
import { eventsTo } from '../output/events.js';
import type { Output } from '../output/output.js';
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
  readonly recompute?: boolean;
  readonly engine: string;
  readonly threads: string;
}

/** The options that say what an entry of a request does. */
const OPTION_OF: Readonly<Record<string, string>> = {
  tables: '--table',
  figures: '--figure',
  shifts: '--shift',
  scale: '--scale',
  preset: '--preset',
  only: '--only',
};

export function addReproduce(program: Command): void {
  program
    .command('reproduce')
    .description("compute tables and figures of the paper, and print them beside the paper's numbers")
    .argument('[folder]', 'the folder with problems, tables, figures and shifts', 'apps/reproduce')
    .option('-t, --table <names...>', 'tables, such as 1 2 3 or recipes')
    .option('-f, --figure <names...>', 'figures, such as 8')
    .option('--shift <names...>', 'errors on data of other kinds than a network was trained on, such as nlse-1d')
    .option('--constants', 'measure the constant-prediction baseline for all finished cells')
    .option('-a, --all', 'all tables, figures and shifts of problems that have the scale and the preset')
    .option('-s, --scale <name>', 'how much work: quick, laptop, patient or paper', 'quick')
    .option('--preset <name>', "preset of the potentials (default: the problem's first, paper)")
    .option('--seeds <count>', 'seeds per cell', '1')
    .option('--only <values...>', 'compute only these cells of the tables, such as wells=2,8 channels=6')
    .option('--results <folder>', 'folder of the results (default: docs/results beside apps)')
    .option('--recompute', 'recompute what was computed from data of an earlier revision of the solver')
    .option('-l, --list', 'list the cells and which are done; compute nothing')
    .option('--engine <name>', 'engine that computes: wasm (the same bits everywhere) or tensorflow', 'wasm')
    .addOption(threadsOption())
    .addHelpText(
      'after',
      `
Every finished cell is kept in docs/results. Rerunning the command resumes, within a cell from its last checkpoint, and
recomputes nothing. A result from data of an earlier revision of the solver stays as long as the solver's revisions agree
but for rounding, and the report says so; --recompute computes it again and keeps it beside the old one.

Examples:
  dyadic reproduce --table 3
  dyadic reproduce --table 1 2 3 4 --scale laptop --seeds 3
  dyadic reproduce --table 9 --scale laptop --only wells=2,8 channels=6
  dyadic reproduce --table 1 --scale laptop --recompute
  dyadic reproduce --all --list`,
    )
    .action(
      interruptible<Options>(async (folder, options, { output, signal }) => {
        const declarations = await readDeclarations(folder);
        const results = options.results ?? join(folder, '../../docs/results');
        const engine = requireOneOf('--engine', options.engine, CELL_ENGINES);
        const request = requestOf(options, Object.keys(declarations.tables));
        const run = { ...engineChoice(options), engine, signal, onEvent: eventsTo(output) };
        try {
          for await (const part of reproduce(declarations, results, request, run)) print(part, output, request);
        } catch (error) {
          throw asTyped(error);
        }
      }),
    );
}

/** @param tables - Names of the tables that there are */
function requestOf(options: Options, tables: readonly string[]): Request {
  const {
    table = [],
    figure = [],
    shift = [],
    constants = false,
    all = false,
    list = false,
    recompute = false,
  } = options;
  if (!all && !constants && table.length + figure.length + shift.length === 0) {
    throw new UsageError(
      `nothing to reproduce: name tables (${tables.join(', ')}) with --table, or give --figure, --shift, --constants or --all`,
    );
  }
  return {
    tables: table,
    figures: figure,
    shifts: shift,
    constants,
    all,
    list,
    recompute,
    scale: options.scale,
    ...(options.preset !== undefined && { preset: options.preset }),
    seeds: wholeNumberOption('--seeds', options.seeds),
    only: options.only ?? [],
  };
}

function print(part: Reproduced, output: Output, { list }: Request): void {
  if (part.type === 'cells') {
    const { cells } = part;
    if (list) for (const { cell, result } of cells) output.info(`${result ? 'done   ' : 'missing'} ${cell.name}`);
    const done = cells.filter(({ result }) => result).length;
    output.result(`${done} of ${cells.length} cells are done`, { done, cells: cells.length });
    return;
  }
  const text = `${tableText(part.table, { color: process.stdout.isTTY === true })}\n`;
  if (part.type === 'constants') output.result(text, { constants: part.constants });
  else output.result(text, { [part.type]: part.name, rows: part.rows });
}

/** An error about the request, in the words of the options that said it. */
function asTyped(error: unknown): unknown {
  if (!(error instanceof ArgumentError)) return error;
  const option = OPTION_OF[error.argument];
  return option === undefined ? error : new ArgumentError(option, error.value, error.expected);
}
