/**
 * QR factorizations by Householder reflections (Golub and Van Loan, Matrix computations, §5.2) of many matrices side by side.
 * A workgroup has 64 columns in its registers, a few threads a column. A dispatch does a panel, which is as many columns of every
 * matrix: a workgroup first reflects its columns by the panel before, and then makes the reflections of its own columns if they are
 * the panel. What all threads need of a column goes through workgroup memory: a reflection takes one barrier where it is
 * known and two where it is made. Loops over a thread's numbers are written out, as registers have no index.
 */
import { updateBindings } from './update.js';

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
fn squareOf(n: u32, basis: u32, start: u32, slab: u32) -> Square {
  let room = start / 4u;
  let stride = (n + 3u) / 4u;
  return Square(
    n, basis / 4u, room, slab, stride, room + n * stride, room + 2u * n * stride, room + (2u * n + 1u) * stride);
}

// Masks of a quad of rows: ones from row k on, and at row k.
fn rowsOf(quad: u32) -> vec4u { return vec4u(4u * quad) + vec4u(0u, 1u, 2u, 3u); }
fn fromRow(k: u32, quad: u32) -> vec4f { return select(vec4f(), vec4f(1.0), rowsOf(quad) >= vec4u(k)); }
fn atRow(k: u32, quad: u32) -> vec4f { return select(vec4f(), vec4f(1.0), rowsOf(quad) == vec4u(k)); }

fn scaleOf(a: Square, k: u32) -> f32 { return numberAt(4u * a.scales + k); }
// A quad of reflection k; nothing where there is none.
fn reflectionOf(a: Square, exists: bool, k: u32, quad: u32) -> vec4f {
  if (!exists || quad >= a.stride) { return vec4f(); }
  return quadAt(a.reflections + k * a.stride + quad);
}
`;

/** The state is an array of quads. */
const AS_QUADS = /* wgsl */ `
fn quadAt(at: u32) -> vec4f { return state[at]; }
fn setQuad(at: u32, quad: vec4f) { state[at] = quad; }
fn numberAt(at: u32) -> f32 { return state[at / 4u][at % 4u]; }
fn setNumber(at: u32, x: f32) { state[at / 4u][at % 4u] = x; }
`;
/**
 * `factorPanel`, the reflections of a panel, and `accumulateSlab`, columns of Q from the reflections, for workgroups of
 * `slab` columns.
 */
function householderCode({ threads, quads }: ColumnShape, slab: number): string {
  const all = slab * threads;
  const lines = threads * quads;
  const ofThread = (line: (m: number) => string) => Array.from({ length: quads }, (_, m) => line(m)).join('\n');
  const ofColumn = (line: (p: number) => string) => Array.from({ length: threads }, (_, p) => line(p)).join('\n');
  /** The m-th quad of a thread, and whether any thread's m-th has rows from k on. */
  const quad = (m: number) => `${threads * m}u + t`;
  const reaches = (k: string, m: number) => `${k} < ${4 * threads * (m + 1)}u`;
  const place = /* wgsl */ `
  let c = thread / ${threads}u;
  let t = thread % ${threads}u;
  let j = ${slab}u * a.slab + c;`;
  /** A thread's part of v·x, from row k on. It keeps v, as workgroup memory is what threads wait for. */
  const kept = ofThread((m) => `var v${m} = vec4f();`);
  const product = ofThread(
    (m) => `if (${reaches('k', m)}) { v${m} = columns[v + ${threads * m}u]; part += v${m} * x${m}; }`,
  );
  /** `head` becomes one of the quads from first to end, by halves. */
  const headOf = (m: string, first: number, end: number): string => {
    if (end - first === 1) return `head = x${first};`;
    const middle = Math.floor((first + end) / 2);
    return `if (${m} < ${middle}u) { ${headOf(m, first, middle)} } else { ${headOf(m, middle, end)} }`;
  };
  /** Reflections that are read from the state at once, and so many quads of them by a thread. */
  const together = Math.max(1, Math.min(16, Math.floor(512 / lines)));
  const loads = Array.from({ length: Math.ceil((together * lines) / all) }, (_, e) => e * all);
  /** x ← x − 2/‖v‖² (v·x) v for `count` reflections, the i-th of which is `k(i)`. */
  const reflect = (count: string, k: (i: string) => string) => /* wgsl */ `
  {
    let count = ${count};
    for (var i = thread; i < count; i += ${all}u) { scales[i] = scaleOf(a, ${k('i')}); }
    for (var base = 0u; base < count; base += ${together}u) {
      ${loads.map((e) => `let load${e} = thread + ${e}u; let i${e} = base + load${e} / ${lines}u; let quad${e} = reflectionOf(a, i${e} < count, ${k(`i${e}`)}, load${e} % ${lines}u);`).join('\n')}
      workgroupBarrier();
      ${loads.map((e) => `if (load${e} < ${together * lines}u) { columns[load${e}] = quad${e}; }`).join('\n')}
      workgroupBarrier();
      for (var i = base; i < min(count, base + ${together}u); i++) {
        let k = ${k('i')};
        let v = ${lines}u * (i - base) + t;
        var part = vec4f();
        ${kept}
        ${product}
        let first = ${all}u * (i % 2u);
        sums[first + thread] = (part.x + part.y) + (part.z + part.w);
        workgroupBarrier();
        var sum = 0.0;
        ${ofColumn((p) => `sum += sums[first + ${threads}u * c + ${p}u];`)}
        sum *= scales[i];
        ${ofThread((m) => `if (${reaches('k', m)}) { x${m} -= sum * v${m}; }`)}
      }
    }
    workgroupBarrier();
  }`;
  return /* wgsl */ `
${SQUARE}
// Columns to reflect by: some that are known, or one, while the next is written.
var<workgroup> columns: array<vec4f, ${Math.max(2, together) * lines}>;
var<workgroup> scales: array<f32, ${4 * lines}>;
// Parts of each column's product with it, and what each has in row k.
var<workgroup> sums: array<f32, ${2 * all}>;
var<workgroup> heads: array<f32, ${slab}>;
// Below this the square of a column's norm is nothing to divide by.
const NEGLIGIBLE = 1e-30;

fn factorPanel(a: Square, panel: u32, thread: u32) {
  ${place}
  let begin = ${slab}u * panel;
  if (a.slab < panel || begin >= a.n) { return; }
  let column = a.room + j * a.stride;
  ${ofThread((m) => `var x${m} = vec4f(); if (j < a.n && ${quad(m)} < a.stride) { x${m} = quadAt(column + ${quad(m)}); }`)}
  if (panel > 0u) { ${reflect(`${slab}u`, (i) => `(begin - ${slab}u + ${i})`)} }
  if (a.slab > panel) {
    if (j < a.n) { ${ofThread((m) => `if (${quad(m)} < a.stride) { setQuad(column + ${quad(m)}, x${m}); }`)} }
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
    ${kept}
    if (j >= k && j < a.n) {
      var part = vec4f();
      ${product}
      sums[thread] = (part.x + part.y) + (part.z + part.w);
      if (t == line % ${threads}u) {
        var head = vec4f();
        ${headOf(`line / ${threads}u`, 0, quads)}
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
      ${ofThread((m) => `if (${reaches('k', m)}) { x${m} -= factor * v${m}; }`)}
      if (j == k + 1u) { ${ofThread((m) => `columns[next + ${quad(m)}] = x${m} * fromRow(k + 1u, ${quad(m)});`)} }
    }
    if (thread < a.stride) {
      let reflection = columns[own + thread] - select(0.0, norm, scale > 0.0) * atRow(k, thread);
      setQuad(a.reflections + k * a.stride + thread, reflection);
    }
    if (thread == 0u) { setNumber(4u * a.scales + k, scale); }
    workgroupBarrier();
  }
}

// Column j of Q is what the reflections make of unit vector j, from the last to the first; those after the j-th do not touch
// it. Where no gradient has come yet the basis stays.
var<workgroup> keeps: bool;
fn accumulateSlab(a: Square, thread: u32) {
  if (thread == 0u) { keeps = !(numberAt(4u * a.trace) > 0.0); }
  if (workgroupUniformLoad(&keeps)) { return; }
  ${place}
  ${ofThread((m) => `var x${m} = atRow(j, ${quad(m)});`)}
  let end = min(a.n, ${slab}u * (a.slab + 1u));
  ${reflect('end', (i) => `(end - 1u - ${i})`)}
  if (j < a.n) { ${ofThread((m) => `if (${quad(m)} < a.stride) { setQuad(a.basis + j * a.stride + ${quad(m)}, x${m}); }`)} }
}
`;
}

export const HOUSEHOLDER_ENTRIES = ['factor', 'accumulate'] as const;
/** Which list of tasks is theirs. */
export const FACTOR_LIST = 4;

/** Entries `factor` and `accumulate`, over a list of slabs. */
export function householderModule(shape: ColumnShape, slab = SLAB): string {
  const entry = (name: string, body: string) => /* wgsl */ `
@compute @workgroup_size(${slab * shape.threads})
fn ${name}(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let number = numberOf(workgroup);
  let list = update.due[${FACTOR_LIST}];
  if (number >= list.y) { return; }
  if (thread == 0u) { stops = numberAt(update.stopped) != 0.0; }
  if (workgroupUniformLoad(&stops)) { return; }
  let at = list.x + 4u * number;
  let a = squareOf(matrices[at], matrices[at + 1u], matrices[at + 2u], matrices[at + 3u]);
  ${body}
}`;
  return /* wgsl */ `
${updateBindings('vec4f')}
${AS_QUADS}
${householderCode(shape, slab)}
${entry('factor', 'factorPanel(a, part.x, thread);')}
${entry('accumulate', 'accumulateSlab(a, thread);')}
`;
}
