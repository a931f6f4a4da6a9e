/**
 * QR factorizations by Householder reflections (Golub and Van Loan, Matrix computations, §5.2) of many matrices side by side.
 * A workgroup has 64 columns in its registers, a few threads a column. A dispatch does a panel, which is as many columns of every
 * matrix: a workgroup first reflects its columns by the panel before, and then makes the reflections of its own columns if they are
 * the panel. What all threads need of a column goes through workgroup memory: a reflection takes one barrier where it is
 * known and two where it is made. Loops over a thread's numbers are written out, as registers have no index.
 */
import { UPDATE_BINDINGS, updateBindings } from './update.js';

/** Columns of a workgroup. */
export const SLAB = 64;

/** How columns of at most so many rows are laid out on threads: each has every `threads`-th quad of rows, `quads` of them. */
export interface ColumnShape {
  readonly threads: number;
  readonly quads: number;
}

/** Quads of a thread that leave it registers for everything else. */
const MOST_QUADS = 16;

/** Longest columns: a workgroup reads a reflection at once, a quad a thread. */
export const longestSide = (mostThreads: number) => 4 * Math.min(mostThreads, 4 * SLAB);

/** The shape for columns of `side` rows on a device whose workgroups have so many threads. */
export function columnShape(side: number, mostThreads: number): ColumnShape {
  const shapes = [4, 8, 16].map((threads) => ({ threads, quads: Math.ceil(side / 4 / threads) }));
  const possible = shapes.filter(({ threads }) => threads * SLAB <= mostThreads);
  return (
    possible.find(({ quads }) => quads <= MOST_QUADS) ?? possible.at(-1) ?? { threads: 1, quads: Math.ceil(side / 4) }
  );
}

const SQUARE = /* wgsl */ `
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

// Masks of a quad of rows: ones from row k on, and at row k.
fn rowsOf(quad: u32) -> vec4u { return vec4u(4u * quad) + vec4u(0u, 1u, 2u, 3u); }
fn fromRow(k: u32, quad: u32) -> vec4f { return select(vec4f(), vec4f(1.0), rowsOf(quad) >= vec4u(k)); }
fn atRow(k: u32, quad: u32) -> vec4f { return select(vec4f(), vec4f(1.0), rowsOf(quad) == vec4u(k)); }

fn scaleOf(a: Square, k: u32) -> f32 { return state[a.scales + k / 4u][k % 4u]; }
// A thread's quad of reflection k; nothing where there is none.
fn reflectionOf(a: Square, exists: bool, k: u32, thread: u32) -> vec4f {
  if (!exists || thread >= a.stride) { return vec4f(); }
  return state[a.reflections + k * a.stride + thread];
}
`;

export const HOUSEHOLDER_ENTRIES = ['factor', 'accumulate'] as const;

/** Entries `factor`, the reflections of a panel, and `accumulate`, Q from the reflections. */
export function householderModule({ threads, quads }: ColumnShape, slab = SLAB): string {
  const all = slab * threads;
  const lines = threads * quads;
  const ofThread = (line: (m: number) => string) => Array.from({ length: quads }, (_, m) => line(m)).join('\n');
  const ofColumn = (line: (p: number) => string) => Array.from({ length: threads }, (_, p) => line(p)).join('\n');
  /** The m-th quad of a thread, and whether any thread's m-th has rows from k on. */
  const quad = (m: number) => `${threads * m}u + t`;
  const reaches = (k: string, m: number) => `${k} < ${4 * threads * (m + 1)}u`;
  const square = (list: string) => /* wgsl */ `
  let number = numberOf(workgroup);
  if (number >= ${list}.y) { return; }
  let a = squareAt(${list}.x + 4u * number);
  let c = thread / ${threads}u;
  let t = thread % ${threads}u;
  let j = ${slab}u * a.slab + c;`;
  /** x ← x − 2/‖v‖² (v·x) v for `count` reflections, the i-th of which is `k(i)`. Two more are on their way from the state. */
  const reflect = (count: string, k: (i: string) => string) => /* wgsl */ `
  {
    let count = ${count};
    if (thread < ${lines}u) { columns[thread] = reflectionOf(a, true, ${k('0u')}, thread); }
    var next = reflectionOf(a, 1u < count, ${k('1u')}, thread);
    var later = reflectionOf(a, 2u < count, ${k('2u')}, thread);
    var scale = scaleOf(a, ${k('0u')});
    workgroupBarrier();
    for (var i = 0u; i < count; i++) {
      let k = ${k('i')};
      let v = ${lines}u * (i % 3u) + t;
      if (thread < ${lines}u) { columns[${lines}u * ((i + 1u) % 3u) + thread] = next; }
      next = later;
      later = reflectionOf(a, i + 3u < count, ${k('(i + 3u)')}, thread);
      var nextScale = 0.0;
      if (i + 1u < count) { nextScale = scaleOf(a, ${k('(i + 1u)')}); }
      var part = vec4f();
      ${ofThread((m) => `if (${reaches('k', m)}) { part += columns[v + ${threads * m}u] * x${m}; }`)}
      let first = ${all}u * (i % 2u);
      sums[first + thread] = (part.x + part.y) + (part.z + part.w);
      workgroupBarrier();
      var sum = 0.0;
      ${ofColumn((p) => `sum += sums[first + ${threads}u * c + ${p}u];`)}
      sum *= scale;
      scale = nextScale;
      ${ofThread((m) => `if (${reaches('k', m)}) { x${m} -= sum * columns[v + ${threads * m}u]; }`)}
    }
    workgroupBarrier();
  }`;
  return /* wgsl */ `
${updateBindings('vec4f')}
// Which panel it is.
@group(0) @binding(${UPDATE_BINDINGS.length + 1}) var<uniform> panel: vec4u;
${SQUARE}
// Columns to reflect by: the next ones are written while one is read.
var<workgroup> columns: array<vec4f, ${3 * lines}>;
// Parts of each column's product with it, and what each has in row k.
var<workgroup> sums: array<f32, ${2 * all}>;
var<workgroup> heads: array<f32, ${slab}>;
// Below this the square of a column's norm is nothing to divide by.
const NEGLIGIBLE = 1e-30;

@compute @workgroup_size(${all})
fn factor(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  ${square('update.factor')}
  let begin = ${slab}u * panel.x;
  if (a.slab < panel.x || begin >= a.n) { return; }
  if (thread == 0u) { stops = state[update.stopped / 4u].x != 0.0; }
  if (workgroupUniformLoad(&stops)) { return; }
  let column = a.room + j * a.stride;
  ${ofThread((m) => `var x${m} = vec4f(); if (j < a.n && ${quad(m)} < a.stride) { x${m} = state[column + ${quad(m)}]; }`)}
  if (panel.x > 0u) { ${reflect(`${slab}u`, (i) => `(begin - ${slab}u + ${i})`)} }
  if (a.slab > panel.x) {
    if (j < a.n) { ${ofThread((m) => `if (${quad(m)} < a.stride) { state[column + ${quad(m)}] = x${m}; }`)} }
    return;
  }
  if (c == 0u) { ${ofThread((m) => `columns[${quad(m)}] = x${m} * fromRow(begin, ${quad(m)});`)} }
  workgroupBarrier();
  for (var k = begin; k < min(a.n, begin + ${slab}u); k++) {
    let own = ${lines}u * (k % 2u);
    let next = ${lines}u - own;
    let v = own + t;
    // What has row k; every column's product with the k-th, from row k on.
    let line = k / 4u;
    if (j >= k && j < a.n) {
      var part = vec4f();
      ${ofThread((m) => `if (${reaches('k', m)}) { part += columns[v + ${threads * m}u] * x${m}; }`)}
      sums[thread] = (part.x + part.y) + (part.z + part.w);
      if (t == line % ${threads}u) {
        var head = vec4f();
        ${ofThread((m) => `${m ? 'else ' : ''}if (line / ${threads}u == ${m}u) { head = x${m}; }`)}
        heads[c] = dot(select(vec4f(), head, atRow(k, line) > vec4f()), vec4f(1.0));
      }
    }
    workgroupBarrier();
    var square = 0.0;
    ${ofColumn((p) => `square += sums[${threads}u * (k - begin) + ${p}u];`)}
    let diagonal = heads[k - begin];
    // v = a_k − norm e_k
    let norm = select(sqrt(square), -sqrt(square), diagonal > 0.0);
    var scale = 0.0;
    if (square > NEGLIGIBLE) { scale = 1.0 / (square - diagonal * norm); }
    if (j > k && j < a.n) {
      var sum = 0.0;
      ${ofColumn((p) => `sum += sums[${threads}u * c + ${p}u];`)}
      let factor = scale * (sum - norm * heads[c]);
      // Row k would need v's own entry there, but is never looked at again.
      ${ofThread((m) => `if (${reaches('k', m)}) { x${m} -= factor * columns[v + ${threads * m}u]; }`)}
      if (j == k + 1u) { ${ofThread((m) => `columns[next + ${quad(m)}] = x${m} * fromRow(k + 1u, ${quad(m)});`)} }
    }
    if (thread < a.stride) {
      let reflection = columns[own + thread] - select(0.0, norm, scale > 0.0) * atRow(k, thread);
      state[a.reflections + k * a.stride + thread] = reflection;
    }
    if (thread == 0u) { state[a.scales + k / 4u][k % 4u] = scale; }
    workgroupBarrier();
  }
}

// Column j of Q is what the reflections make of unit vector j, from the last to the first; those after the j-th do not touch
// it. Where no gradient has come yet the basis stays.
@compute @workgroup_size(${all})
fn accumulate(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  ${square('update.factor')}
  if (thread == 0u) { stops = state[update.stopped / 4u].x != 0.0 || !(state[a.trace].x > 0.0); }
  if (workgroupUniformLoad(&stops)) { return; }
  ${ofThread((m) => `var x${m} = atRow(j, ${quad(m)});`)}
  let end = min(a.n, ${slab}u * (a.slab + 1u));
  ${reflect('end', (i) => `(end - 1u - ${i})`)}
  if (j < a.n) { ${ofThread((m) => `if (${quad(m)} < a.stride) { state[a.basis + j * a.stride + ${quad(m)}] = x${m}; }`)} }
}
`;
}
