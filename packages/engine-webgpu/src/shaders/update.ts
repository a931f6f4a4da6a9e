/**
 * The optimizer's step. Without matrices it is entry by entry, in one dispatch. With matrices it is SOAP: ten phases, each a
 * list of items that do not depend on each other, which a workgroup goes through for its matrix, or a dispatch for all
 * matrices.
 */

/** Most steps that are submitted at once, each with factors of its own. */
export const UPDATE_WORDS = 16;

/** Bindings of group 0, all but the last in storage. */
export const UPDATE_BINDINGS = ['matrices', 'parameters', 'parts', 'losses', 'state', 'history'] as const;

const COMMON = /* wgsl */ `
struct Update {
  // Samples and parts of the batch, parameters, number of the step among those submitted together.
  count: u32, parts: u32, parameters: u32, slot: u32,
  // t, and how often bases turn.
  step: u32, refreshEvery: u32,
  shrink: f32, gradient: f32, moment: f32, second: f32,
  beta1: f32, beta2: f32, epsilon: f32,
  // Where the state has 1 once a loss was no finite number: from then on nothing moves.
  stopped: u32,
}
@group(0) @binding(0) var<storage, read> matrices: array<u32>;
@group(0) @binding(1) var<storage, read_write> parameters: array<f32>;
@group(0) @binding(2) var<storage, read> parts: array<f32>;
@group(0) @binding(3) var<storage, read> losses: array<f32>;
@group(0) @binding(4) var<storage, read_write> state: array<f32>;
@group(0) @binding(5) var<storage, read_write> history: array<f32>;
@group(0) @binding(6) var<uniform> update: Update;

fn gradientOf(e: u32) -> f32 {
  var sum = 0.0;
  for (var p = 0u; p < update.parts; p++) { sum += parts[p * update.parameters + e]; }
  return sum;
}

fn batchLoss() -> f32 {
  var sum = 0.0;
  for (var b = 0u; b < update.count; b++) { sum += losses[b]; }
  return sum / f32(update.count);
}
// By its bits: comparisons of what is not a number are left to the driver.
fn isFinite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) < 0x7f800000u; }
fn isStopped() -> bool { return state[update.stopped] != 0.0; }
// The same in a dispatch that records the loss: workgroup 0 may have said so, or not yet.
fn stopsHere() -> bool { return isStopped() || !isFinite(batchLoss()); }

// The loss of the batch, by the first thread of all; after one that is no finite number those that are not any more.
fn recordLoss(workgroup: u32, thread: u32) {
  if (workgroup != 0u || thread != 0u) { return; }
  let loss = batchLoss();
  history[update.slot] = select(loss, bitcast<f32>(0x7fc00000u + update.slot), isStopped());
  if (!isFinite(loss)) { state[update.stopped] = 1.0; }
}

// The moments at two places of the state after gradient g, and what is to be subtracted.
fn adam(m: u32, v: u32, g: f32) -> f32 {
  let first = update.beta1 * state[m] + (1.0 - update.beta1) * g;
  let second = update.beta2 * state[v] + (1.0 - update.beta2) * g * g;
  state[m] = first;
  state[v] = second;
  return (update.gradient * g + update.moment * first) / (sqrt(update.second * second) + update.epsilon);
}
`;

export const ELEMENTWISE_THREADS = 64;

export const ELEMENTWISE_MODULE = /* wgsl */ `
${COMMON}
@compute @workgroup_size(${ELEMENTWISE_THREADS})
fn elementwise(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let number = workgroup.x + 65535u * workgroup.y;
  recordLoss(number, thread);
  let e = number * ${ELEMENTWISE_THREADS}u + thread;
  if (e >= update.parameters || stopsHere()) { return; }
  let change = adam(e, update.parameters + e, gradientOf(e));
  parameters[e] = update.shrink * parameters[e] - change;
}
`;

/** Threads of a workgroup that does a matrix, or factors a square. */
const MATRIX_THREADS = 256;
export const MATRIX_CHUNK = 64;

/** Words of a matrix in the order of the struct below. */
export const MATRIX_WORDS = 24;

const PHASES = /* wgsl */ `
// A matrix of rows × columns at offset among the parameters. Everything else lies in the state, rows stride apart: the
// moments; of each side that has a basis (left, right: its size, or 0) Gram matrix, basis Qᵀ, and room for a square, its
// orthonormal factor and n numbers; the gradient G and two more matrices U, H.
struct Matrix {
  number: u32, offset: u32, rows: u32, columns: u32, stride: u32, left: u32, right: u32,
  first: u32, second: u32,
  leftGram: u32, leftBasis: u32, leftRoom: u32,
  rightGram: u32, rightBasis: u32, rightRoom: u32,
  g: u32, u: u32, h: u32,
}
fn matrixAt(at: u32) -> Matrix {
  return Matrix(
    matrices[at], matrices[at + 1u], matrices[at + 2u], matrices[at + 3u], matrices[at + 4u], matrices[at + 5u],
    matrices[at + 6u], matrices[at + 7u], matrices[at + 8u], matrices[at + 9u], matrices[at + 10u], matrices[at + 11u],
    matrices[at + 12u], matrices[at + 13u], matrices[at + 14u], matrices[at + 15u], matrices[at + 16u],
    matrices[at + 17u]);
}
fn padded(n: u32) -> u32 { return (n + 3u) & 0xfffffffcu; }
fn isDue(number: u32) -> bool { return update.step == 0u || (update.step + number) % update.refreshEvery == 0u; }

// Σ_k x[xStart + k xStep] y[yStart + k yStep] over n numbers.
fn dotProduct(n: u32, xStart: u32, xStep: u32, yStart: u32, yStep: u32) -> f32 {
  var sum = 0.0;
  var x = xStart;
  var y = yStart;
  for (var k = 0u; k < n; k++) {
    sum += state[x] * state[y];
    x += xStep;
    y += yStep;
  }
  return sum;
}

// Entry (i, j) of Qᵀ_L X, Q_L X, X Q_R and X Q_Rᵀ; where a side has no basis, of X.
fn leftTransposed(a: Matrix, x: u32, i: u32, j: u32) -> f32 {
  if (a.left == 0u) { return state[x + i * a.stride + j]; }
  return dotProduct(a.left, a.leftBasis + i * padded(a.left), 1u, x + j, a.stride);
}
fn leftProduct(a: Matrix, x: u32, i: u32, j: u32) -> f32 {
  if (a.left == 0u) { return state[x + i * a.stride + j]; }
  return dotProduct(a.left, a.leftBasis + i, padded(a.left), x + j, a.stride);
}
fn rightProduct(a: Matrix, x: u32, i: u32, j: u32) -> f32 {
  if (a.right == 0u) { return state[x + i * a.stride + j]; }
  return dotProduct(a.right, x + i * a.stride, 1u, a.rightBasis + j * padded(a.right), 1u);
}
fn rightTransposed(a: Matrix, x: u32, i: u32, j: u32) -> f32 {
  if (a.right == 0u) { return state[x + i * a.stride + j]; }
  return dotProduct(a.right, x + i * a.stride, 1u, a.rightBasis + j, padded(a.right));
}

// Gram matrix ← β Gram matrix + (1 − β) times that of this gradient, which alone counts in the first step.
fn mixGram(at: u32, value: f32) {
  let mixed = update.beta2 * state[at] + (1.0 - update.beta2) * value;
  state[at] = select(mixed, value, update.step == 0u);
}

// δ, relative to the mean eigenvalue, as in the optimizer's description.
const DAMPING = 1e-3;
fn trace(gram: u32, n: u32) -> f32 {
  var sum = 0.0;
  for (var i = 0u; i < n; i++) { sum += state[gram + i * (padded(n) + 1u)]; }
  return sum;
}
// Entry e of (Gram / trace + δ / n) Q, to be orthonormalized.
fn powerItem(n: u32, gram: u32, basis: u32, room: u32, e: u32) {
  let i = e / n;
  let j = e % n;
  let t = trace(gram, n);
  let product = dotProduct(n, gram + i * padded(n), 1u, basis + j * padded(n), 1u);
  state[room + e] = DAMPING / f32(n) * state[basis + j * padded(n) + i] + product * select(1.0 / t, 0.0, t == 0.0);
}

fn entriesOf(a: Matrix) -> u32 { return a.rows * a.columns; }
fn allOf(a: Matrix) -> u32 { return a.left * a.left + a.right * a.right + a.rows * a.columns; }

fn phaseItem(phase: u32, a: Matrix, item: u32) {
  // Phases 1 and 5 have the squares' entries first.
  let squares = a.left * a.left + a.right * a.right;
  var n = item;
  if (phase == 1u || phase == 5u) {
    if (item >= allOf(a)) { return; }
    if (item < squares) {
      squareItem(phase, a, item);
      return;
    }
    n = item - squares;
  }
  if (n >= entriesOf(a)) { return; }
  let i = n / a.columns;
  let j = n % a.columns;
  let at = i * a.stride + j;
  switch phase {
    case 0u: { state[a.g + at] = gradientOf(a.offset + n); }
    case 1u: { state[a.h + at] = rightProduct(a, a.g, i, j); }
    case 2u: { state[a.u + at] = adam(a.first + at, a.second + at, leftTransposed(a, a.h, i, j)); }
    case 3u: { state[a.h + at] = leftProduct(a, a.u, i, j); }
    case 4u: {
      parameters[a.offset + n] = update.shrink * parameters[a.offset + n] - rightTransposed(a, a.h, i, j);
    }
    // The first moment leaves the old bases …
    case 5u: { state[a.h + at] = leftProduct(a, a.first, i, j); }
    case 6u: { state[a.u + at] = rightTransposed(a, a.h, i, j); }
    // … and after the factorization (phase 7) goes to the new ones.
    case 8u: { state[a.h + at] = rightProduct(a, a.u, i, j); }
    default: { state[a.first + at] = leftTransposed(a, a.h, i, j); }
  }
}

fn squareItem(phase: u32, a: Matrix, item: u32) {
  let isLeft = item < a.left * a.left;
  if (phase == 5u) {
    if (isLeft) { powerItem(a.left, a.leftGram, a.leftBasis, a.leftRoom, item); }
    else { powerItem(a.right, a.rightGram, a.rightBasis, a.rightRoom, item - a.left * a.left); }
    return;
  }
  if (isLeft) {
    let i = item / a.left;
    let j = item % a.left;
    mixGram(a.leftGram + i * padded(a.left) + j,
      dotProduct(a.columns, a.g + i * a.stride, 1u, a.g + j * a.stride, 1u));
    return;
  }
  let e = item - a.left * a.left;
  let i = e / a.right;
  let j = e % a.right;
  mixGram(a.rightGram + i * padded(a.right) + j, dotProduct(a.rows, a.g + i, a.stride, a.g + j, a.stride));
}

fn settle() { storageBarrier(); workgroupBarrier(); }

// Told to all threads by the first: what is in the state may be another's to write.
var<workgroup> stops: bool;

// Phase 7: the orthonormal factor of the QR factorization of the n × n matrix A at room, by Householder reflections
// (Golub and Van Loan, Matrix computations, §5.2), to the basis as a transpose. A thread has columns of its own, so that
// one barrier per reflection is enough. Where no gradient has come yet the basis stays.
const NEGLIGIBLE = 1e-30;
fn orthonormalize(n: u32, gram: u32, basis: u32, room: u32, thread: u32) {
  let q = room + n * n;
  let scales = q + n * n;
  for (var k = 0u; k < n; k++) {
    if (thread == k % ${MATRIX_THREADS}u) {
      let squares = dotProduct(n - k, room + k * n + k, n, room + k * n + k, n);
      var scale = 0.0;
      if (squares > NEGLIGIBLE) {
        let diagonal = state[room + k * n + k];
        let norm = select(sqrt(squares), -sqrt(squares), diagonal > 0.0);
        state[room + k * n + k] = diagonal - norm;
        scale = 1.0 / (squares - diagonal * norm); // 2/‖v‖²
      }
      state[scales + k] = scale;
    }
    settle();
    let scale = state[scales + k];
    for (var j = thread; j < n; j += ${MATRIX_THREADS}u) {
      if (j > k) { reflect(n, k, room + k, room + j, scale); }
    }
  }
  // Column j of Q is the product of reflections j, …, 0 applied to unit vector j: later ones do not touch it.
  for (var j = thread; j < n; j += ${MATRIX_THREADS}u) {
    for (var i = 0u; i < n; i++) { state[q + i * n + j] = select(0.0, 1.0, i == j); }
    for (var k = j + 1u; k > 0u; k--) { reflect(n, k - 1u, room + k - 1u, q + j, state[scales + k - 1u]); }
  }
  if (trace(gram, n) > 0.0) {
    for (var j = thread; j < n; j += ${MATRIX_THREADS}u) {
      for (var i = 0u; i < n; i++) { state[basis + j * padded(n) + i] = state[q + i * n + j]; }
    }
  }
}
// x ← x − scale (v·x) v in rows k and beyond, both columns of n × n matrices.
fn reflect(n: u32, k: u32, v: u32, x: u32, scale: f32) {
  let factor = scale * dotProduct(n - k, v + k * n, n, x + k * n, n);
  for (var i = k; i < n; i++) { state[x + i * n] -= factor * state[v + i * n]; }
}
`;

/** One workgroup a matrix: a single dispatch for a step. */
export const FUSED_SOAP_MODULE = /* wgsl */ `
${COMMON}
${PHASES}
fn runPhases(first: u32, end: u32, a: Matrix, thread: u32) {
  for (var phase = first; phase < end; phase++) {
    if (phase == 7u) {
      orthonormalize(a.left, a.leftGram, a.leftBasis, a.leftRoom, thread);
      orthonormalize(a.right, a.rightGram, a.rightBasis, a.rightRoom, thread);
    } else {
      let items = select(entriesOf(a), allOf(a), phase == 1u || phase == 5u);
      for (var n = thread; n < items; n += ${MATRIX_THREADS}u) { phaseItem(phase, a, n); }
    }
    settle();
  }
}

@compute @workgroup_size(${MATRIX_THREADS})
fn matrix(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let number = workgroup.x + 65535u * workgroup.y;
  if (thread == 0u) { stops = stopsHere(); }
  recordLoss(number, thread);
  if (number >= matrices[0]) { return; }
  if (workgroupUniformLoad(&stops)) { return; }
  let a = matrixAt(matrices[1] + number * ${MATRIX_WORDS}u);
  runPhases(0u, 2u, a, thread);
  if (update.step > 0u) { runPhases(2u, 5u, a, thread); }
  if (isDue(number) && a.left + a.right > 0u) { runPhases(5u, 10u, a, thread); }
}
`;

/** Entry points of the ten phases, in order. */
export const SOAP_PHASES = Array.from({ length: 10 }, (_, phase) => (phase === 7 ? 'factor' : `phase${phase}`));

/** One dispatch a phase, over all matrices. */
export const SPREAD_SOAP_MODULE = /* wgsl */ `
${COMMON}
${PHASES}
${SOAP_PHASES.flatMap((name, phase) => (name === 'factor' ? [] : [phaseEntry(name, phase)])).join('')}
@compute @workgroup_size(${MATRIX_THREADS})
fn factor(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let number = workgroup.x + 65535u * workgroup.y;
  if (number >= matrices[6]) { return; }
  let at = matrices[7] + 2u * number;
  let a = matrixAt(matrices[at]);
  if (thread == 0u) { stops = isStopped(); }
  if (workgroupUniformLoad(&stops) || !isDue(a.number)) { return; }
  if (matrices[at + 1u] == 0u) { orthonormalize(a.left, a.leftGram, a.leftBasis, a.leftRoom, thread); }
  else { orthonormalize(a.right, a.rightGram, a.rightBasis, a.rightRoom, thread); }
}
`;

/** Chunks of entries are listed at words 2 and 3 of the matrices (number, offset), those with squares at 4 and 5. */
function phaseEntry(name: string, phase: number): string {
  const list = phase === 1 || phase === 5 ? 4 : 2;
  const goesOn = phase > 0 ? '!isStopped()' : 'true';
  const due = phase > 4 ? ' && isDue(a.number) && a.left + a.right > 0u' : phase > 1 ? ' && update.step > 0u' : '';
  return /* wgsl */ `
@compute @workgroup_size(${MATRIX_CHUNK})
fn ${name}(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let number = workgroup.x + 65535u * workgroup.y;
  ${phase === 0 ? 'recordLoss(number, thread);' : ''}
  if (number >= matrices[${list}]) { return; }
  let at = matrices[${list + 1}] + 2u * number;
  let a = matrixAt(matrices[at]);
  if (${goesOn}${due}) { phaseItem(${phase}u, a, matrices[at + 1u] + thread); }
}`;
}
