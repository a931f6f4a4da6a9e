/** Which revision of its solver made the data of each cell, and by how much the revisions differ. */
import { formatCell, table } from '@dyadic/report';
import type { Cell } from '../cell.js';
import type { CellResult } from '../result.js';
import { RECOMPUTE_OPTION } from './commands.js';
import { type Found, grouped } from './found.js';
import type { Part } from './part.js';

/** A finished cell. */
interface Done {
  readonly cell: Cell;
  readonly result: CellResult;
}

/** The revisions of all finished cells; null while there are none. */
export function revisionsPart(found: readonly Found[]): Part | null {
  const done = doneCells(found);
  if (done.length === 0) return null;
  const kinds = [...grouped(done, ({ result: { dataset } }) => `${dataset.generator} ${dataset.revision}`).values()];
  const rows = kinds.map((cells) => {
    const { cell, result } = cells[0]!;
    const { generator, revision } = result.dataset;
    return [
      generator,
      revision,
      cells.length,
      presentRevision(cell),
      changesSince(cell, revision),
      differenceOf(cells[0]!),
      leastError(cells),
    ];
  });
  return {
    heading: 'Revisions of the solvers',
    paragraphs: [earlierFinding(done), ...seedFindings(done.map(({ result }) => result))],
    tables: [
      table({
        columns: [
          { title: 'solver' },
          { title: 'revision', align: 'right' },
          { title: 'networks', format: 'integer' },
          { title: 'present', align: 'right' },
          { title: 'changed since' },
          { title: 'samples differ by', format: 'error' },
          { title: 'test, least', format: 'error', digits: 2 },
        ],
        rows,
        notes: [
          'Samples differ by: most, relative, in the Euclidean norm, as the solver states and its tests check. Test, least: the least mean test error of these networks.',
        ],
      }),
    ],
  };
}

/** Every finished cell once. */
function doneCells(found: readonly Found[]): Done[] {
  const all = found.flatMap(({ entries }) =>
    entries.flatMap(({ seeds }) => seeds.flatMap(({ cell, result }) => (result ? [{ cell, result }] : []))),
  );
  return [...new Map(all.map((done) => [done.result.key, done])).values()];
}

function presentRevision({ dataset }: Cell): string {
  return dataset.recipe.generator.version;
}

/** Most by which the samples of a cell differ from those of the present revision; null for the present one. */
function differenceOf({ cell, result }: Done): number | null {
  return cell.earlier.find(({ key }) => key === result.key)?.difference ?? null;
}

/** What the revisions after one changed. */
function changesSince({ dataset: { problem } }: Cell, revision: string): string {
  const later = problem.revisions.filter((one) => one.revision > Number(revision));
  return later.map((one) => `${one.revision}: ${one.change}`).join('; ') || 'nothing';
}

function leastError(cells: readonly Done[]): number {
  return Math.min(...cells.map(({ result }) => result.errors.test.mean));
}

/** What it means that cells are of earlier revisions: the errors of networks beside what the samples differ by. */
function earlierFinding(done: readonly Done[]): string {
  const earlier = done.filter(({ cell, result }) => result.dataset.revision !== presentRevision(cell));
  const total = formatCell(done.length, 'integer');
  if (earlier.length === 0) return `All ${total} networks learned data of the present revision of their solver.`;
  const ratio = Math.max(...earlier.map((one) => (differenceOf(one) ?? 0) / one.result.errors.test.mean));
  const count =
    earlier.length === done.length ? `All ${total}` : `${formatCell(earlier.length, 'integer')} of ${total}`;
  return `${count} networks learned data of an earlier revision of their solver. Such a result stays where the solver bounds by how much samples differ: here by at most ${formatCell(ratio, 'error')} of the network’s test error. ${RECOMPUTE_OPTION} recomputes them.`;
}

/** How far networks that differ in their seed alone are apart; nothing where no two are. */
function seedFindings(results: readonly CellResult[]): string[] {
  const groups = grouped(results, ({ cell: { seed: _, ...cell }, dataset }) =>
    JSON.stringify([cell, dataset.revision]),
  );
  const spreads = [...groups.values()].flatMap((group) => {
    const errors = group.map(({ errors }) => errors.test.mean);
    return errors.length > 1 ? [Math.max(...errors) / Math.min(...errors)] : [];
  });
  if (spreads.length === 0) return [];
  return [
    `Training amplifies differences in the last bit, of samples or initial parameters, up to those between seeds: ${formatCell(Math.max(...spreads), 'ratio')} between the largest and least test error at most, for the ${spreads.length} networks with several seeds.`,
  ];
}
