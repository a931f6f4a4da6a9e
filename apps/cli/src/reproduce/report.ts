import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@dyadic/dataset';
import { type Figure, formatCell, page, type Section, type Table, tableMarkdown } from '@dyadic/report';
import { defaultPreset, workOf } from './cell.js';
import type { Declarations, ProblemFile, TableFile, Values } from './files.js';
import {
  type Comparison,
  comparisonTable,
  curveFigure,
  parameterTable,
  recipeTable,
  sampleFigures,
  speedTable,
} from './report-parts.js';
import { gapSection, workTable } from './report-why.js';
import { type Entry, lookUp } from './reproduce.js';
import type { CellResult, ResultStore } from './result.js';
import { type ShiftResult, shiftFigures, shiftTable } from './shift.js';
import { resultTable, summarize } from './summary.js';

/** Scales, the least work first. */
const SCALES = ['quick', 'laptop', 'patient', 'paper'];

/** Figures have names here, under which the Markdown finds them. */
interface NamedFigure extends Figure {
  readonly name: string;
}

interface Part extends Omit<Section, 'figures' | 'html'> {
  readonly figures?: readonly NamedFigure[];
}

/** Cells of one scale and preset. */
interface Group {
  readonly scale: string;
  readonly preset: string;
  readonly seeds: number;
}

/**
 * Writes `README.md`, `index.html` and `figures/*.svg` from the results that are there: nothing is computed, and equal
 * results give equal bytes.
 *
 * @returns the paths of the two documents
 */
export async function writeReport(
  declarations: Declarations,
  store: ResultStore,
  shifts: readonly ShiftResult[],
  comparison: Comparison | null,
  folder: string,
): Promise<{ markdown: string; html: string }> {
  const parts = await reportParts(declarations, store, shifts, comparison);
  const title = 'The paper’s tables and figures, reproduced';
  const subtitle =
    'Fan, Lin, Ying, Zepeda-Núñez: A multiscale neural network based on hierarchical matrices (2018), on this repository’s solvers, networks and engine';
  const footer = 'Made by dyadic report from the cells in docs/results/cells.';
  const sections = parts.map(({ figures = [], ...part }) => ({
    ...part,
    figures: figures.map(({ svg, caption }) => ({ svg, caption })),
  }));
  await mkdir(join(folder, 'figures'), { recursive: true });
  for (const { name, svg } of parts.flatMap(({ figures = [] }) => figures)) {
    await writeFileAtomic(join(folder, 'figures', `${name}.svg`), `${svg}\n`);
  }
  const [markdown, html] = [join(folder, 'README.md'), join(folder, 'index.html')];
  await writeFileAtomic(markdown, markdownOf(title, subtitle, parts, footer));
  await writeFileAtomic(html, page({ title, subtitle, sections, footer }));
  return { markdown, html };
}

async function reportParts(
  declarations: Declarations,
  store: ResultStore,
  shifts: readonly ShiftResult[],
  comparison: Comparison | null,
): Promise<Part[]> {
  const names = await store.names();
  const { tables, figures, problems } = declarations;
  const found: Found[] = [];
  for (const [name, file] of Object.entries(tables)) {
    const rows = file.rows.map(({ paper: _, ...row }) => ({ ...file.common, ...row }));
    for (const group of wantedGroups(names, file.problem, problems[file.problem]!)) {
      found.push({ name, file, group, entries: await entriesOf(declarations, store, file.problem, rows, group) });
    }
  }
  const all = found.flatMap(({ entries }) => entries);
  const speeds = trainingSpeeds(all);
  const tableParts: Part[] = [];
  for (const [name, file] of Object.entries(tables)) {
    const groups = found.filter((one) => one.name === name);
    const shown = groups.flatMap((one) => doneTable(one) ?? []);
    const paragraphs = groups.flatMap((one) => progressOf(one, speeds[file.problem]) ?? []);
    if (isNumber(name)) tableParts.push({ heading: `Table ${name}`, paragraphs, tables: shown });
    else {
      const most = [...groups].sort((a, b) => doneOf(b).length - doneOf(a).length)[0]!;
      const recipes = problems[file.problem]!.recipes;
      if (doneOf(most).length === 0) continue;
      if (!file.varies.includes('recipe')) {
        tableParts.push({ heading: file.title, paragraphs, tables: shown });
        continue;
      }
      tableParts.push({
        heading: file.title,
        paragraphs: [
          ...Object.entries(recipes).map(([recipe, { description }]) => `${recipe}: ${description}.`),
          ...paragraphs,
        ],
        tables: [...shown, recipeTable(most.entries)],
        figures: [{ name, ...(await curveFigure(most.entries, file.rows[0]!.paper.test)) }],
      });
    }
  }
  const figureParts: NamedFigure[] = [];
  const missingFigures: string[] = [];
  for (const [name, file] of Object.entries(figures)) {
    const drawn = await drawFigure(declarations, store, names, name, file.problem, file.cells);
    figureParts.push(...drawn);
    if (drawn.length === 0) missingFigures.push(`Figure ${name}: dyadic reproduce --figure ${name}`);
  }
  const results = [
    ...new Map(all.flatMap(({ seeds }) => seeds.flatMap(({ result }) => (result ? [[result.key, result]] : [])))),
  ].map(([, result]) => result);
  const gaps = await gapSection(results);
  const work = workTable(results);
  return [
    introduction(results, found, problems),
    ...tableParts,
    {
      heading: 'Parameter counts',
      tables: [
        parameterTable(
          found.flatMap(({ file, entries }) =>
            entries.map((entry, i) => ({ entry, paper: file.rows[i]!.paper.parameters })),
          ),
        ),
      ],
    },
    {
      heading: 'Figures of the paper',
      paragraphs: missingFigures.map((line) => `Not drawn yet: ${line}`),
      figures: figureParts,
    },
    ...(gaps ? [gaps] : []),
    ...(work
      ? [
          {
            heading: 'Error against work',
            paragraphs: [
              'A visit is one pass of one sample through the network with its gradient. The authors’ program trains for up to 4,000 epochs: 20 million visits with 5,000 samples, 64 million with 16,000.',
            ],
            tables: [work],
          },
        ]
      : []),
    ...(shifts.length > 0
      ? [
          {
            heading: 'Other distributions',
            paragraphs: [
              'The network of Table 1 with 5,000 samples, measured on data of other kinds than it was trained on. Command: dyadic reproduce --shift.',
            ],
            tables: shifts.map(shiftTable),
            figures: (await Promise.all(shifts.map(shiftFigures)))
              .flat()
              .map((figure, i) => ({ name: `shift-${i + 1}`, ...figure })),
          },
        ]
      : []),
    ...(comparison
      ? [
          {
            heading: 'What the multiscale structure buys',
            paragraphs: ['Other models on the same data. Command: node bench/comparison.mjs --results docs/results.'],
            tables: [comparisonTable(comparison)],
          },
        ]
      : []),
    { heading: 'Solver and surrogate', tables: [speedTable(results)] },
  ];
}

/** A table at one scale and preset. */
interface Found {
  readonly name: string;
  readonly file: TableFile;
  readonly group: Group;
  readonly entries: readonly Entry[];
}

function isNumber(table: string): boolean {
  return /^\d+$/.test(table);
}

/** Numbers of the entries that have a result. */
function doneOf({ entries }: Found): number[] {
  return entries.flatMap(({ seeds }, i) => (seeds.some(({ result }) => result) ? [i] : []));
}

/** The entries that are done; null when there are none, or where there is nothing to compare. */
function doneTable(found: Found): Table | null {
  const { name, file, group, entries } = found;
  const done = doneOf(found);
  if (done.length < (isNumber(name) ? 1 : 2)) return null;
  const rows = done.map((i) => file.rows[i]!);
  const { caption, ...table } = resultTable(
    name,
    { ...file, rows },
    done.map((i) => entries[i]!),
  );
  return { ...table, caption: `${caption}: ${group.scale}, preset ${group.preset}` };
}

/** What is missing of a table, how long it would take here, and the command; null when nothing is. */
function progressOf(found: Found, speed: number | undefined): string | null {
  const { name, group, entries } = found;
  const done = doneOf(found).length;
  if (done === entries.length) return null;
  const missing = entries.flatMap(({ seeds }) => seeds.filter(({ result }) => !result).map(({ cell }) => cell));
  const work = missing.reduce((sum, cell) => sum + workOf(cell), 0);
  const time =
    speed === undefined ? '' : `, the rest takes about ${formatCell(Math.round(work / speed), 'seconds')} here`;
  const command = commandOf(`--table ${name}`, group);
  return `${group.scale}, preset ${group.preset}: ${done} of ${entries.length} entries${time}: ${command}`;
}

/** Multiply-adds a second in training, by problem, of all that was trained. */
function trainingSpeeds(entries: readonly Entry[]): Record<string, number> {
  const sums: Record<string, { work: number; seconds: number }> = {};
  for (const { cell, result } of entries.flatMap(({ seeds }) => seeds)) {
    if (!result) continue;
    sums[cell.spec.problem] ??= { work: 0, seconds: 0 };
    const sum = sums[cell.spec.problem]!;
    sum.work += workOf(cell);
    sum.seconds += result.times.training;
  }
  return Object.fromEntries(Object.entries(sums).map(([problem, { work, seconds }]) => [problem, work / seconds]));
}

/** The groups that have results, and all scales of the default preset. */
function wantedGroups(names: readonly string[], problem: string, file: ProblemFile): Group[] {
  const found = groupsOf(names, problem);
  const preset = defaultPreset(file);
  const others = Object.keys(file.scales).filter(
    (scale) => !found.some((g) => g.scale === scale && g.preset === preset),
  );
  return [...found, ...others.map((scale) => ({ scale, preset, seeds: 1 }))].sort(byRank);
}

/** Scales, presets and seeds of a problem that have results. */
function groupsOf(names: readonly string[], problem: string): Group[] {
  const groups = new Map<string, Group>();
  for (const name of names) {
    const [of, preset, , , , , , scale, seed] = name.split('_');
    if (of !== problem) continue;
    const key = `${preset}/${scale}`;
    const seeds = Math.max(Number(seed!.slice(1)), groups.get(key)?.seeds ?? 1);
    groups.set(key, { scale: scale!, preset: preset!, seeds });
  }
  return [...groups.values()].sort(byRank);
}

/** The paper's preset first, then the most work. */
function byRank(a: Group, b: Group): number {
  const rank = ({ scale, preset }: Group) =>
    `${preset === 'paper' ? 0 : 1} ${preset} ${SCALES.length - SCALES.indexOf(scale)}`;
  return rank(a) < rank(b) ? -1 : 1;
}

function entriesOf(
  declarations: Declarations,
  store: ResultStore,
  problem: string,
  rows: readonly Values[],
  { scale, preset, seeds }: Group,
): Promise<Entry[]> {
  return lookUp(declarations, store, problem, rows, { scale, preset, seeds, show: false });
}

/** The cells of a figure, from the largest scale that has them. */
async function drawFigure(
  declarations: Declarations,
  store: ResultStore,
  names: readonly string[],
  name: string,
  problem: string,
  cells: readonly Values[],
): Promise<NamedFigure[]> {
  for (const group of groupsOf(names, problem)) {
    const entries = await entriesOf(declarations, store, problem, cells, group);
    const results = entries.flatMap(({ seeds }) => seeds.flatMap(({ result }) => (result?.shown ? [result] : [])));
    if (results.length < cells.length) continue;
    const drawn = await Promise.all(results.map((result) => sampleFigures(name, result)));
    return drawn.flat().map((figure, i) => ({ name: `figure-${name}-${i + 1}`, ...figure }));
  }
  return [];
}

function introduction(
  results: readonly CellResult[],
  found: readonly Found[],
  problems: Declarations['problems'],
): Part {
  const machines = [
    ...new Set(results.map(({ machine: { cores, node, engine } }) => `${cores} cores, Node.js ${node}, ${engine}`)),
  ];
  return {
    heading: 'How to read this',
    paragraphs: [
      ...scores(found),
      `${results.length} cells are done. A cell is one network trained on one data set from one seed; it is a file in docs/results/cells with its errors, seed, times and hashes. The seed of a cell is the end of its name.`,
      'The networks have the layers and parameters of the paper’s. In ours the activation in 1D is smooth, softplus or tanh, where the paper has ReLU, and the output satisfies the constraints of the problem; how each part of a recipe counts is under Training recipes, with ReLU among them.',
      ...Object.entries(problems).map(
        ([problem, { recipes }]) => `${problem}, recipe ours: ${recipes.ours?.description}.`,
      ),
      'Errors are means of the relative error (4.1). The validation split chooses the epoch and, among several seeds, the best; the column test is of samples that chose nothing and stands beside what the paper calls validation or test. Ratio: test over paper. Columns: samples are those trained on; training is wall time on a machine that computed another cell at the same time. Where train and test are about equal, more samples would not help, but a larger network or more training may; where train is lower, samples would.',
      `Machine: ${machines.join('; ') || 'none yet'}. The wasm engine gives the same bits on every machine and for any number of threads, so a cell that is computed again from the same data gives the same errors to the last bit. A cell’s name ends with a hash of all that it depends on, the revision of the solver included: what is done with an older one is computed anew.`,
      'Presets. paper: the potentials as the text prints them. reference-code: as the authors’ public program draws them for the NLSE, wells ten times as strong in 1D, at least 0.05 apart, second-order differences; the solution then sits in one well or another, which is another and harder map; the paper does not say of which of the two its numbers are, and they are printed beside both. localized: Kohn-Sham wells a hundred times as deep, one electron in each.',
      'Commands: dyadic reproduce --table N --scale quick|laptop|paper computes what is missing and prints the table; dyadic report writes this page. quick: a fifth of the samples (2D: 300) and few epochs; laptop: the paper’s networks and data in 1D, 4,000 samples in 2D; patient: as laptop, with several times the visits (Kohn-Sham); paper: everything as printed.',
    ],
  };
}

/** How many entries of the paper's tables are at or below its errors, by scale and preset, and their ratios to it. */
function scores(found: readonly Found[]): string[] {
  const groups = new Map<string, number[]>();
  for (const { name, file, group, entries } of found) {
    if (!isNumber(name)) continue;
    entries.forEach((entry, i) => {
      const { ratio } = summarize(entry, file.rows[i]!.paper.test);
      if (ratio === null) return;
      const key = `${file.problem}, ${group.scale}, preset ${group.preset}`;
      groups.set(key, [...(groups.get(key) ?? []), ratio]);
    });
  }
  return [...groups].map(([key, ratios]) => {
    const below = (limit: number) => ratios.filter((ratio) => ratio <= limit).length;
    const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => formatCell(ratio, 'ratio'));
    return `${key}: of ${ratios.length} entries of the paper’s tables ${below(1)} are at or below its error, ${below(0.5)} at or below half of it, ${below(0.1)} at or below a tenth; ratios from ${least} to ${most}.`;
  });
}

function commandOf(what: string, { scale, preset, seeds }: Group): string {
  return `dyadic reproduce ${what} --scale ${scale} --preset ${preset} --seeds ${seeds}`;
}

function markdownOf(title: string, subtitle: string, parts: readonly Part[], footer: string): string {
  const blocks = parts.flatMap(({ heading, paragraphs = [], tables = [], figures = [] }) => [
    `## ${heading}`,
    ...paragraphs,
    ...tables.map(tableMarkdown),
    ...figures.map(({ name, caption }) => `![${caption.replace(/[[\]]/g, '')}](figures/${name}.svg)\n\n${caption}`),
  ]);
  return `${[`# ${title}`, subtitle, ...blocks, footer].join('\n\n')}\n`;
}
