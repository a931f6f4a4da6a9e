/** What accuracy costs: the least error that so many parameters, or so much training, have reached. */
import { lineFigure } from '@dyadic/report';
import type { CellResult } from '../result.js';
import { grouped } from './found.js';
import type { NamedFigure, Part } from './part.js';

/** A cost and the error that it reached. */
export interface Point {
  readonly cost: number;
  readonly error: number;
}

/** The points that no other one beats in cost and error both, by rising cost. */
export function frontier(points: readonly Point[]): Point[] {
  const front: Point[] = [];
  for (const point of points.toSorted((a, b) => a.cost - b.cost || a.error - b.error)) {
    if (front.length === 0 || point.error < front.at(-1)!.error) front.push(point);
  }
  return front;
}

/** Figures of every problem that has cells enough; null where none has. */
export async function frontierPart(results: readonly CellResult[]): Promise<Part | null> {
  const ours = results.filter(({ cell: { engine } }) => engine === 'wasm');
  const figures: NamedFigure[] = [];
  for (const [problem, all] of grouped(ours, ({ cell }) => cell.problem)) {
    const wells = commonest(all.map(({ cell }) => cell.wells));
    const own = all.filter(({ cell }) => cell.wells === wells);
    const bySize = await frontierFigure({
      name: `frontier-parameters-${problem}`,
      groups: grouped(own, ({ cell }) => `${cell.preset}, ${cell.scale}`),
      cost: ({ parameters }) => parameters,
      axis: 'parameters',
      caption: `${problem}, n_g = ${wells}: the least mean test error that so many parameters or fewer have reached, by preset of the potentials and scale of the training.`,
    });
    const byTime = await frontierFigure({
      name: `frontier-training-${problem}`,
      groups: grouped(own, ({ cell }) => cell.preset),
      cost: ({ times }) => times.training,
      axis: 'training, seconds',
      caption: `${problem}, n_g = ${wells}: the least mean test error that a training of so many seconds or fewer has reached, by preset, with any network and scale. The machines were shared and not all alike.`,
    });
    figures.push(...[bySize, byTime].filter((figure) => figure !== null));
  }
  return figures.length > 0 ? { heading: 'What accuracy costs', figures } : null;
}

interface FrontierFigure {
  readonly name: string;
  readonly groups: Map<string, CellResult[]>;
  readonly cost: (result: CellResult) => number;
  readonly axis: string;
  readonly caption: string;
}

/** A line for every group whose front has two points or more; null where none has. */
async function frontierFigure({ name, groups, cost, axis, caption }: FrontierFigure): Promise<NamedFigure | null> {
  const series = [...groups].flatMap(([name, cells]) => {
    const front = frontier(cells.map((result) => ({ cost: cost(result), error: result.errors.test.mean })));
    return front.length < 2
      ? []
      : [{ name, x: front.map((point) => point.cost), y: front.map((point) => point.error) }];
  });
  if (series.length === 0) return null;
  const rings = series.flatMap(({ x, y }) => x.map((value, i) => ({ x: value, y: y[i]! })));
  const svg = await lineFigure({
    series,
    x: { title: axis, scale: 'log' },
    y: { title: 'mean test error ε', scale: 'log' },
    rings,
  });
  return { name, svg, caption };
}

/** The value that most have, of several the least. */
function commonest(values: readonly number[]): number {
  const groups = [...grouped(values, String).values()];
  return groups.sort((a, b) => b.length - a.length || a[0]! - b[0]!)[0]![0]!;
}
