import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@dyadic/dataset';
import { type Figure, page, type Section, type Table, tableMarkdown } from '@dyadic/report';
import { type Constant, constantSection } from '../constants.js';
import type { Declarations } from '../declarations.js';
import type { CellResult, ResultStore } from '../result.js';
import { type ShiftResult, shiftFigures, shiftTable } from '../shift.js';
import {
  doneOf,
  entriesOf,
  type Found,
  findTables,
  groupName,
  groupsOf,
  isNumber,
  progressOf,
  trainingSpeeds,
} from './report-found.js';
import { introduction } from './report-intro.js';
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
import { resultTable } from './summary.js';

/** Figures have names here, under which the Markdown finds them. */
interface NamedFigure extends Figure {
  readonly name: string;
}

interface Part extends Omit<Section, 'figures' | 'html'> {
  readonly figures?: readonly NamedFigure[];
}

/** What is kept beside the cells. */
export interface Studies {
  readonly shifts: readonly ShiftResult[];
  readonly comparison: Comparison | null;
  readonly constants: readonly Constant[];
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
  studies: Studies,
  folder: string,
): Promise<{ markdown: string; html: string }> {
  const parts = await reportParts(declarations, store, studies);
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
  { shifts, comparison, constants }: Studies,
): Promise<Part[]> {
  const { tables, figures, problems } = declarations;
  const specs = await store.specs();
  const found = await findTables(declarations, store, specs);
  const all = found.flatMap(({ entries }) => entries);
  const speeds = trainingSpeeds(all);
  const tableParts: Part[] = [];
  /** What studies lack of which nothing is shown yet. */
  const lacking: string[] = [];
  for (const [name, file] of Object.entries(tables)) {
    const groups = found.filter((one) => one.name === name);
    const shown = groups.flatMap((one) => doneTable(one) ?? []);
    const paragraphs = groups.flatMap((one) => progressOf(one, speeds) ?? []);
    if (isNumber(name)) tableParts.push({ heading: `Table ${name}`, paragraphs, tables: shown });
    else {
      const most = [...groups].sort((a, b) => doneOf(b).length - doneOf(a).length)[0]!;
      const recipes = problems[file.problem]!.recipes;
      if (shown.length === 0) {
        if (doneOf(most).length > 0) lacking.push(...paragraphs.map((line) => `${file.title}: ${line}`));
        continue;
      }
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
  for (const name of Object.keys(figures)) {
    const drawn = await drawFigure(declarations, store, specs, name);
    figureParts.push(...drawn);
    if (drawn.length === 0) missingFigures.push(`Figure ${name}: dyadic reproduce --figure ${name}`);
  }
  const results = [
    ...new Map(all.flatMap(({ seeds }) => seeds.flatMap(({ result }) => (result ? [[result.key, result]] : [])))),
  ].map(([, result]) => result);
  const gaps = await gapSection(results);
  const work = workTable(results);
  const ofConstants = constantSection(found, constants);
  return [
    introduction(results, found, problems),
    ...tableParts,
    ...(lacking.length > 0 ? [{ heading: 'Studies that have nothing to compare yet', paragraphs: lacking }] : []),
    ...(ofConstants ? [ofConstants] : []),
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
  return { ...table, caption: `${caption}: ${groupName(group)}` };
}

/** The cells of a figure, from the largest scale that has them. */
async function drawFigure(
  declarations: Declarations,
  store: ResultStore,
  specs: readonly CellResult['cell'][],
  name: string,
): Promise<NamedFigure[]> {
  const { problem, cells } = declarations.figures[name]!;
  for (const group of groupsOf(specs, problem, declarations.problems[problem]!)) {
    const entries = await entriesOf(declarations, store, problem, cells, group);
    const results = entries.flatMap(({ seeds }) => seeds.flatMap(({ result }) => (result?.shown ? [result] : [])));
    if (results.length < cells.length) continue;
    const drawn = await Promise.all(results.map((result) => sampleFigures(name, result)));
    return drawn.flat().map((figure, i) => ({ name: `figure-${name}-${i + 1}`, ...figure }));
  }
  return [];
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
