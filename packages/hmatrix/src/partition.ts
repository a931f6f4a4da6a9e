import { ArgumentError, requireInteger, requireKnownOptions, requireOneOf } from '@dyadic/errors';
import { type Admissibility, blockOrder, type Padding } from '@dyadic/mnn';

/**
 * On which level a pair of points is compressed, of the several where its boxes are admissible.
 *
 * - `coarsest`: on the coarsest one. These are the interaction lists of §2.1: IL(I) are the children of NL(parent(I))
 *   that are not in NL(I). Which children these are depends on which child of its parent I is.
 * - `finest`: on the finest one whose window holds the pair, that is boxes at most three (weak: one) apart. The list is
 *   then the same for every box of a level, I + o with o in a fixed set, and a block lacks the pairs that a finer
 *   level has. This is what a convolution can do: the kernel layer of CK has the same window everywhere.
 */
export type Assignment = 'coarsest' | 'finest';

export interface PartitionOptions {
  /** Spatial dimension d; default 1. */
  readonly dimension?: 1 | 2 | 3;
  /** N, grid points per axis; a multiple of 2^L. */
  readonly points: number;
  /** L, the finest level; at least 2 (weak: 1). */
  readonly levels: number;
  /**
   * When two boxes may be compressed. `strong` (default), the paper's: when they are not neighbours, from level 2 on.
   * `weak`: as soon as they are not the same box, from level 1 on.
   */
  readonly admissibility?: Admissibility;
  /** Default `coarsest`. */
  readonly assignment?: Assignment;
  /** What lies beyond the ends of the domain: `periodic` (default), the other end; `zero`, nothing: an open domain. */
  readonly padding?: Exclude<Padding, 'reflect'>;
}

/** Which boxes of a level interact. */
export interface Interactions {
  /** `boxCount + 1` numbers: the entries of box I run from starts[I] to starts[I + 1] − 1. */
  readonly starts: Uint32Array;
  /** For each entry, the partner of its box. */
  readonly partners: Uint32Array;
  /** For each entry, the partner's place in the window centred on I, row-major over `window^d`. */
  readonly places: Uint32Array;
}

/** One level of the dyadic tree. */
export interface Level {
  readonly level: number;
  readonly dimension: 1 | 2 | 3;
  /** Boxes per axis, 2^ℓ. */
  readonly boxes: number;
  /** 2^(ℓ d) boxes, numbered row-major. */
  readonly boxCount: number;
  /** Grid points per axis of a box, N / 2^ℓ. */
  readonly boxPoints: number;
  /** Grid points of a box, (N / 2^ℓ)^d. */
  readonly boxSize: number;
  /** Row-major grid index of point p of box I, at I · boxSize + p (`blockOrder` of mnn). */
  readonly order: Uint32Array;
  /** 2 n_b + 1 of Property 1: boxes per axis of the window that holds all partners. */
  readonly window: number;
  readonly interactions: Interactions;
  /**
   * Whether point p of a box and point q of its partner at a place of the window are compressed on this level rather
   * than on a finer one. Absent where all pairs are, as with the assignment `coarsest`.
   */
  readonly owns?: (place: number, p: number, q: number) => boolean;
}

/** The block partition of an N^d × N^d matrix that a dyadic tree induces (eq 2.4). */
export interface Partition extends Required<PartitionOptions> {
  /** N^d */
  readonly size: number;
  /** n_b of the adjacent part: 1, the neighbours; weak: 0, the box alone. */
  readonly near: 0 | 1;
  /** From level 2 (weak: 1) to L. */
  readonly tree: readonly Level[];
  /** Neighbours on the finest level, kept as they are; the window holds nothing else. */
  readonly adjacent: Omit<Level, 'owns'>;
  /** Whether all boxes of a level have their partners at the same places. */
  readonly translationInvariant: boolean;
}

/** Builds the tree and its lists. @throws ArgumentError naming the option that is wrong */
export function partition(options: PartitionOptions): Partition {
  requireKnownOptions('partition', options, [
    'dimension',
    'points',
    'levels',
    'admissibility',
    'assignment',
    'padding',
  ]);
  const { dimension = 1, points, levels, admissibility = 'strong', assignment = 'coarsest' } = options;
  const { padding = 'periodic' } = options;
  requireOneOf('partition.dimension', dimension, [1, 2, 3]);
  requireOneOf<Admissibility>('partition.admissibility', admissibility, ['strong', 'weak']);
  requireOneOf<Assignment>('partition.assignment', assignment, ['coarsest', 'finest']);
  requireOneOf<'periodic' | 'zero'>('partition.padding', padding, ['periodic', 'zero']);
  const near = admissibility === 'strong' ? 1 : 0;
  const first = near + 1;
  requireInteger('partition.levels', levels, { min: first, max: 20 });
  requireInteger('partition.points', points, { min: 2, max: 2 ** 24 });
  if (points % 2 ** levels !== 0) {
    throw new ArgumentError('partition.points', points, `a multiple of 2^levels = ${2 ** levels}`);
  }
  const complete = { dimension, points, levels, admissibility, assignment, padding };
  const tree: Level[] = [];
  for (let level = first; level <= levels; level++) tree.push(treeLevel(complete, near, level));
  return {
    ...complete,
    size: points ** dimension,
    near,
    tree,
    adjacent: adjacentLevel(complete, near),
    translationInvariant: assignment === 'finest' || levels === first,
  };
}

/** NL(I): the boxes of the level at most `near` from box I along every axis, I among them, in ascending order. */
export function neighborList({ dimension, near, levels, padding }: Partition, level: number, box: number): number[] {
  requireInteger('level', level, { min: 0, max: levels });
  requireInteger('box', box, { min: 0, max: 2 ** (level * dimension) - 1 });
  const boxes = 2 ** level;
  return boxesAround(dimension, boxes, box, (offset) => largest(offset.map(distanceOf(padding, boxes))) <= near);
}

/** IL(I): the partners of box I on a level of the tree, in ascending order. @throws ArgumentError for another level */
export function interactionList({ tree }: Partition, level: number, box: number): number[] {
  const found = tree.find((candidate) => candidate.level === level);
  if (!found) throw new ArgumentError('level', level, `a level from ${tree[0]!.level} to ${tree.at(-1)!.level}`);
  const { starts, partners } = found.interactions;
  requireInteger('box', box, { min: 0, max: found.boxCount - 1 });
  return Array.from(partners.subarray(starts[box], starts[box + 1])).sort((a, b) => a - b);
}

type Shape = Required<PartitionOptions>;

function geometry({ dimension, points }: Shape, level: number) {
  const boxes = 2 ** level;
  const boxPoints = points / boxes;
  const order = blockOrder(dimension, points, boxes);
  return { level, dimension, boxes, boxCount: boxes ** dimension, boxPoints, boxSize: boxPoints ** dimension, order };
}

function treeLevel(shape: Shape, near: number, level: number): Level {
  const { levels, assignment, padding } = shape;
  const base = geometry(shape, level);
  const { boxes } = base;
  // Children of neighbouring parents are at most this far apart.
  const reach = Math.min(2 * near + 1, padding === 'periodic' ? boxes / 2 : boxes - 1);
  const window = 2 * reach + 1;
  const distance = distanceOf(padding, boxes / 2);
  const isPartner = (offset: number[], parity: number[]): boolean => {
    if (largest(offset) <= near) return false;
    if (assignment === 'finest') return true;
    return largest(offset.map((o, axis) => distance((parity[axis]! + o) >> 1))) <= near;
  };
  const interactions = interactionsOf(shape, boxes, reach, isPartner);
  if (assignment === 'coarsest' || level === levels) return { ...base, window, interactions };
  return { ...base, window, interactions, owns: ownership(shape, base, near, reach) };
}

function adjacentLevel(shape: Shape, near: number): Partition['adjacent'] {
  const base = geometry(shape, shape.levels);
  return { ...base, window: 2 * near + 1, interactions: interactionsOf(shape, base.boxes, near, () => true) };
}

/**
 * Tabulates the partners of every box within `reach`. At which offsets they lie follows from the parity of the box along
 * every axis, that is from which child of its parent it is; in an open domain those beyond the ends are missing.
 */
function interactionsOf(
  { dimension, padding }: Shape,
  boxes: number,
  reach: number,
  isPartner: (offset: number[], parity: number[]) => boolean,
): Interactions {
  const periodic = padding === 'periodic';
  const window = 2 * reach + 1;
  const offsets = Array.from({ length: window ** dimension }, (_, place) =>
    digits(place, window, dimension).map((digit) => digit - reach),
  );
  const lists = Array.from({ length: 2 ** dimension }, (_, parity) => {
    const bits = digits(parity, 2, dimension);
    return [...offsets.entries()].filter(([, offset]) => {
      // Two places that name the same box are one partner: half a period to the right is half a period to the left.
      return !(periodic && offset.some((o) => 2 * o === boxes)) && isPartner(offset, bits);
    });
  });
  const boxCount = boxes ** dimension;
  const most = boxCount * lists.reduce((longest, { length }) => Math.max(longest, length), 0);
  const starts = new Uint32Array(boxCount + 1);
  const partners = new Uint32Array(most);
  const places = new Uint32Array(most);
  let entry = 0;
  for (let number = 0; number < boxCount; number++) {
    const box = digits(number, boxes, dimension);
    const parity = box.reduce((sum, b) => 2 * sum + (b & 1), 0);
    for (const [place, offset] of lists[parity]!) {
      let partner = 0;
      for (let axis = 0; axis < dimension && partner >= 0; axis++) {
        const there = box[axis]! + offset[axis]!;
        if (there >= 0 && there < boxes) partner = partner * boxes + there;
        else partner = periodic ? partner * boxes + ((there + boxes) % boxes) : -1;
      }
      if (partner < 0) continue;
      partners[entry] = partner;
      places[entry] = place;
      entry++;
    }
    starts[number + 1] = entry;
  }
  if (entry === most) return { starts, partners, places };
  return { starts, partners: partners.slice(0, entry), places: places.slice(0, entry) };
}

/** With the assignment `finest`, a pair belongs to the next level if its boxes there are within reach of each other. */
function ownership(
  { dimension, padding }: Shape,
  { boxes, boxPoints, boxSize }: ReturnType<typeof geometry>,
  near: number,
  reach: number,
): Level['owns'] {
  const window = 2 * reach + 1;
  const half = boxPoints / 2;
  const child = Array.from({ length: boxSize }, (_, p) =>
    digits(p, boxPoints, dimension).reduce((sum, x) => 2 * sum + (x < half ? 0 : 1), 0),
  );
  const children = 2 ** dimension;
  const distance = distanceOf(padding, 2 * boxes);
  const table = new Uint8Array(window ** dimension * children * children);
  for (let entry = 0; entry < table.length; entry++) {
    const offset = digits(Math.floor(entry / children ** 2), window, dimension).map((digit) => digit - reach);
    const from = digits(Math.floor(entry / children) % children, 2, dimension);
    const to = digits(entry % children, 2, dimension);
    const apart = offset.map((o, axis) => distance(2 * o + to[axis]! - from[axis]!));
    table[entry] = largest(apart) > 2 * near + 1 ? 1 : 0;
  }
  return (place, p, q) => table[(place * children + child[p]!) * children + child[q]!] === 1;
}

function boxesAround(
  dimension: number,
  boxes: number,
  center: number,
  wanted: (offset: number[]) => boolean,
): number[] {
  const here = digits(center, boxes, dimension);
  const found: number[] = [];
  for (let box = 0; box < boxes ** dimension; box++) {
    const there = digits(box, boxes, dimension);
    if (wanted(there.map((b, axis) => b - here[axis]!))) found.push(box);
  }
  return found;
}

/** The digits of a number to a base, most significant first: row-major index to coordinates. */
export function digits(number: number, base: number, count: number): number[] {
  const result = new Array<number>(count);
  for (let axis = count - 1; axis >= 0; axis--) {
    result[axis] = number % base;
    number = Math.floor(number / base);
  }
  return result;
}

/** Distance along an axis of `extent` boxes: around the circle, or not. */
function distanceOf(padding: Shape['padding'], extent: number): (difference: number) => number {
  if (padding === 'zero') return Math.abs;
  return (difference) => {
    const wrapped = ((difference % extent) + extent) % extent;
    return Math.min(wrapped, extent - wrapped);
  };
}

function largest(offset: readonly number[]): number {
  return offset.reduce((most, o) => Math.max(most, Math.abs(o)), 0);
}
