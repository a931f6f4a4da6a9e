/**
 * SOAP: matrix products tile by tile, in twelve stages, and QR factorizations between the last of them. A dispatch goes through
 * a list of tasks, which are tiles of all matrices side by side, those of every step before those of the matrices that turn
 * their bases in this one.
 *
 * | list     | stages, in every step                                   | for matrices that are due                                |
 * | -------- | ------------------------------------------------------- | -------------------------------------------------------- |
 * | `rotate` | 0–2: H = Q_L Adam(Q_Lᵀ G Q_R), 3, 4: Gram matrices      |                                                          |
 * | `change` | 5: W ← shrink W − H Q_Rᵀ                                | 6, 7: (Gram / trace + δ / n) Q, 8: U = Q_L M             |
 * | `leave`  |                                                         | 9: H = U Q_Rᵀ: the first moment has left the old bases   |
 * |          |                                                         | QR factorizations of 6 and 7: the new bases Qᵀ           |
 * | `turn`   |                                                         | 10, 11: M ← Q_Lᵀ H Q_R                                   |
 */
import { ADAM, ELEMENTWISE_THREADS, gradientCode, updateBindings } from './update.js';

/** Rows and columns of a tile. */
export const TILE = 32;
/** Each owns four entries of a tile: one column, every eighth row. */
const THREADS = 256;

/** Words of a matrix in the order of the struct below, and of a task. */
export const MATRIX_WORDS = 20;
const TASK_WORDS = 4;

/** Stages by which tasks are named: of a strip the first. */
export const STAGE = {
  rotate: 0,
  leftGram: 3,
  rightGram: 4,
  change: 5,
  leftPower: 6,
  rightPower: 7,
  unturnLeft: 8,
  leave: 9,
  turn: 10,
  end: 12,
} as const;
/** Words ahead of the matrices: where the gradient lies, how many matrices there are, and the tasks of every step of each list. */
export const HEADER = 12;

/** The lists of tasks, in the order of their numbers. */
export const LISTS = ['rotate', 'change', 'leave', 'turn'] as const;

const MATRIX = /* wgsl */ `
// A matrix of rows × columns at offset among the parameters. Everything else lies in the state. Of rows that are stride
// apart: the moments, and two more matrices U, H; the gradient G lies as the parameters do. Of each side that has a basis
// (left, right: its size, or 0): Gram matrix, basis Qᵀ, and room for the QR factorization.
struct Matrix {
  rows: u32, columns: u32, stride: u32, left: u32, right: u32, offset: u32, g: u32,
  first: u32, second: u32, u: u32, h: u32,
  leftGram: u32, leftBasis: u32, leftRoom: u32,
  rightGram: u32, rightBasis: u32, rightRoom: u32,
}
fn matrixAt(at: u32) -> Matrix {
  return Matrix(
    matrices[at], matrices[at + 1u], matrices[at + 2u], matrices[at + 3u], matrices[at + 4u], matrices[at + 5u],
    matrices[at + 6u], matrices[at + 7u], matrices[at + 8u], matrices[at + 9u], matrices[at + 10u], matrices[at + 11u],
    matrices[at + 12u], matrices[at + 13u], matrices[at + 14u], matrices[at + 15u], matrices[at + 16u]);
}
fn padded(n: u32) -> u32 { return (n + 3u) & 0xfffffffcu; }

struct Task { matrix: u32, stage: u32, i: u32, j: u32 }
fn taskAt(at: u32) -> Task { return Task(matrices[at], matrices[at + 1u], matrices[at + 2u], matrices[at + 3u]); }
`;

const PRODUCT = /* wgsl */ `
// A factor of a product of matrices: entry k of line l is start + l across + k along; lines that it has.
struct Factor { start: u32, across: u32, along: u32, lines: u32 }
fn entryOf(x: Factor, l: u32, k: u32, n: u32) -> f32 {
  if (l >= x.lines || k >= n) { return 0.0; }
  return state[x.start + l * x.across + k * x.along];
}
fn linesOf(start: u32, stride: u32, lines: u32) -> Factor { return Factor(start, stride, 1u, lines); }
fn columnsOf(start: u32, stride: u32, lines: u32) -> Factor { return Factor(start, 1u, stride, lines); }

// 32 lines of quads, 9 apart, and 32 numbers of 32 lines, 33 apart: so that threads meet in no bank.
var<workgroup> rowTile: array<vec4f, 288>;
var<workgroup> columnTile: array<f32, 1056>;

// Σ_k x(i, k) y(j, k) over n numbers; where n is 0, x(i, j) itself.
struct Product { x: Factor, y: Factor, n: u32 }

// Four numbers of a line.
fn rowsFrom(x: Factor, l: u32, k: u32, n: u32) -> vec4f {
  return vec4f(entryOf(x, l, k, n), entryOf(x, l, k + 1u, n), entryOf(x, l, k + 2u, n), entryOf(x, l, k + 3u, n));
}
// Four places (line, number) in a tile of lines, and what is there.
fn placeOf(y: Factor, part: u32, row: u32, column: u32) -> vec2u {
  return select(vec2u(column, row + 8u * part), vec2u(row + 8u * part, column), y.along == 1u);
}
fn columnsFrom(y: Factor, j: u32, k: u32, row: u32, column: u32, n: u32) -> vec4f {
  var found = vec4f();
  for (var part = 0u; part < 4u; part++) {
    let at = placeOf(y, part, row, column);
    found[part] = entryOf(y, j + at.x, k + at.y, n);
  }
  return found;
}

// Its four entries that are a thread's, of the tile from line i of x and line j of y.
fn tileOf(p: Product, i: u32, j: u32, thread: u32) -> vec4f {
  let column = thread % 32u;
  let row = thread / 32u;
  var sum = vec4f();
  if (p.n == 0u) {
    for (var part = 0u; part < 4u; part++) { sum[part] = entryOf(p.x, i + row + 8u * part, j + column, p.y.lines); }
    return sum;
  }
  // Threads next to each other read what is next to each other.
  let quad = select(vec2u(column, row), vec2u(thread / 8u, thread % 8u), p.x.along == 1u);
  let n = p.n;
  var rows = rowsFrom(p.x, i + quad.x, 4u * quad.y, n);
  var columns = columnsFrom(p.y, j, 0u, row, column, n);
  for (var base = 0u; base < n; base += 32u) {
    rowTile[9u * quad.x + quad.y] = rows;
    for (var part = 0u; part < 4u; part++) {
      let at = placeOf(p.y, part, row, column);
      columnTile[33u * at.y + at.x] = columns[part];
    }
    workgroupBarrier();
    // The next are on their way while these are used.
    if (base + 32u < n) {
      rows = rowsFrom(p.x, i + quad.x, base + 32u + 4u * quad.y, n);
      columns = columnsFrom(p.y, j, base + 32u, row, column, n);
    }
    let quads = (min(32u, n - base) + 3u) / 4u;
    for (var q = 0u; q < quads; q++) {
      let c = 132u * q + column;
      let b = vec4f(columnTile[c], columnTile[c + 33u], columnTile[c + 66u], columnTile[c + 99u]);
      let r = 9u * row + q;
      sum += vec4f(dot(rowTile[r], b), dot(rowTile[r + 72u], b), dot(rowTile[r + 144u], b), dot(rowTile[r + 216u], b));
    }
    workgroupBarrier();
  }
  return sum;
}
fn rowOf(thread: u32, part: u32) -> u32 { return thread / 32u + 8u * part; }

// Q_Lᵀ X, Q_L X, X Q_R and X Q_Rᵀ; where a side has no basis, X.
fn leftTransposed(a: Matrix, x: u32) -> Product {
  if (a.left == 0u) { return Product(linesOf(x, a.stride, a.rows), linesOf(x, 1u, a.columns), 0u); }
  return Product(linesOf(a.leftBasis, padded(a.left), a.left), columnsOf(x, a.stride, a.columns), a.left);
}
fn leftProduct(a: Matrix, x: u32) -> Product {
  if (a.left == 0u) { return leftTransposed(a, x); }
  return Product(columnsOf(a.leftBasis, padded(a.left), a.left), columnsOf(x, a.stride, a.columns), a.left);
}
fn rightProduct(a: Matrix, x: Factor) -> Product {
  return Product(x, linesOf(a.rightBasis, padded(a.right), a.columns), a.right);
}
fn rightTransposed(a: Matrix, x: u32) -> Product {
  return Product(linesOf(x, a.stride, a.rows), columnsOf(a.rightBasis, padded(a.right), a.columns), a.right);
}

// A tile into a matrix of the state whose rows are stride apart.
fn store(start: u32, stride: u32, rows: u32, columns: u32, i: u32, j: u32, tile: vec4f, thread: u32) {
  let column = j + thread % 32u;
  for (var part = 0u; part < 4u; part++) {
    let row = i + rowOf(thread, part);
    if (row < rows && column < columns) { state[start + row * stride + column] = tile[part]; }
  }
}
fn storeLike(a: Matrix, start: u32, i: u32, j: u32, tile: vec4f, thread: u32) {
  store(start, a.stride, a.rows, a.columns, i, j, tile, thread);
}
`;

const STAGES = /* wgsl */ `
// What a stage multiplies.
fn productOf(a: Matrix, stage: u32) -> Product {
  let rows = linesOf(a.g, a.columns, a.rows);
  let columns = columnsOf(a.g, a.columns, a.columns);
  switch stage {
    case 0u: { return rightProduct(a, rows); }
    case 1u: { return leftTransposed(a, a.h); }
    case 2u: { return leftProduct(a, a.u); }
    case 3u: { return Product(rows, rows, a.columns); }
    case 4u: { return Product(columns, columns, a.rows); }
    case 5u: { return rightTransposed(a, a.h); }
    case 6u, 7u: {
      let side = sideOf(a, stage);
      return Product(linesOf(side.basis, padded(side.n), side.n), linesOf(side.gram, padded(side.n), side.n), side.n);
    }
    case 8u: { return leftProduct(a, a.first); }
    case 9u: { return rightTransposed(a, a.u); }
    case 10u: { return rightProduct(a, linesOf(a.h, a.stride, a.rows)); }
    default: { return leftTransposed(a, a.u); }
  }
}
// … and what it does with a tile of that.
fn finish(a: Matrix, stage: u32, i: u32, j: u32, product: vec4f, trace: f32, thread: u32) {
  var tile = product;
  if (stage == 1u || (stage == 0u && a.left == 0u)) { tile = adamTile(a, i, j, product, thread); }
  switch stage {
    case 0u, 2u, 9u: { storeLike(a, a.h, i, j, tile, thread); }
    case 1u, 8u, 10u: { storeLike(a, a.u, i, j, tile, thread); }
    case 11u: { storeLike(a, a.first, i, j, tile, thread); }
    case 5u: { changeParameters(a, i, j, tile, thread); }
    case 3u, 4u: { mixGram(sideOf(a, stage), i, j, tile, thread); }
    default: { damp(sideOf(a, stage), i, j, tile, trace, thread); }
  }
}

// Entry by entry of a tile of the rotated gradient.
fn adamTile(a: Matrix, i: u32, j: u32, gradient: vec4f, thread: u32) -> vec4f {
  var change = vec4f();
  let column = j + thread % 32u;
  for (var part = 0u; part < 4u; part++) {
    let row = i + rowOf(thread, part);
    if (row < a.rows && column < a.columns) {
      let at = row * a.stride + column;
      change[part] = adam(a.first + at, a.second + at, gradient[part]);
    }
  }
  return change;
}

// Gram matrix ← β Gram matrix + (1 − β) times that of this gradient, which alone counts in the first step.
fn mixGram(side: Side, i: u32, j: u32, tile: vec4f, thread: u32) {
  let size = side.n;
  let column = j + thread % 32u;
  for (var part = 0u; part < 4u; part++) {
    let row = i + rowOf(thread, part);
    if (row < size && column < size) {
      let at = side.gram + row * padded(size) + column;
      let mixed = update.beta2 * state[at] + (1.0 - update.beta2) * tile[part];
      state[at] = select(mixed, tile[part], update.step == 0u);
    }
  }
}

fn changeParameters(a: Matrix, i: u32, j: u32, tile: vec4f, thread: u32) {
  let column = j + thread % 32u;
  for (var part = 0u; part < 4u; part++) {
    let row = i + rowOf(thread, part);
    if (row < a.rows && column < a.columns) {
      let at = a.offset + row * a.columns + column;
      parameters[at] = update.shrink * parameters[at] - tile[part];
    }
  }
}

var<workgroup> traces: array<f32, ${THREADS}>;
fn traceOf(gram: u32, n: u32, thread: u32) -> f32 {
  var sum = 0.0;
  for (var i = thread; i < n; i += ${THREADS}u) { sum += state[gram + i * (padded(n) + 1u)]; }
  traces[thread] = sum;
  for (var half = ${THREADS / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (thread < half) { traces[thread] += traces[thread + half]; }
  }
  workgroupBarrier();
  return traces[0];
}

// A side of a matrix.
struct Side { n: u32, gram: u32, basis: u32, room: u32 }
fn sideOf(a: Matrix, stage: u32) -> Side {
  if (stage == 3u || stage == 6u) { return Side(a.left, a.leftGram, a.leftBasis, a.leftRoom); }
  return Side(a.right, a.rightGram, a.rightBasis, a.rightRoom);
}

// δ, relative to the mean eigenvalue, as in the optimizer's description.
const DAMPING = 1e-3;
// Of a tile of (Gram Q)ᵀ that of ((Gram / trace + δ / n) Q)ᵀ, which is to be orthonormalized; behind its room the trace.
fn damp(side: Side, i: u32, j: u32, product: vec4f, trace: f32, thread: u32) {
  let stride = padded(side.n);
  let own = linesOf(side.basis, stride, side.n);
  var tile = product * select(1.0 / trace, 0.0, trace == 0.0);
  for (var part = 0u; part < 4u; part++) {
    tile[part] += DAMPING / f32(side.n) * entryOf(own, i + rowOf(thread, part), j + thread % 32u, side.n);
  }
  store(side.room, stride, side.n, side.n, i, j, tile, thread);
  if (i == 0u && j == 0u && thread == 0u) { state[side.room + (2u * side.n + 1u) * stride] = trace; }
}
fn isPower(stage: u32) -> bool { return stage == 6u || stage == 7u; }
// At step 0 only Gram matrices and bases begin.
fn waits(stage: u32) -> bool { return update.step == 0u && (stage < 3u || stage == 5u); }
fn settle() { storageBarrier(); workgroupBarrier(); }
`;

export const SOAP_ENTRIES = ['gradient', 'tasks'] as const;

/** A dispatch for the gradient and for every list of tasks. Products are called once, as compilers repeat them wherever they are. */
export const SOAP_MODULE = /* wgsl */ `
${updateBindings('f32')}
${gradientCode(ELEMENTWISE_THREADS)}
${ADAM}
${MATRIX}
${PRODUCT}
${STAGES}
@compute @workgroup_size(${ELEMENTWISE_THREADS})
fn gradient(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let number = numberOf(workgroup);
  if (number == 0u) { recordLoss(number, thread, batchLoss(thread), state[update.stopped] != 0.0); }
  let e = number * ${ELEMENTWISE_THREADS}u + thread;
  if (e < update.parameters) { state[matrices[0] + e] = gradientOf(e); }
}

@compute @workgroup_size(${THREADS})
fn tasks(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let number = numberOf(workgroup);
  // Where the tasks of every step begin, and how many there are.
  let start = matrices[2u + 2u * part.x];
  let always = matrices[3u + 2u * part.x];
  let due = update.due[part.x];
  if (number >= always + due.y) { return; }
  if (thread == 0u) { stops = state[update.stopped] != 0.0; }
  if (workgroupUniformLoad(&stops)) { return; }
  let task = taskAt(select(start + ${TASK_WORDS}u * number, due.x + ${TASK_WORDS}u * (number - always), number >= always));
  if (waits(task.stage)) { return; }
  let a = matrixAt(task.matrix);
  // A strip is all rows that a left basis mixes, and the stages that do: they need no other columns.
  let isStrip = task.stage == ${STAGE.rotate}u || task.stage == ${STAGE.turn}u;
  let bottom = select(task.i + 32u, a.rows, isStrip && a.left > 0u);
  var end = task.stage + 1u;
  if (task.stage == ${STAGE.rotate}u && a.left > 0u) { end = ${STAGE.leftGram}u; }
  if (task.stage == ${STAGE.turn}u) { end = ${STAGE.end}u; }
  var trace = 0.0;
  if (isPower(task.stage)) {
    let side = sideOf(a, task.stage);
    trace = traceOf(side.gram, side.n, thread);
  }
  for (var stage = task.stage; stage < end; stage++) {
    for (var i = task.i; i < bottom; i += 32u) {
      finish(a, stage, i, task.j, tileOf(productOf(a, stage), i, task.j, thread), trace, thread);
    }
    settle();
  }
}
`;
