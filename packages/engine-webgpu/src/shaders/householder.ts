/**
 * QR factorizations by Householder reflections (Golub and Van Loan, Matrix computations, §5.2), a workgroup each, as many side
 * by side as there are. The matrix stays in the registers of its workgroup, and what all threads need of it
 * goes through workgroup memory: two barriers a reflection. For this the loops over a thread's numbers are written out, so that the code
 * is generated for the largest side that it is for.
 */
import { updateBindings } from './update.js';

/** How a factorization is laid out on threads: each has every `threads`-th quad of rows of one column, `quads` of them. */
export interface FactorShape {
  /** Largest side. */
  readonly side: number;
  /** Threads of a column. */
  readonly threads: number;
  readonly quads: number;
}

/** Largest side whose columns stay in registers. */
export const LARGEST_IN_REGISTERS = 256;

/** Registers of what holds a workgroup, and those that a thread needs besides its numbers. */
const REGISTERS = 65536;
const OTHER_REGISTERS = 18;
const MOST_THREADS_PER_COLUMN = 8;

/**
 * The shape for matrices of at most `side` on a device whose workgroups have so many threads, if columns of that length stay in
 * registers.
 */
export function factorShape(side: number, mostThreads: number): FactorShape | undefined {
  if (side > Math.min(LARGEST_IN_REGISTERS, mostThreads)) return undefined;
  const quadsOf = (threads: number) => Math.ceil(side / 4 / threads);
  for (let threads = MOST_THREADS_PER_COLUMN; threads > 1; threads--) {
    const all = 32 * Math.ceil((threads * side) / 32);
    const room = Math.floor(REGISTERS / all / 8) * 8;
    const isWanted = threads <= Math.ceil(side / 4) && threads * side <= mostThreads;
    if (isWanted && 4 * quadsOf(threads) + OTHER_REGISTERS <= room) return { side, threads, quads: quadsOf(threads) };
  }
  return { side, threads: 1, quads: quadsOf(1) };
}

const times = (count: number, line: (m: number) => string) =>
  Array.from({ length: count }, (_, m) => line(m)).join('\n');

const TASK = /* wgsl */ `
// A square of n × n: where the state has, in quads, its basis Qᵀ, and the room with the transposes of what is factored and of
// the reflections v, the numbers 2/‖v‖², and the trace of the Gram matrix. Rows are stride quads apart.
struct Square { n: u32, basis: u32, room: u32, slab: u32, stride: u32, reflections: u32, scales: u32, trace: u32 }
fn squareAt(at: u32) -> Square {
  let n = matrices[at];
  let room = matrices[at + 2u] / 4u;
  let stride = (n + 3u) / 4u;
  return Square(
    n, matrices[at + 1u] / 4u, room, matrices[at + 3u], stride, room + n * stride, room + 2u * n * stride,
    room + (2u * n + 1u) * stride);
}
`;

/** Masks of a quad of rows. */
const FROM_ROW = /* wgsl */ `
// Ones from row k on, and at row k.
fn fromRow(k: u32, quad: u32) -> vec4f {
  return select(vec4f(), vec4f(1.0), vec4u(4u * quad) + vec4u(0u, 1u, 2u, 3u) >= vec4u(k));
}
fn atRow(k: u32, quad: u32) -> vec4f {
  return select(vec4f(), vec4f(1.0), vec4u(4u * quad) + vec4u(0u, 1u, 2u, 3u) == vec4u(k));
}
`;

/** Entry `factor`: the reflections of the matrices that are due. */
export function factorModule({ side, threads, quads }: FactorShape): string {
  const all = threads * side;
  const rows = 4 * threads;
  const lines = threads * quads;
  return /* wgsl */ `
${updateBindings('vec4f')}
${TASK}
${FROM_ROW}
// The column to reflect by: of two, as the next is written while this one is read.
var<workgroup> columns: array<vec4f, ${2 * lines}>;
// Parts of each column's product with it, and what each has in row k.
var<workgroup> sums: array<f32, ${all}>;
var<workgroup> heads: array<f32, ${side}>;
// Below this the square of a column's norm is nothing to divide by.
const NEGLIGIBLE = 1e-30;

@compute @workgroup_size(${all})
fn factor(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let number = numberOf(workgroup);
  if (number >= update.factor.y) { return; }
  if (thread == 0u) { stops = state[update.stopped / 4u].x != 0.0; }
  if (workgroupUniformLoad(&stops)) { return; }
  let a = squareAt(update.factor.x + 4u * number);
  let j = thread / ${threads}u;
  let t = thread % ${threads}u;
  ${times(quads, (m) => `var a${m} = vec4f();`)}
  if (j < a.n) {
    let column = a.room + j * a.stride;
    ${times(quads, (m) => `if (${threads * m}u + t < a.stride) { a${m} = state[column + ${threads * m}u + t]; }`)}
  }
  if (j == 0u) { ${times(quads, (m) => `columns[${threads * m}u + t] = a${m};`)} }
  workgroupBarrier();
  for (var k = 0u; k < a.n; k++) {
    let own = ${lines}u * (k % 2u);
    let next = ${lines}u - own;
    let c = own + t;
    // What has row k; every column's product with the k-th, from row k on.
    let quad = k / 4u;
    if (j >= k && j < a.n) {
      var sum = vec4f();
      ${times(quads, (m) => `if (k < ${rows * (m + 1)}u) { sum += columns[c + ${threads * m}u] * a${m}; }`)}
      sums[thread] = (sum.x + sum.y) + (sum.z + sum.w);
      if (t == quad % ${threads}u) {
        var head = vec4f();
        ${times(quads, (m) => `${m ? 'else ' : ''}if (quad / ${threads}u == ${m}u) { head = a${m}; }`)}
        heads[j] = dot(select(vec4f(), head, atRow(k, quad) > vec4f()), vec4f(1.0));
      }
    }
    workgroupBarrier();
    var square = 0.0;
    ${times(threads, (p) => `square += sums[${threads}u * k + ${p}u];`)}
    let diagonal = heads[k];
    // v = a_k − norm e_k
    let norm = select(sqrt(square), -sqrt(square), diagonal > 0.0);
    var scale = 0.0;
    if (square > NEGLIGIBLE) { scale = 1.0 / (square - diagonal * norm); }
    if (j > k && j < a.n) {
      var sum = 0.0;
      ${times(threads, (p) => `sum += sums[${threads}u * j + ${p}u];`)}
      let factor = scale * (sum - norm * heads[j]);
      // Row k would need v's own entry there, but is never looked at again.
      ${times(quads, (m) => `if (k < ${rows * (m + 1)}u) { a${m} -= factor * columns[c + ${threads * m}u]; }`)}
      if (j == k + 1u) {
        ${times(quads, (m) => `columns[next + ${threads * m}u + t] = a${m} * fromRow(k + 1u, ${threads * m}u + t);`)}
      }
    }
    if (thread < a.stride) {
      state[a.reflections + k * a.stride + thread] = columns[own + thread] - select(0.0, norm, scale > 0.0) * atRow(k, thread);
    }
    if (thread == 0u) { state[a.scales + k / 4u][k % 4u] = scale; }
    workgroupBarrier();
  }
}
`;
}

/** Threads of a workgroup of {@link ANY_FACTOR_MODULE}, and how many of them share a column. */
const ANY_THREADS = 256;
const ANY_SHARE = 8;

/** Entry `factor` for sides of any length: the matrix stays in the state, 32 of its columns are reflected at a time. */
export const ANY_FACTOR_MODULE = /* wgsl */ `
${updateBindings('vec4f')}
${TASK}
${FROM_ROW}
var<workgroup> sums: array<f32, ${2 * ANY_THREADS}>;
const NEGLIGIBLE = 1e-30;

@compute @workgroup_size(${ANY_THREADS})
fn factor(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let number = numberOf(workgroup);
  if (number >= update.factor.y) { return; }
  if (thread == 0u) { stops = state[update.stopped / 4u].x != 0.0; }
  if (workgroupUniformLoad(&stops)) { return; }
  let a = squareAt(update.factor.x + 4u * number);
  let c = thread / ${ANY_SHARE}u;
  let t = thread % ${ANY_SHARE}u;
  for (var k = 0u; k < a.n; k++) {
    let column = a.room + k * a.stride;
    let v = a.reflections + k * a.stride;
    var squares = 0.0;
    for (var q = thread; q < a.stride; q += ${ANY_THREADS}u) {
      let x = state[column + q] * fromRow(k, q);
      squares += dot(x, x);
    }
    sums[thread] = squares;
    for (var half = ${ANY_THREADS / 2}u; half > 0u; half /= 2u) {
      workgroupBarrier();
      if (thread < half) { sums[thread] += sums[thread + half]; }
    }
    workgroupBarrier();
    let square = sums[0];
    let diagonal = dot(state[column + k / 4u] * atRow(k, k / 4u), vec4f(1.0));
    let norm = select(sqrt(square), -sqrt(square), diagonal > 0.0);
    var scale = 0.0;
    if (square > NEGLIGIBLE) { scale = 1.0 / (square - diagonal * norm); }
    for (var q = thread; q < a.stride; q += ${ANY_THREADS}u) {
      state[v + q] = state[column + q] * fromRow(k, q) - select(0.0, norm, scale > 0.0) * atRow(k, q);
    }
    if (thread == 0u) { state[a.scales + k / 4u][k % 4u] = scale; }
    storageBarrier();
    workgroupBarrier();
    var round = 0u;
    for (var first = k + 1u; first < a.n; first += ${ANY_THREADS / ANY_SHARE}u) {
      let j = first + c;
      let x = a.room + j * a.stride;
      let own = ${ANY_THREADS}u * round;
      round = 1u - round;
      var part = vec4f();
      if (j < a.n) {
        for (var q = k / 4u + t; q < a.stride; q += ${ANY_SHARE}u) { part += state[v + q] * state[x + q]; }
      }
      sums[own + thread] = (part.x + part.y) + (part.z + part.w);
      workgroupBarrier();
      var sum = 0.0;
      for (var p = 0u; p < ${ANY_SHARE}u; p++) { sum += sums[own + ${ANY_SHARE}u * c + p]; }
      if (j < a.n) {
        for (var q = k / 4u + t; q < a.stride; q += ${ANY_SHARE}u) { state[x + q] -= scale * sum * state[v + q]; }
      }
    }
    storageBarrier();
    workgroupBarrier();
  }
}
`;

/** Columns of Q that a workgroup makes, and threads of each. */
export const SLAB = 32;
const SLAB_THREADS = 8;

/**
 * Entry `accumulate`: Q, the product of the reflections. Column j is what they make of unit vector j, from the last to the
 * first; those after the j-th do not touch it. Where no gradient has come yet the basis stays.
 */
export function accumulateModule(side: number): string {
  const quads = Math.ceil(side / 4 / SLAB_THREADS);
  const all = SLAB * SLAB_THREADS;
  const load = (m: number, to: string) =>
    `if (${SLAB_THREADS * m}u + t < a.stride) { ${to} = state[at + ${SLAB_THREADS * m}u + t]; }`;
  return /* wgsl */ `
${updateBindings('vec4f')}
${TASK}
${FROM_ROW}
var<workgroup> sums: array<f32, ${2 * all}>;

@compute @workgroup_size(${all})
fn accumulate(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let number = numberOf(workgroup);
  if (number >= update.accumulate.y) { return; }
  let a = squareAt(update.accumulate.x + 4u * number);
  if (thread == 0u) { stops = state[update.stopped / 4u].x != 0.0 || !(state[a.trace].x > 0.0); }
  if (workgroupUniformLoad(&stops)) { return; }
  let c = thread / ${SLAB_THREADS}u;
  let t = thread % ${SLAB_THREADS}u;
  let j = ${SLAB}u * a.slab + c;
  let end = min(a.n, ${SLAB}u * (a.slab + 1u));
  ${times(quads, (m) => `var q${m} = atRow(j, ${SLAB_THREADS * m}u + t); var v${m} = vec4f(); var w${m} = vec4f();`)}
  var at = a.reflections + (end - 1u) * a.stride;
  ${times(quads, (m) => load(m, `w${m}`))}
  for (var k = end; k > 0u; k--) {
    ${times(quads, (m) => `v${m} = w${m};`)}
    // The next is on its way while this one is used.
    if (k > 1u) {
      at -= a.stride;
      ${times(quads, (m) => load(m, `w${m}`))}
    }
    let scale = state[a.scales + (k - 1u) / 4u][(k - 1u) % 4u];
    let own = ${all}u * (k % 2u);
    var part = vec4f();
    ${times(quads, (m) => `if (k <= ${4 * SLAB_THREADS * (m + 1)}u) { part += v${m} * q${m}; }`)}
    sums[own + thread] = (part.x + part.y) + (part.z + part.w);
    workgroupBarrier();
    let first = own + ${SLAB_THREADS}u * c;
    var sum = 0.0;
    ${times(SLAB_THREADS, (p) => `sum += sums[first + ${p}u];`)}
    let factor = scale * sum;
    ${times(quads, (m) => `if (k <= ${4 * SLAB_THREADS * (m + 1)}u) { q${m} -= factor * v${m}; }`)}
  }
  if (j < a.n) {
    ${times(quads, (m) => `if (${SLAB_THREADS * m}u + t < a.stride) { state[a.basis + j * a.stride + ${SLAB_THREADS * m}u + t] = q${m}; }`)}
  }
}
`;
}
