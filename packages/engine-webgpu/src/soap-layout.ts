/** Where SOAP's matrices have their state, and what the shaders are told of it. */
import type { RotatedMatrix, UpdateRule } from '@dyadic/mnn';
import { SLAB } from './shaders/householder.js';
import { HEADER, LISTS, MATRIX_WORDS, STAGE, TILE } from './shaders/soap.js';

/** A vector of the optimizer as a piece of the state, in floats. */
export interface VectorPlace {
  readonly name: string;
  readonly start: number;
  readonly size: number;
}

/** The lists of tasks of matrices that are due, by their numbers. */
export const DUE = [...LISTS, 'factor'] as const;
type List = (typeof DUE)[number];

/** A list of tasks among the words. */
export interface Tasks {
  readonly start: number;
  readonly count: number;
}

/** The tasks of those matrices that turn their bases in the same step, and the largest side of these. */
export interface DueTasks {
  readonly lists: Readonly<Record<List, Tasks>>;
  readonly side: number;
}

/** The matrices of a rule as the shaders know them. */
export interface MatrixTasks {
  /** Tasks of every step. */
  readonly always: Readonly<Record<List, Tasks>>;
  /** Those of a step: all matrices are due at step 0, then they take turns. */
  due(step: number): DueTasks | undefined;
  /** Largest sides of the matrices that are due in any one step. */
  readonly sides: readonly number[];
}

/** The state of an optimizer on the device. */
export interface StateLayout {
  readonly vectors: readonly VectorPlace[];
  /** Floats of the vectors and of what need not be kept. */
  readonly size: number;
  /** Words that the shaders look matrices and tasks up in; none without matrices. */
  readonly words: Uint32Array;
  readonly tasks: MatrixTasks | undefined;
}

const padded = (n: number) => 4 * Math.ceil(n / 4);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** State of a rule that moves `parameters` numbers. */
export function layOut({ matrices, refreshEvery = 1 }: UpdateRule, parameters: number): StateLayout {
  if (!matrices) {
    return {
      vectors: [
        { name: 'firstMoment', start: 0, size: parameters },
        { name: 'secondMoment', start: parameters, size: parameters },
      ],
      size: 2 * parameters,
      words: new Uint32Array(4),
      tasks: undefined,
    };
  }
  const moments = sum(matrices.map(({ rows, columns }) => rows * padded(columns)));
  const squares = sum(matrices.map(({ left, right }) => left * padded(left) + right * padded(right)));
  const starts = [0, moments, 2 * moments, 2 * moments + squares, 2 * (moments + squares)];
  const names = ['firstMoment', 'secondMoment', 'grams', 'bases'];
  const vectors = names.map((name, k) => ({ name, start: starts[k]!, size: starts[k + 1]! - starts[k]! }));
  const gradient = starts[4]!;
  const { records, end } = places(matrices, [...starts.slice(0, 4), gradient + padded(parameters)], gradient);
  return { vectors, size: end, ...lookUp(matrices, records, refreshEvery, gradient) };
}

/** The words of every matrix, see `Matrix` of the shader. */
function places(matrices: readonly RotatedMatrix[], starts: readonly number[], gradient: number) {
  const next = starts.slice();
  const take = (part: number, floats: number) => {
    const start = next[part]!;
    next[part] = start + floats;
    return start;
  };
  const [FIRST, SECOND, GRAMS, BASES, SCRATCH] = [0, 1, 2, 3, 4];
  // The room of a factorization: what is factored, reflections, their scales, and the trace.
  const room = (n: number) => (n > 0 ? (2 * n + 1) * padded(n) + 4 : 0);
  const side = (n: number) => [take(GRAMS!, n * padded(n)), take(BASES!, n * padded(n)), take(SCRATCH!, room(n))];
  const records = matrices.map(({ offset, rows, columns, left, right }) => {
    const stride = padded(columns);
    const matrix = rows * stride;
    const record = [rows, columns, stride, left, right, offset, gradient + offset];
    record.push(take(FIRST!, matrix), take(SECOND!, matrix), take(SCRATCH!, matrix), take(SCRATCH!, matrix));
    record.push(...side(left), ...side(right));
    return record;
  });
  return { records, end: next[SCRATCH!]! };
}

type Task = readonly [number, number, number, number];

/** Where tiles begin along a side. */
const tiles = (n: number) => Array.from({ length: Math.ceil(n / TILE) }, (_, k) => k * TILE);

/** Tiles of a stage whose result is rows × columns, of the matrix at word `at`. */
const tilesOf = (at: number, stage: number, rows: number, columns: number) =>
  tiles(rows).flatMap((i) => tiles(columns).map((j): Task => [at, stage, i, j]));

/** Those of a strip, which is cut in rows only where no left basis mixes these. */
const strips = (at: number, stage: number, { rows, columns, left }: RotatedMatrix) =>
  tilesOf(at, stage, left > 0 ? 1 : rows, columns);

const squares = (at: number, [ofLeft, ofRight]: readonly [number, number], { left, right }: RotatedMatrix) => [
  ...tilesOf(at, ofLeft, left, left),
  ...tilesOf(at, ofRight, right, right),
];

/** The factorizations of a matrix, slab by slab. */
function slabs(record: readonly number[], { left, right }: RotatedMatrix): Task[] {
  const sides = [
    [left, 12],
    [right, 15],
  ] as const;
  return sides.flatMap(([n, at]) =>
    Array.from({ length: Math.ceil(n / SLAB) }, (_, slab): Task => [n, record[at]!, record[at + 1]!, slab]),
  );
}

/** Header, matrices, the tasks of every step, and those of the matrices that are due, those due together next to each other. */
function lookUp(
  matrices: readonly RotatedMatrix[],
  records: readonly (readonly number[])[],
  refreshEvery: number,
  gradient: number,
): Pick<StateLayout, 'words' | 'tasks'> {
  const at = (k: number) => HEADER + MATRIX_WORDS * k;
  const words: number[] = new Array(at(matrices.length)).fill(0);
  records.forEach((record, k) => {
    record.forEach((word, i) => {
      words[at(k) + i] = word;
    });
  });
  const append = (list: readonly Task[]): Tasks => {
    const start = words.length;
    for (const task of list) words.push(...task);
    return { start, count: list.length };
  };
  const ofAll = (list: (at: number, matrix: RotatedMatrix) => Task[]) =>
    append(matrices.flatMap((matrix, k) => list(at(k), matrix)));
  const none = { start: 0, count: 0 };
  const always: Record<List, Tasks> = {
    rotate: ofAll((at, matrix) => [
      ...squares(at, [STAGE.leftGram, STAGE.rightGram], matrix),
      ...strips(at, STAGE.rotate, matrix),
    ]),
    change: ofAll((at, { rows, columns }) => tilesOf(at, STAGE.change, rows, columns)),
    leave: none,
    turn: none,
    factor: none,
  };
  const starts = LISTS.flatMap((list) => [always[list].start, always[list].count]);
  words.splice(0, 2 + starts.length, gradient, matrices.length, ...starts);

  const ofDue: Record<List, (at: number, matrix: RotatedMatrix, k: number) => Task[]> = {
    rotate: () => [],
    change: (at, matrix) => [
      ...squares(at, [STAGE.leftPower, STAGE.rightPower], matrix),
      ...tilesOf(at, STAGE.unturnLeft, matrix.rows, matrix.columns),
    ],
    leave: (at, { rows, columns }) => tilesOf(at, STAGE.leave, rows, columns),
    turn: (at, matrix) => strips(at, STAGE.turn, matrix),
    factor: (_, matrix, k) => slabs(records[k]!, matrix),
  };
  const turns = turnsOf(matrices, refreshEvery);
  const groups = [...turns.values()];
  const listOf = (due: List) => groups.map((group) => append(group.flatMap((k) => ofDue[due](at(k), matrices[k]!, k))));
  const lists = Object.fromEntries(DUE.map((due) => [due, listOf(due)])) as Record<List, Tasks[]>;
  const due = groups.map((group, g): DueTasks => {
    const own = Object.fromEntries(DUE.map((name) => [name, lists[name][g]!])) as Record<List, Tasks>;
    return { lists: own, side: Math.max(...group.flatMap((k) => [matrices[k]!.left, matrices[k]!.right])) };
  });
  const byTurn = new Map([...turns.keys()].map((turn, g) => [turn, due[g]!]));
  const all = due.length > 0 ? together(due) : undefined;
  const tasks: MatrixTasks = {
    always,
    due: (step) => (step === 0 ? all : byTurn.get((refreshEvery - (step % refreshEvery)) % refreshEvery)),
    sides: [...new Set(due.map(({ side }) => side))],
  };
  return { words: Uint32Array.from(words), tasks };
}

/** Numbers of the matrices with bases, by when they turn them. */
function turnsOf(matrices: readonly RotatedMatrix[], refreshEvery: number): Map<number, number[]> {
  const turns = new Map<number, number[]>();
  matrices.forEach(({ left, right }, k) => {
    if (left + right === 0) return;
    const known = turns.get(k % refreshEvery);
    if (known) known.push(k);
    else turns.set(k % refreshEvery, [k]);
  });
  return turns;
}

/** Those of all turns, which lie one after the other. */
function together(due: readonly DueTasks[]): DueTasks {
  const lists = DUE.map((name) => {
    const parts = due.map(({ lists }) => lists[name]);
    return [name, { start: parts[0]!.start, count: sum(parts.map(({ count }) => count)) }] as const;
  });
  return { lists: Object.fromEntries(lists) as Record<List, Tasks>, side: Math.max(...due.map(({ side }) => side)) };
}
