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

// Σ_k x(i, k) y(j, k) over n numbers, of the four entries of the tile from line i of x and line j of y that are a thread's.
fn product(x: Factor, y: Factor, n: u32, i: u32, j: u32, thread: u32) -> vec4f {
  let column = thread % 32u;
  let row = thread / 32u;
  // Threads next to each other read what is next to each other.
  let quad = select(vec2u(column, row), vec2u(thread / 8u, thread % 8u), x.along == 1u);
  let ofLines = y.along == 1u;
  var sum = vec4f();
  for (var base = 0u; base < n; base += 32u) {
    let k = base + 4u * quad.y;
    let line = i + quad.x;
    rowTile[9u * quad.x + quad.y] = vec4f(
      entryOf(x, line, k, n), entryOf(x, line, k + 1u, n), entryOf(x, line, k + 2u, n), entryOf(x, line, k + 3u, n));
    for (var part = 0u; part < 32u; part += 8u) {
      let at = select(vec2u(column, row + part), vec2u(row + part, column), ofLines);
      columnTile[33u * at.y + at.x] = entryOf(y, j + at.x, base + at.y, n);
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
fn settle() { storageBarrier(); workgroupBarrier(); }

fn rowOf(thread: u32, part: u32) -> u32 { return thread / 32u + 8u * part; }

// Tiles of Q_Lᵀ X, Q_L X, X Q_R and X Q_Rᵀ; where a side has no basis, of X.
fn tileOf(a: Matrix, x: Factor, i: u32, j: u32, thread: u32) -> vec4f {
  var tile = vec4f();
  let column = j + thread % 32u;
  for (var part = 0u; part < 4u; part++) { tile[part] = entryOf(x, i + rowOf(thread, part), column, a.columns); }
  return tile;
}
fn leftTransposed(a: Matrix, x: u32, i: u32, j: u32, thread: u32) -> vec4f {
  if (a.left == 0u) { return tileOf(a, linesOf(x, a.stride, a.rows), i, j, thread); }
  let basis = linesOf(a.leftBasis, padded(a.left), a.left);
  return product(basis, columnsOf(x, a.stride, a.columns), a.left, i, j, thread);
}
fn leftProduct(a: Matrix, x: u32, i: u32, j: u32, thread: u32) -> vec4f {
  if (a.left == 0u) { return tileOf(a, linesOf(x, a.stride, a.rows), i, j, thread); }
  let basis = columnsOf(a.leftBasis, padded(a.left), a.left);
  return product(basis, columnsOf(x, a.stride, a.columns), a.left, i, j, thread);
}
fn rightProduct(a: Matrix, x: Factor, i: u32, j: u32, thread: u32) -> vec4f {
  if (a.right == 0u) { return tileOf(a, x, i, j, thread); }
  return product(x, linesOf(a.rightBasis, padded(a.right), a.right), a.right, i, j, thread);
}
fn rightTransposed(a: Matrix, x: u32, i: u32, j: u32, thread: u32) -> vec4f {
  let lines = linesOf(x, a.stride, a.rows);
  if (a.right == 0u) { return tileOf(a, lines, i, j, thread); }
  return product(lines, columnsOf(a.rightBasis, padded(a.right), a.right), a.right, i, j, thread);
}

// A tile into a matrix of the state whose rows are stride apart.
fn store(to: u32, stride: u32, rows: u32, columns: u32, i: u32, j: u32, tile: vec4f, thread: u32) {
  let column = j + thread % 32u;
  for (var part = 0u; part < 4u; part++) {
    let row = i + rowOf(thread, part);
    if (row < rows && column < columns) { state[to + row * stride + column] = tile[part]; }
  }
}
fn storeLike(a: Matrix, to: u32, i: u32, j: u32, tile: vec4f, thread: u32) {
  store(to, a.stride, a.rows, a.columns, i, j, tile, thread);
}
`;

const TASKS = /* wgsl */ `
// Rows of a strip: all that a left basis mixes, or a tile's.
fn stripEnd(a: Matrix, i: u32) -> u32 { return select(i + 32u, a.rows, a.left > 0u); }

// Of 32 columns from j on H = Q_L Adam(Q_Lᵀ G Q_R), which moves the moments.
fn rotateStrip(a: Matrix, top: u32, j: u32, thread: u32) {
  let g = linesOf(a.g, a.columns, a.rows);
  let end = stripEnd(a, top);
  for (var i = top; i < end; i += 32u) {
    let tile = rightProduct(a, g, i, j, thread);
    if (a.left == 0u) { storeLike(a, a.h, i, j, adamTile(a, i, j, tile, thread), thread); }
    else { storeLike(a, a.h, i, j, tile, thread); }
  }
  if (a.left == 0u) { return; }
  settle();
  for (var i = top; i < end; i += 32u) {
    let tile = leftTransposed(a, a.h, i, j, thread);
    storeLike(a, a.u, i, j, adamTile(a, i, j, tile, thread), thread);
  }
  settle();
  for (var i = top; i < end; i += 32u) { storeLike(a, a.h, i, j, leftProduct(a, a.u, i, j, thread), thread); }
}
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
fn mixGram(gram: u32, lines: Factor, n: u32, i: u32, j: u32, thread: u32) {
  let size = lines.lines;
  let tile = product(lines, lines, n, i, j, thread);
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

fn changeTile(a: Matrix, i: u32, j: u32, thread: u32) {
  let tile = rightTransposed(a, a.h, i, j, thread);
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

// δ, relative to the mean eigenvalue, as in the optimizer's description.
const DAMPING = 1e-3;
// A tile of the transpose of (Gram / trace + δ / n) Q, which is to be orthonormalized, and the trace behind the room's scales.
fn powerTile(n: u32, gram: u32, basis: u32, room: u32, i: u32, j: u32, thread: u32) {
  let trace = traceOf(gram, n, thread);
  let stride = padded(n);
  let own = linesOf(basis, stride, n);
  var tile = product(own, linesOf(gram, stride, n), n, i, j, thread) * select(1.0 / trace, 0.0, trace == 0.0);
  for (var part = 0u; part < 4u; part++) {
    tile[part] += DAMPING / f32(n) * entryOf(own, i + rowOf(thread, part), j + thread % 32u, n);
  }
  store(room, stride, n, n, i, j, tile, thread);
  if (i == 0u && j == 0u && thread == 0u) { state[room + (2u * n + 1u) * stride] = trace; }
}

// Of 32 columns from j on M = Q_Lᵀ H Q_R.
fn turnStrip(a: Matrix, top: u32, j: u32, thread: u32) {
  let h = linesOf(a.h, a.stride, a.rows);
  let end = stripEnd(a, top);
  let to = select(a.u, a.first, a.left == 0u);
  for (var i = top; i < end; i += 32u) { storeLike(a, to, i, j, rightProduct(a, h, i, j, thread), thread); }
  if (a.left == 0u) { return; }
  settle();
  for (var i = top; i < end; i += 32u) { storeLike(a, a.first, i, j, leftTransposed(a, a.u, i, j, thread), thread); }
}
`;

export const SOAP_ENTRIES = ['gradient', 'rotate', 'change', 'leave', 'turn'] as const;

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
${entry(
  'rotate',
  'matrices[1]',
  'vec2u()',
  /* wgsl */ `
  switch task.kind {
    case ${TASK.strip}u: { if (update.step > 0u) { rotateStrip(a, task.i, task.j, thread); } }
    case ${TASK.left}u: { mixGram(a.leftGram, linesOf(a.g, a.columns, a.rows), a.columns, task.i, task.j, thread); }
    default: { mixGram(a.rightGram, columnsOf(a.g, a.columns, a.columns), a.rows, task.i, task.j, thread); }
  }`,
)}
${entry(
  'change',
  'matrices[3]',
  'update.change',
  /* wgsl */ `
  switch task.kind {
    case ${TASK.strip}u: {
      if (isDue) { storeLike(a, a.u, task.i, task.j, leftProduct(a, a.first, task.i, task.j, thread), thread); }
      else if (update.step > 0u) { changeTile(a, task.i, task.j, thread); }
    }
    case ${TASK.left}u: { powerTile(a.left, a.leftGram, a.leftBasis, a.leftRoom, task.i, task.j, thread); }
    default: { powerTile(a.right, a.rightGram, a.rightBasis, a.rightRoom, task.i, task.j, thread); }
  }`,
)}
${entry('leave', '0u', 'update.leave', 'storeLike(a, a.h, task.i, task.j, rightTransposed(a, a.u, task.i, task.j, thread), thread);')}
${entry('turn', '0u', 'update.turn', 'turnStrip(a, task.i, task.j, thread);')}
`;

/** @param always - How many tasks there are in every step; where they begin is in the word before. @param due - Start and number of the others. */
function entry(name: string, always: string, due: string, body: string): string {
  const start = always === '0u' ? '0u' : always.replace(/\d/, (word) => String(Number(word) - 1));
  return /* wgsl */ `
@compute @workgroup_size(${THREADS})
fn ${name}(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let number = numberOf(workgroup);
  let always = ${always};
  let due: vec2u = ${due};
  let isDue = number >= always;
  if (number >= always + due.y) { return; }
  if (thread == 0u) { stops = state[update.stopped] != 0.0; }
  if (workgroupUniformLoad(&stops)) { return; }
  let task = taskAt(select(${start}, due.x, isDue) + ${TASK_WORDS}u * (number - select(0u, always, isDue)));
  let a = matrixAt(task.matrix);
  ${body}
}`;
}
