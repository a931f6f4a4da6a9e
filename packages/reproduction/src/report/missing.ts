import { formatCell, type Table, table } from '@dyadic/report';
import { type CellEngine, workOf } from '../cell.js';
import { reproduceCommand } from './commands.js';
import { byGroup, doneOf, type Found, isOfPaper } from './found.js';

/** What is missing of the tables, how long it would take here, and the command; null when nothing is. */
export function missingTable(found: readonly Found[]): Table | null {
  const speeds = trainingSpeeds(found);
  const groups = [found.filter(({ name }) => isOfPaper(name)), found.filter(({ name }) => !isOfPaper(name))].flatMap(
    byGroup,
  );
  const rows = groups.flatMap((tables) => {
    const open = tables.filter((one) => doneOf(one).length < one.entries.length);
    if (open.length === 0) return [];
    const { file, group } = open[0]!;
    const all = open.flatMap(({ entries }) => entries.flatMap(({ seeds }) => seeds));
    const cells = new Map(all.filter(({ result }) => !result).map(({ cell }) => [cell.key, cell]));
    const work = [...cells.values()].reduce((sum, cell) => sum + workOf(cell), 0);
    const speed = speeds[speedKey(file.problem, group.engine)];
    const time = speed === undefined ? null : Math.round(work / speed);
    const command = reproduceCommand(
      'table',
      open.map(({ name }) => name),
      group,
    );
    return [[formatCell(cells.size, 'integer'), time, command]];
  });
  if (rows.length === 0) return null;
  return table({
    columns: [{ title: 'networks', align: 'right' }, { title: 'time here', format: 'seconds' }, { title: 'command' }],
    rows,
    notes: [
      'Networks: those that the entries still need, one per seed. Time: at the training speed of the finished networks of this problem.',
    ],
  });
}

/** Multiply-adds a second in training, by problem and engine, of all that was trained. */
function trainingSpeeds(found: readonly Found[]): Record<string, number> {
  const sums: Record<string, { work: number; seconds: number }> = {};
  for (const { cell, result } of found.flatMap(({ entries }) => entries.flatMap(({ seeds }) => seeds))) {
    if (!result) continue;
    const key = speedKey(cell.spec.problem, cell.spec.engine);
    sums[key] ??= { work: 0, seconds: 0 };
    const sum = sums[key];
    sum.work += workOf(cell);
    sum.seconds += result.times.training;
  }
  return Object.fromEntries(Object.entries(sums).map(([key, { work, seconds }]) => [key, work / seconds]));
}

function speedKey(problem: string, engine: CellEngine): string {
  return `${problem} ${engine}`;
}
