import { expect, it } from 'vitest';
import { blockFigure } from '../src/index.js';

const quarter = { row: 0, column: 0, rows: 2, columns: 2, group: 0 };

it('draws every block at its place, first row on top, and names the groups', () => {
  const blocks = [quarter, { row: 2, column: 0, rows: 2, columns: 4, group: 1 }];
  const svg = blockFigure({ size: 4, blocks, groups: ['near', 'level 2 & 3'], title: 'Partition' });
  expect(svg).toMatch(/^<svg role="img" aria-label="Partition: blocks of near, level 2 &amp; 3"/);
  const rectangles = [...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/g)].map(
    (match) => match.slice(1).map(Number),
  );
  expect(rectangles.slice(0, 2)).toEqual([
    [8, 36, 210, 210],
    [8, 246, 420, 210],
  ]);
  expect(svg).toContain('>level 2 &amp; 3</text>');
});

it.each([
  [{ ...quarter, row: 3 }, 'blocks[0].rows is 2; expected an integer from 1 to 1'],
  [{ ...quarter, column: -1 }, 'blocks[0].column is -1'],
  [{ ...quarter, group: 1 }, 'blocks[0].group is 1; expected the number of one of the 1 groups'],
])('refuses %o', (block, message) => {
  expect(() => blockFigure({ size: 4, blocks: [block], groups: ['near'] })).toThrow(message);
});
