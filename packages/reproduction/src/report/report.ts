import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@dyadic/dataset';
import { page, type Table, table, tableMarkdown } from '@dyadic/report';
import type { Cell } from '../cell.js';
import { readConstants } from '../constants.js';
import type { Declarations, ProblemFile, TableFile } from '../declarations.js';
import { type CellResult, ResultStore } from '../result.js';
import { readShifts, type ShiftResult, shiftTable } from '../shift.js';
import { baselinePart, kindsOf } from './baseline.js';
import { COMPARISON_COMMAND, groupOf, reproduceCommand } from './commands.js';
import { figuresPart, shownFigure } from './figures.js';
import { doneOf, type Found, findTables, groupName, isOfPaper } from './found.js';
import { frontierPart } from './frontier.js';
import { gapPart } from './gap.js';
import { parameterTable, speedTable, typicalOf } from './networks.js';
import { notes } from './notes.js';
import { overviewTable, ratioFigure, verdicts } from './overview.js';
import type { NamedFigure, Part } from './part.js';
import { preferredPart } from './preferred.js';
import { revisionsPart } from './revisions.js';
import { type Comparison, comparisonTable, curveFigure, readComparison, recipeTable } from './studies.js';
import { resultTable } from './summary.js';
import { uncertaintyPart } from './uncertainty.js';
import { workTable } from './work.js';

const TITLE = 'The paper’s tables and figures, reproduced';
const SUBTITLE =
  'Fan, Lin, Ying, Zepeda-Núñez: A multiscale neural network based on hierarchical matrices (2018), with the solvers, networks and engine of this repository';
const FOOTER = 'Written by dyadic report from the cells in docs/results/cells.';

/**
 * Writes `README.md`, `index.html` and `figures/*.svg` into a folder of results, from what is there: nothing is computed,
 * and equal results give equal bytes.
 *
 * @returns the paths of the two documents
 * @throws DataError naming a result that is damaged
 */
export async function writeReport(
  declarations: Declarations,
  folder: string,
): Promise<{ markdown: string; html: string }> {
  const parts = await reportParts(declarations, folder);
  const sections = parts.map(({ figures = [], ...part }) => ({
    ...part,
    figures: figures.map(({ svg, caption }) => ({ svg, caption })),
  }));
  await mkdir(join(folder, 'figures'), { recursive: true });
  for (const { name, svg } of parts.flatMap(({ figures = [] }) => figures)) {
    await writeFileAtomic(join(folder, 'figures', `${name}.svg`), `${svg}\n`);
  }
  const [markdown, html] = [join(folder, 'README.md'), join(folder, 'index.html')];
  await writeFileAtomic(markdown, markdownOf(parts));
  await writeFileAtomic(html, page({ title: TITLE, subtitle: SUBTITLE, sections, footer: FOOTER }));
  return { markdown, html };
}

/** What readers look for first, then the tables, then what explains them; prose last. */
async function reportParts(declarations: Declarations, folder: string): Promise<Part[]> {
  const store = new ResultStore(folder);
  const [constants, shifts, comparison] = await Promise.all([
    readConstants(folder),
    readShifts(folder),
    readComparison(folder),
  ]);
  const specs = await store.specs();
  const found = await findTables(declarations, store, specs);
  const results = resultsOf(found);
  const isTypical = typicalOf(declarations.problems);
  const kinds = kindsOf(found, constants);
  const work = workTable(results);
  return [
    ...(await overviewParts(declarations, found)),
    ...(await tableParts(declarations, found)),
    ...present(await preferredPart(declarations, store, found)),
    await figuresPart(declarations, store, specs),
    ...present(baselinePart(kinds)),
    ...present(await gapPart(results, kinds, isTypical)),
    ...present(await frontierPart(results)),
    ...present(await uncertaintyPart(folder)),
    ...(work ? [{ heading: 'Error against training', tables: [work] }] : []),
    ...(await shiftParts(found, shifts, declarations)),
    ...(comparison ? [comparisonPart(comparison)] : []),
    ...withRows('Solver and network: time per sample', speedTable(results, isTypical)),
    ...withRows('Parameter counts', parameterTable(found)),
    ...present(revisionsPart(found)),
    ...notes(declarations, results, found),
  ];
}

function present<T>(part: T | null): T[] {
  return part === null ? [] : [part];
}

/** A section of a table; none of an empty one. */
function withRows(heading: string, table: Table): Part[] {
  return table.rows.length > 0 ? [{ heading, tables: [table] }] : [];
}

/** The results of all entries, each once. */
function resultsOf(found: readonly Found[]): CellResult[] {
  const all = found.flatMap(({ entries }) =>
    entries.flatMap(({ seeds }) => seeds.flatMap(({ result }) => result ?? [])),
  );
  return [...new Map(all.map((result) => [result.key, result])).values()];
}

async function overviewParts(declarations: Declarations, found: readonly Found[]): Promise<Part[]> {
  const figure = await ratioFigure(declarations, found);
  const summary = overviewTable(found);
  if (!figure || !summary)
    return [{ heading: 'Results', paragraphs: ['No entry of the paper’s tables is finished yet.'] }];
  return [
    { heading: 'Results', figures: [figure] },
    { heading: 'Summary', paragraphs: verdicts(found), tables: [summary] },
  ];
}

/** The tables of the paper and then the studies, at each scale and preset that has results. */
async function tableParts({ tables, problems }: Declarations, found: readonly Found[]): Promise<Part[]> {
  const parts: Part[] = [];
  for (const [name, file] of Object.entries(tables)) {
    const groups = found.filter((one) => one.name === name);
    const shown = groups.flatMap((one) => doneTable(one) ?? []);
    if (shown.length === 0) continue;
    const heading = isOfPaper(name) ? `Table ${name}: ${file.title}` : file.title;
    if (isOfPaper(name) || !file.varies.includes('recipe')) parts.push({ heading, tables: shown });
    else {
      const { recipes } = problems[file.problem]!;
      const most = [...groups].sort((a, b) => doneOf(b).length - doneOf(a).length)[0]!;
      parts.push({
        heading,
        tables: [...shown, recipeTable(most.entries), describedRecipes(recipesOf(file), recipes)],
        figures: [await curveFigure(name, most.entries, file.rows[0]!.paper.test)],
      });
    }
  }
  return parts;
}

function describedRecipes(names: readonly string[], recipes: ProblemFile['recipes']): Table {
  const rows = names.map((name) => [name, recipes[name]!.description]);
  return table({ columns: [{ title: 'recipe' }, { title: 'training' }], rows });
}

/** The recipes that the rows of a table name. */
function recipesOf({ common, rows }: TableFile): string[] {
  return rows.map((row) => row.recipe ?? common.recipe ?? 'ours');
}

/** The entries that are done; null when there are none, or where there is nothing to compare. */
function doneTable(found: Found): Table | null {
  const { name, file, group, entries } = found;
  const done = doneOf(found);
  if (done.length < (isOfPaper(name) ? 1 : 2)) return null;
  const rows = done.map((i) => file.rows[i]!);
  const result = resultTable(
    name,
    { ...file, rows },
    done.map((i) => entries[i]!),
  );
  const count = done.length < entries.length ? `: ${done.length} of ${entries.length} entries` : '';
  const caption = groupName(group);
  return { ...result, caption: `${caption[0]!.toUpperCase()}${caption.slice(1)}${count}` };
}

async function shiftParts(
  found: readonly Found[],
  shifts: readonly ShiftResult[],
  declarations: Declarations,
): Promise<Part[]> {
  if (shifts.length === 0) return [];
  const cells = new Map<string, Cell>();
  for (const { entries } of found)
    for (const { seeds } of entries)
      for (const { cell } of seeds) for (const { name } of [cell, ...cell.earlier]) cells.set(name, cell);
  const figures: NamedFigure[] = [];
  const commands: string[] = [];
  for (const shift of shifts) {
    const cell = cells.get(shift.cell);
    if (!cell) continue;
    for (const { name, shown } of worstShifts(shift)) {
      const drawn = await shownFigure(cell, shown, `The worst sample, ${name}`);
      if (drawn) figures.push({ name: `shift-${figures.length + 1}`, ...drawn });
    }
    const declared = Object.entries(declarations.shifts).find(([, { title }]) => title === shift.title);
    if (declared) commands.push(reproduceCommand('shift', [declared[0]], groupOf(cell.spec)));
  }
  return [
    {
      heading: 'Other distributions',
      paragraphs: [
        'Networks measured on data of other kinds than they were trained on.',
        ...commands.map((command) => `Command: ${command}`),
      ],
      tables: shifts.map(shiftTable),
      figures,
    },
  ];
}

/** The data as trained on, and the two kinds with the largest mean error. */
function worstShifts({ shifts }: ShiftResult): ShiftResult['shifts'] {
  return [shifts[0]!, ...[...shifts.slice(1)].sort((a, b) => b.mean - a.mean).slice(0, 2)];
}

function comparisonPart(comparison: Comparison): Part {
  return {
    heading: 'Other models on the same data',
    paragraphs: [`Command: ${COMPARISON_COMMAND}`],
    tables: [comparisonTable(comparison)],
  };
}

function markdownOf(parts: readonly Part[]): string {
  const blocks = parts.flatMap(({ heading, paragraphs = [], tables = [], figures = [] }) => [
    `## ${heading}`,
    ...paragraphs,
    ...tables.map(tableMarkdown),
    ...figures.map(({ name, caption }) => `![${caption.replace(/[[\]]/g, '')}](figures/${name}.svg)\n\n${caption}`),
  ]);
  return `${[`# ${TITLE}`, SUBTITLE, ...blocks, FOOTER].join('\n\n')}\n`;
}
