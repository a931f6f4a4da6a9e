import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@dyadic/dataset';
import { type Figure, page, type Section, tableMarkdown } from '@dyadic/report';
import { defaultPreset } from './cell.js';
import type { Declarations, Values } from './files.js';
import {
  type Comparison,
  comparisonTable,
  curveFigure,
  gapFigure,
  recipeTable,
  sampleFigures,
  speedTable,
} from './report-parts.js';
import { type Entry, lookUp } from './reproduce.js';
import type { ResultStore } from './result.js';
import { type ShiftResult, shiftFigures, shiftTable } from './shift.js';
import { resultTable, summarize } from './summary.js';

/** Scales, the least work first. */
const SCALES = ['quick', 'laptop', 'paper'];

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
  const tableParts: Part[] = [];
  const all: Entry[] = [];
  for (const [name, file] of Object.entries(tables)) {
    const rows = file.rows.map(({ paper: _, ...row }) => ({ ...file.common, ...row }));
    const groups = groupsOf(names, file.problem);
    const shown = [];
    const missing: string[] = [];
    for (const group of groups) {
      const entries = await entriesOf(declarations, store, file.problem, rows, group);
      const done = entries.filter((entry) => entry.seeds.some(({ result }) => result)).length;
      if (done === 0) continue;
      all.push(...entries);
      const { caption, ...table } = resultTable(name, file, entries);
      shown.push({ ...table, caption: `${caption}: ${group.scale}, preset ${group.preset}` });
      if (done < entries.length) missing.push(commandOf(`--table ${name}`, group));
      if (name === 'recipes') {
        shown.push(recipeTable(entries));
        tableParts.push({
          heading: 'Training recipes',
          paragraphs: recipeNotes(problems[file.problem]!.recipes),
          tables: shown,
          figures: [{ name: 'recipes', ...(await curveFigure(entries)) }],
        });
      }
    }
    if (name === 'recipes' && shown.length > 0) continue;
    const fallback = { scale: 'quick', preset: defaultPreset(problems[file.problem]!), seeds: 1 };
    const paragraphs =
      shown.length === 0
        ? [`Nothing computed yet: ${commandOf(`--table ${name}`, fallback)}`]
        : missing.map((command) => `Not complete yet; this goes on with it: ${command}`);
    tableParts.push({ heading: headingOf(name), paragraphs, tables: shown });
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
  const gaps = await gapFigure(results);
  return [
    introduction(results, all),
    ...tableParts,
    {
      heading: 'Figures of the paper',
      paragraphs: missingFigures.map((line) => `Not drawn yet: ${line}`),
      figures: figureParts,
    },
    ...(gaps ? [{ heading: 'Kohn-Sham: error against gap', figures: [{ name: 'gap', ...gaps }] }] : []),
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
  const rank = ({ scale, preset }: Group) => `${preset} ${SCALES.length - SCALES.indexOf(scale)}`;
  return [...groups.values()].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
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
  results: readonly { machine: { cores: number; node: string; engine: string } }[],
  all: readonly Entry[],
): Part {
  const machines = [
    ...new Set(results.map(({ machine: { cores, node, engine } }) => `${cores} cores, Node.js ${node}, ${engine}`)),
  ];
  const summaries = all.map((entry) => summarize(entry, undefined)).filter(({ best }) => best);
  return {
    heading: 'How to read this',
    paragraphs: [
      `${results.length} cells are done, ${summaries.length} entries of tables. A cell is one network trained on one data set from one seed; it is a file in docs/results/cells with its errors, seed, times and hashes. The seed of a cell is the end of its name.`,
      'Errors are means of the relative error (4.1). The validation split chooses the epoch and, among several seeds, the best; the column test is of samples that chose nothing and stands beside what the paper calls validation or test. Ratio: test over paper. Columns: samples are those trained on; training is wall time on a machine that did other work at the same time.',
      `Machine: ${machines.join('; ') || 'none yet'}. The wasm engine gives the same bits on every machine and for any number of threads, so a cell that is computed again from the same data gives the same errors to the last bit.`,
      'Commands: dyadic reproduce --table N --scale quick|laptop|paper computes what is missing and prints the table; dyadic report writes this page. quick: a fifth of the samples (2D: 300) and few epochs; laptop: the paper’s networks and data in 1D, 1,000 samples in 2D; paper: everything as printed.',
    ],
  };
}

function recipeNotes(recipes: Readonly<Record<string, { description: string }>>): string[] {
  return Object.entries(recipes).map(([name, { description }]) => `${name}: ${description}.`);
}

function headingOf(table: string): string {
  return /^\d+$/.test(table) ? `Table ${table}` : table;
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
