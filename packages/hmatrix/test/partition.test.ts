import type { Admissibility } from '@dyadic/mnn';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Assignment, interactionList, neighborList, partition } from '../src/index.js';

const shapes = fc
  .record({
    dimension: fc.constantFrom(1 as const, 2 as const, 3 as const),
    levels: fc.integer({ min: 1, max: 6 }),
    leaf: fc.integer({ min: 1, max: 3 }),
    admissibility: fc.constantFrom<Admissibility>('strong', 'weak'),
    assignment: fc.constantFrom<Assignment>('coarsest', 'finest'),
    padding: fc.constantFrom('periodic' as const, 'zero' as const),
  })
  .filter(({ dimension, levels, leaf, admissibility }) => {
    return (2 ** levels * leaf) ** dimension <= 600 && (admissibility === 'weak' || levels >= 2);
  })
  .map(({ leaf, ...shape }) => ({ ...shape, points: 2 ** shape.levels * leaf }));

/** Distance of boxes, around the torus or not, along the axis where it is largest, by counting. */
function apart(dimension: number, boxes: number, a: number, b: number, periodic = true): number {
  let most = 0;
  for (let axis = 0; axis < dimension; axis++) {
    const difference = Math.abs((Math.floor(a / boxes ** axis) % boxes) - (Math.floor(b / boxes ** axis) % boxes));
    most = Math.max(most, periodic ? Math.min(difference, boxes - difference) : difference);
  }
  return most;
}

function parent(dimension: number, boxes: number, box: number): number {
  let result = 0;
  for (let axis = 0; axis < dimension; axis++) {
    result += Math.floor((Math.floor(box / boxes ** axis) % boxes) / 2) * (boxes / 2) ** axis;
  }
  return result;
}

describe('the block partition', () => {
  it('covers every entry of the matrix exactly once, over d, L, admissibility, assignment and padding', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const { size, tree, adjacent } = partition(shape);
        const covered = new Uint8Array(size * size);
        for (const { boxCount, boxSize, order, interactions, owns } of [...tree, { ...adjacent, owns: undefined }]) {
          const { starts, partners, places } = interactions;
          expect(starts.length).toBe(boxCount + 1);
          for (let entry = 0, box = 0; entry < partners.length; entry++) {
            while (starts[box + 1]! <= entry) box++;
            for (let p = 0; p < boxSize; p++) {
              for (let q = 0; q < boxSize; q++) {
                if (owns && !owns(places[entry]!, p, q)) continue;
                const row = order[box * boxSize + p]!;
                covered[row * size + order[partners[entry]! * boxSize + q]!]!++;
              }
            }
          }
        }
        expect(covered.every((times) => times === 1)).toBe(true);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it('has the lists of §2.1 with the defaults', () => {
    fc.assert(
      fc.property(shapes, ({ dimension, levels, points, padding }) => {
        fc.pre(levels >= 2);
        const built = partition({ dimension, levels, points, padding });
        const periodic = padding === 'periodic';
        for (let level = 2; level <= levels; level++) {
          const boxes = 2 ** level;
          const all = Array.from({ length: boxes ** dimension }, (_, box) => box);
          for (const box of all) {
            const neighbors = all.filter((other) => apart(dimension, boxes, box, other, periodic) <= 1);
            const [own, up] = [parent(dimension, boxes, box), (other: number) => parent(dimension, boxes, other)];
            const candidates =
              level === 2 ? all : all.filter((other) => apart(dimension, boxes / 2, own, up(other), periodic) <= 1);
            expect(neighborList(built, level, box)).toEqual(neighbors);
            expect(interactionList(built, level, box)).toEqual(
              candidates.filter((other) => !neighbors.includes(other)),
            );
          }
        }
      }),
      { numRuns: 25, seed: 2 },
    );
  });

  it.each([1, 2, 3] as const)('has as many partners as the geometry says, %dD', (dimension) => {
    const counts = (admissibility: Admissibility, assignment: Assignment) =>
      partition({ dimension, points: 8, levels: 3, admissibility, assignment }).tree.map(
        ({ interactions: { starts } }) => {
          expect(new Set(starts.slice(1).map((end, box) => end - starts[box]!)).size).toBe(1);
          return starts[1];
        },
      );
    expect(counts('strong', 'coarsest')).toEqual([4 ** dimension - 3 ** dimension, 6 ** dimension - 3 ** dimension]);
    expect(counts('strong', 'finest')).toEqual([4 ** dimension - 3 ** dimension, 7 ** dimension - 3 ** dimension]);
    const siblings = 2 ** dimension - 1;
    expect(counts('weak', 'coarsest')).toEqual([siblings, siblings, siblings]);
    expect(counts('weak', 'finest')).toEqual([siblings, 3 ** dimension - 1, 3 ** dimension - 1]);
  });

  it('has windows of 5, then 7; weak: of 3; and names a partner at one place of the window only', () => {
    const windows = (admissibility: Admissibility) => partition({ points: 32, levels: 4, admissibility }).tree;
    expect(windows('strong').map(({ window }) => window)).toEqual([5, 7, 7]);
    expect(windows('weak').map(({ window }) => window)).toEqual([3, 3, 3, 3]);
    // On level 2 box 0 has the partner 2 at place 0 (offset −2), not at place 4 (offset 2) as well.
    const { partners, places } = windows('strong')[0]!.interactions;
    expect([...partners]).toEqual([2, 3, 0, 1]);
    expect([...places]).toEqual([0, 0, 0, 0]);
  });

  it('open: boxes at the ends have fewer partners, and on level 2 one three apart', () => {
    const { tree } = partition({ points: 16, levels: 3, padding: 'zero' });
    expect(tree.map(({ window }) => window)).toEqual([7, 7]);
    const built = partition({ points: 16, levels: 3, padding: 'zero' });
    expect([0, 1, 2, 3].map((box) => interactionList(built, 2, box))).toEqual([[2, 3], [3], [0], [0, 1]]);
    expect([0, 1, 2].map((box) => interactionList(built, 3, box))).toEqual([[2, 3], [3], [0, 4, 5]]);
    expect(neighborList(built, 3, 7)).toEqual([6, 7]);
  });

  it.each([
    [{ points: 32, levels: 2, padding: 'reflect' }, "partition.padding is 'reflect'"],
    [{ points: 30, levels: 2 }, 'partition.points is 30; expected a multiple of 2^levels = 4'],
    [{ points: 32, levels: 1 }, 'partition.levels is 1; expected an integer from 2 to 20'],
    [{ points: 32, levels: 2, dimension: 4 }, 'partition.dimension is 4'],
    [{ points: 32, levels: 2, assignment: 'middle' }, "partition.assignment is 'middle'"],
    [{ points: 32, levels: 2, admissible: 'weak' }, 'partition.admissible'],
  ])('refuses %o', (options, message) => {
    expect(() => partition(options as never)).toThrow(message);
  });

  it('refuses a level or box that is not there', () => {
    const built = partition({ points: 32, levels: 3 });
    expect(() => interactionList(built, 1, 0)).toThrow('level is 1; expected a level from 2 to 3');
    expect(() => interactionList(built, 2, 4)).toThrow('box is 4');
    expect(() => neighborList(built, 2, 4)).toThrow('box is 4');
    expect(() => neighborList(built, 9, 0)).toThrow('level is 9');
  });
});
