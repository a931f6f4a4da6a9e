/** What the page shows, as a file of numbers. */

import { gridOf, type Problem } from '../problems.js';

/** CSV of the grid points, the potential, and what solver and network say there; every digit. */
export function tableOf(
  problem: Problem,
  potential: Float64Array,
  solution: Float64Array,
  prediction: Float64Array,
): string {
  const grid = gridOf(problem);
  const names = grid.axes.map((_, axis) => (problem.dimension === 1 ? 'x' : `x${axis + 1}`));
  const rows = Array.from(potential, (value, i) => {
    const place = problem.dimension === 1 ? [i] : [Math.floor(i / problem.points), i % problem.points];
    const coordinates = place.map((index, axis) => grid.axes[axis]!.coordinates[index]!);
    return [...coordinates, value, solution[i]!, prediction[i]!].join(',');
  });
  return `${[...names, 'V', 'solver', 'network'].join(',')}\n${rows.join('\n')}\n`;
}
