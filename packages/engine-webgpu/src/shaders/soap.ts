/**
 * SOAP but for its QR factorizations: matrix products, tile by tile. A dispatch goes through a list of tasks, and a workgroup
 * does one of them; first the tasks that are due in every step, then those of the matrices that turn their bases.
 *
 * | dispatch     | every step                                     | for matrices that are due                        |
 * | ------------ | ---------------------------------------------- | ------------------------------------------------ |
 * | `gradient`   | G, the sum of its parts; the loss              |                                                  |
 * | `rotate`     | Gram matrices; H = Q_L Adam(Q_Lᵀ G Q_R)        |                                                  |
 * | `change`     | W ← shrink W − H Q_Rᵀ                          | (Gram / trace + δ / n) Q; U = Q_L M              |
 * | `leave`      |                                                | H = U Q_Rᵀ: the first moment out of its bases    |
 * | `factor`     |                                                | reflections of the QR factorization              |
 * | `accumulate` |                                                | the bases Qᵀ from them                           |
 * | `turn`       |                                                | M ← Q_Lᵀ H Q_R: the first moment in the new ones |
 */
import { ADAM, ELEMENTWISE_THREADS, GRADIENT, updateBindings } from './update.js';

/** Rows and columns of a tile. */
export const TILE = 32;
/** Each owns four entries of a tile: one column, every eighth row. */
const THREADS = 256;

/** Words of a matrix in the order of the struct below, and of a task. */
export const MATRIX_WORDS = 20;
export const TASK_WORDS = 4;

/** No tasks in every step. */
const NEVER = { start: '0u', count: '0u' };

/** What is to be done, of tasks that a dispatch has several kinds of. */
export const TASK = { strip: 0, left: 1, right: 2 } as const;

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

struct Task { matrix: u32, kind: u32, i: u32, j: u32 }
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
  let ofLines = p.y.along == 1u;
  let n = p.n;
  for (var base = 0u; base < n; base += 32u) {
    let k = base + 4u * quad.y;
    let line = i + quad.x;
    rowTile[9u * quad.x + quad.y] = vec4f(
      entryOf(p.x, line, k, n), entryOf(p.x, line, k + 1u, n), entryOf(p.x, line, k + 2u, n), entryOf(p.x, line, k + 3u, n));
    for (var part = 0u; part < 32u; part += 8u) {
      let at = select(vec2u(column, row + part), vec2u(row + part, column), ofLines);
      columnTile[33u * at.y + at.x] = entryOf(p.y, j + at.x, base + at.y, n);
    }
    workgroupBarrier();
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
fn rightTransposed(a: Matrix, x: Factor) -> Product {
  return Product(x, columnsOf(a.rightBasis, padded(a.right), a.columns), a.right);
}
fn matrixLines(a: Matrix, x: u32) -> Factor { return linesOf(x, a.stride, a.rows); }

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

const TASKS = /* wgsl */ `
// Rows of a strip: all that a left basis mixes, or a tile's.
fn stripEnd(a: Matrix, i: u32) -> u32 { return select(i + 32u, a.rows, a.left > 0u); }

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
fn mixGram(gram: u32, size: u32, i: u32, j: u32, tile: vec4f, thread: u32) {
  let column = j + thread % 32u;
  for (var part = 0u; part < 4u; part++) {
    let row = i + rowOf(thread, part);
    if (row < size && column < size) {
      let at = gram + row * padded(size) + column;
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
fn sideOf(a: Matrix, kind: u32) -> Side {
  if (kind == ${TASK.left}u) { return Side(a.left, a.leftGram, a.leftBasis, a.leftRoom); }
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
`;

export const SOAP_ENTRIES = ['gradient', 'rotate', 'change', 'leave', 'turn'] as const;

/** A module's entry points have one product each, as compilers repeat it wherever it is called. */
export const SOAP_MODULE = /* wgsl */ `
${updateBindings('f32')}
${GRADIENT}
${ADAM}
${MATRIX}
${PRODUCT}
${TASKS}
@compute @workgroup_size(${ELEMENTWISE_THREADS})
fn gradient(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let number = numberOf(workgroup);
  if (number == 0u) { recordLoss(number, thread, batchLoss(thread), state[update.stopped] != 0.0); }
  let e = number * ${ELEMENTWISE_THREADS}u + thread;
  if (e < update.parameters) { state[matrices[4] + e] = gradientOf(e); }
}

// Stages of a strip: H = G Q_R, U = Adam(Q_Lᵀ H), H = Q_L U; where there is no left basis, H = Adam(G Q_R). Stages 3 and 4
// are Gram matrices.
fn rotation(a: Matrix, stage: u32) -> Product {
  let rows = linesOf(a.g, a.columns, a.rows);
  let columns = columnsOf(a.g, a.columns, a.columns);
  switch stage {
    case 0u: { return rightProduct(a, rows); }
    case 1u: { return leftTransposed(a, a.h); }
    case 2u: { return leftProduct(a, a.u); }
    case 3u: { return Product(rows, rows, a.columns); }
    default: { return Product(columns, columns, a.rows); }
  }
}
${entry(
  'rotate',
  { start: 'matrices[0]', count: 'matrices[1]' },
  'vec2u()',
  /* wgsl */ `
  let isStrip = task.kind == ${TASK.strip}u;
  if (isStrip && update.step == 0u) { return; }
  let first = select(task.kind + 2u, 0u, isStrip);
  let end = select(first + 1u, 3u, isStrip && a.left > 0u);
  let bottom = select(task.i + 32u, stripEnd(a, task.i), isStrip);
  for (var stage = first; stage < end; stage++) {
    for (var i = task.i; i < bottom; i += 32u) {
      var tile = tileOf(rotation(a, stage), i, task.j, thread);
      if (isStrip) {
        if (stage == 1u || a.left == 0u) { tile = adamTile(a, i, task.j, tile, thread); }
        storeLike(a, select(a.h, a.u, stage == 1u), i, task.j, tile, thread);
      } else {
        let side = sideOf(a, task.kind);
        mixGram(side.gram, side.n, i, task.j, tile, thread);
      }
    }
    storageBarrier();
    workgroupBarrier();
  }`,
)}

fn changing(a: Matrix, kind: u32, isDue: bool) -> Product {
  if (kind != ${TASK.strip}u) {
    let side = sideOf(a, kind);
    return Product(linesOf(side.basis, padded(side.n), side.n), linesOf(side.gram, padded(side.n), side.n), side.n);
  }
  if (isDue) { return leftProduct(a, a.first); }
  return rightTransposed(a, matrixLines(a, a.h));
}
${entry(
  'change',
  { start: 'matrices[2]', count: 'matrices[3]' },
  'update.change',
  /* wgsl */ `
  if (!isDue && update.step == 0u) { return; }
  let isSquare = task.kind != ${TASK.strip}u;
  let side = sideOf(a, task.kind);
  var trace = 0.0;
  if (isSquare) { trace = traceOf(side.gram, side.n, thread); }
  let tile = tileOf(changing(a, task.kind, isDue), task.i, task.j, thread);
  if (isSquare) { damp(side, task.i, task.j, tile, trace, thread); }
  else if (isDue) { storeLike(a, a.u, task.i, task.j, tile, thread); }
  else { changeParameters(a, task.i, task.j, tile, thread); }`,
)}
${entry(
  'leave',
  NEVER,
  'update.leave',
  'storeLike(a, a.h, task.i, task.j, tileOf(rightTransposed(a, matrixLines(a, a.u)), task.i, task.j, thread), thread);',
)}

// Stages of a strip: U = H Q_R, M = Q_Lᵀ U.
fn turning(a: Matrix, stage: u32) -> Product {
  if (stage == 0u) { return rightProduct(a, matrixLines(a, a.h)); }
  return leftTransposed(a, a.u);
}
${entry(
  'turn',
  NEVER,
  'update.turn',
  /* wgsl */ `
  for (var stage = 0u; stage < 2u; stage++) {
    for (var i = task.i; i < stripEnd(a, task.i); i += 32u) {
      storeLike(a, select(a.u, a.first, stage == 1u), i, task.j, tileOf(turning(a, stage), i, task.j, thread), thread);
    }
    storageBarrier();
    workgroupBarrier();
  }`,
)}
`;

/** @param always - Where the tasks of every step begin, and how many there are. @param due - The same of those that are due. */
function entry(name: string, always: { start: string; count: string }, due: string, body: string): string {
  return /* wgsl */ `
@compute @workgroup_size(${THREADS})
fn ${name}(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let number = numberOf(workgroup);
  let always = ${always.count};
  let due: vec2u = ${due};
  let isDue = number >= always;
  if (number >= always + due.y) { return; }
  if (thread == 0u) { stops = state[update.stopped] != 0.0; }
  if (workgroupUniformLoad(&stops)) { return; }
  let task = taskAt(select(${always.start}, due.x, isDue) + ${TASK_WORDS}u * (number - select(0u, always, isDue)));
  let a = matrixAt(task.matrix);
  ${body}
}`;
}
