import { join } from 'node:path';
import { tableText } from '@dyadic/report';
import type { CellEngine, Reproduced, Request } from '@dyadic/reproduction';
import { defineCommand } from '../command.js';
import { choiceFlag, countFlag, flag, THREADS } from '../flags.js';
import type { Output } from '../output/output.js';
import { UsageError } from '../usage.js';

interface Flags {
  readonly table?: string[];
  readonly figure?: string[];
  readonly shift?: string[];
  readonly constants?: boolean;
  readonly all?: boolean;
  readonly scale: string;
  readonly preset?: string;
  readonly seeds: number;
  readonly only?: string[];
  readonly results?: string;
  readonly list?: boolean;
  readonly recompute?: boolean;
  readonly engine: CellEngine | 'auto';
  readonly threads: 'auto' | number;
}

export const addReproduce = defineCommand<Flags>({
  name: 'reproduce',
  summary: "compute tables and figures of the paper, and print them beside the paper's numbers",
  argument: {
    syntax: '[folder]',
    meaning: 'the folder with problems, tables, figures and shifts',
    default: 'apps/reproduce',
  },
  flags: [
    flag('-t, --table <names...>', 'tables, such as 1 2 3 or recipes'),
    flag('-f, --figure <names...>', 'figures, such as 8'),
    flag('--shift <names...>', 'errors on data of other kinds than a network was trained on, such as nlse-1d'),
    flag('--constants', 'measure the constant-prediction baseline for all finished cells'),
    flag('-a, --all', 'all tables, figures and shifts of problems that have the scale and the preset'),
    flag('-s, --scale <name>', 'how much work: quick, laptop, patient, full or paper', 'quick'),
    flag('--preset <name>', "preset of the potentials (default: the problem's first, paper)"),
    countFlag('--seeds <count>', 'seeds per cell', 1),
    flag('--only <values...>', 'compute only these cells of the tables, such as wells=2,8 channels=6'),
    flag('--results <folder>', 'folder of the results (default: docs/results beside apps)'),
    flag('--recompute', 'recompute what was computed from data of an earlier revision of the solver'),
    flag('-l, --list', 'list the cells and which are done; compute nothing'),
    choiceFlag(
      '--engine <name>',
      'engine (wasm: the same bits everywhere; auto: the fastest)',
      ['wasm', 'webgpu', 'tensorflow', 'auto'],
      'wasm',
    ),
    THREADS,
  ],
  notes: `Every finished cell is kept in docs/results. Rerunning the command resumes, within a cell from its last checkpoint, and
recomputes nothing. A result from data of an earlier revision of the solver stays as long as the solver's revisions agree
but for rounding, and the report says so; --recompute computes it again and keeps it beside the old one.`,
  examples: [
    'dyadic reproduce --table 3',
    'dyadic reproduce --table 1 2 3 4 --scale laptop --seeds 3',
    'dyadic reproduce --table 9 --scale laptop --only wells=2,8 channels=6',
    'dyadic reproduce --table 1 --scale laptop --recompute',
    'dyadic reproduce --all --list',
  ],
  resumes: true,
  words: {
    tables: '--table',
    figures: '--figure',
    shifts: '--shift',
    scale: '--scale',
    preset: '--preset',
    only: '--only',
  },
  async run(folder, flags, { output, signal, onEvent }) {
    const { results = join(folder, '../../docs/results'), engine, threads, ...asked } = flags;
    const { readDeclarations, reproduce } = await import('@dyadic/reproduction');
    const declarations = await readDeclarations(folder);
    const { table: tables = [], figure: figures = [], shift: shifts = [], ...others } = asked;
    if (!others.all && !others.constants && tables.length + figures.length + shifts.length === 0) {
      const names = Object.keys(declarations.tables).join(', ');
      throw new UsageError(
        `nothing to reproduce: name tables (${names}) with --table, or give --figure, --shift, --constants or --all`,
      );
    }
    const request = { ...others, tables, figures, shifts };
    const parts = reproduce(declarations, results, request, { engine, threads, signal, onEvent });
    for await (const part of parts) print(part, output, request);
  },
});

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
