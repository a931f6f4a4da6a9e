/**
 * SOAP for matrices that lie one after the other in a vector of parameters; `Soap` of `@dyadic/training` has the equations.
 * A step has two parts, so that threads can share it and the second can wait: `soapUpdate` moves the parameters,
 * `soapCurvature` brings Gram matrices and bases up to date for the next step. Tasks of a part touch nothing in common.
 */
import { adam, multiply, orthonormalize, rowBytes, transpose } from './dense';

/** The state of all matrices, as `src/soap-matrices.ts` lays it out: words, then what a step is done with. */
@unmanaged
class State {
  /** Address of the first matrix. */
  matrices: usize;
  /** Address of the first matrix of each task, one more at the end. */
  cuts: usize;
  gradient: usize;
  parameters: usize;
  step: i32;
  refreshEvery: i32;
  learningRate: f64;
  shrink: f64;
  beta1: f64;
  beta2: f64;
  epsilon: f64;
  /** 1 / (1 − β₁^t) and 1 / (1 − β₂^t) */
  firstCorrection: f64;
  secondCorrection: f64;
}

/** A matrix: its place in the parameters, in bytes, its sides and those of its bases, 0 where there is none; then addresses. */
@unmanaged
class Block {
  number: i32;
  offset: usize;
  rows: i32;
  columns: i32;
  left: i32;
  right: i32;
  firstMoment: usize;
  secondMoment: usize;
  leftGram: usize;
  rightGram: usize;
  /** Qᵀ has one approximate eigenvector a row. Bases are stored both ways. */
  leftTransposed: usize;
  rightTransposed: usize;
  leftBasis: usize;
  rightBasis: usize;
  gradient: usize;
  gradientTransposed: usize;
  rotated: usize;
  half: usize;
  direction: usize;
  square: usize;
  scales: usize;
}

/**
 * δ, relative to the mean eigenvalue. It leaves the eigenvectors what they are, and where the Gram matrix has no rank yet
 * it keeps the old basis in place of rounding noise.
 */
const DAMPING: f64 = 1e-3;

/** One Adam step in the rotated coordinates for the matrices of a task. Step 0 only takes the gradient. */
export function soapUpdate(address: usize, task: i32): void {
  const state = changetype<State>(address);
  for (let at = first(state, task); at < first(state, task + 1); at += offsetof<Block>()) {
    const block = changetype<Block>(at);
    takeGradient(block, state.gradient);
    if (state.step > 0) update(block, state);
  }
}

/** L ← β L + (1 − β) G Gᵀ, R ← β R + (1 − β) Gᵀ G, and new bases for those matrices of a task whose turn it is. */
export function soapCurvature(address: usize, task: i32): void {
  const state = changetype<State>(address);
  const beta = state.step === 0 ? 0 : state.beta2;
  for (let at = first(state, task); at < first(state, task + 1); at += offsetof<Block>()) {
    const block = changetype<Block>(at);
    if (block.left === 0 && block.right === 0) continue;
    gramMatrices(block, <f32>beta, <f32>(1 - beta));
    // After the first gradient matrices take turns, so that steps cost about the same.
    if (state.step === 0 || (state.step + block.number) % state.refreshEvery === 0) refreshBases(block);
  }
}

/** Q from Qᵀ, the one of the two that is saved, for the matrices of a task. */
export function soapRestoreBases(address: usize, task: i32): void {
  const state = changetype<State>(address);
  for (let at = first(state, task); at < first(state, task + 1); at += offsetof<Block>())
    restoreBases(changetype<Block>(at));
}

function first(state: State, task: i32): usize {
  return <usize>load<u32>(state.cuts + ((<usize>task) << 2));
}

function takeGradient(block: Block, gradient: usize): void {
  const row = rowBytes(block.columns);
  const bytes = (<usize>block.columns) << 2;
  let from = gradient + block.offset;
  let to = block.gradient;
  for (let i = 0; i < block.rows; i++) {
    memory.copy(to, from, bytes);
    from += bytes;
    to += row;
  }
}

function update(block: Block, state: State): void {
  const row = rowBytes(block.columns);
  rotate(block, block.rotated, block.gradient);
  adam(
    block.firstMoment,
    block.secondMoment,
    block.rotated,
    <usize>block.rows * row,
    <f32>state.beta1,
    <f32>state.beta2,
    <f32>state.firstCorrection,
    <f32>state.secondCorrection,
    <f32>state.epsilon,
  );
  rotateBack(block, block.direction, block.rotated);
  let at = state.parameters + block.offset;
  for (let i = 0; i < block.rows; i++) {
    const direction = block.direction + <usize>i * row;
    for (let j: usize = 0; j < (<usize>block.columns) << 2; j += 4) {
      const kept = state.shrink * <f64>load<f32>(at);
      store<f32>(at, <f32>(kept - state.learningRate * <f64>load<f32>(direction + j)));
      at += 4;
    }
  }
}

function gramMatrices(block: Block, keep: f32, weight: f32): void {
  const rows = block.rows;
  const columns = block.columns;
  const g = block.gradient;
  const gT = block.gradientTransposed;
  transpose(gT, g, rows, columns);
  if (block.left > 0) multiply(block.leftGram, g, gT, rows, columns, rows, keep, weight);
  if (block.right > 0) multiply(block.rightGram, gT, g, columns, rows, columns, keep, weight);
}

/** Q ← qr((Gram + δ) Q) on both sides; the first moment turns with them. */
function refreshBases(block: Block): void {
  rotateBack(block, block.rotated, block.firstMoment);
  if (block.left > 0) refresh(block, block.left, block.leftGram, block.leftTransposed);
  if (block.right > 0) refresh(block, block.right, block.rightGram, block.rightTransposed);
  restoreBases(block);
  rotate(block, block.firstMoment, block.rotated);
}

function refresh(block: Block, size: i32, gram: usize, basisTransposed: usize): void {
  const row = rowBytes(size);
  let trace: f64 = 0;
  for (let i: usize = 0; i < <usize>size; i++) trace += <f64>load<f32>(gram + i * (row + 4));
  if (trace === 0) return; // no gradient has come yet
  // Qᵀ is copied first: keep · Qᵀ + weight · Qᵀ Gram is the damped product.
  memory.copy(block.square, basisTransposed, <usize>size * row);
  const keep = <f32>(DAMPING / <f64>size);
  multiply(block.square, basisTransposed, gram, size, size, size, keep, <f32>(1 / trace));
  orthonormalize(basisTransposed, block.square, block.scales, size);
}

function restoreBases(block: Block): void {
  if (block.left > 0) transpose(block.leftBasis, block.leftTransposed, block.left, block.left);
  if (block.right > 0) transpose(block.rightBasis, block.rightTransposed, block.right, block.right);
}

/** output = Q_Lᵀ X Q_R */
function rotate(block: Block, output: usize, x: usize): void {
  sandwich(block, output, block.leftTransposed, x, block.rightBasis);
}

/** output = Q_L X Q_Rᵀ */
function rotateBack(block: Block, output: usize, x: usize): void {
  sandwich(block, output, block.leftBasis, x, block.rightTransposed);
}

/** output = A X B, where A or B may be absent. */
function sandwich(block: Block, output: usize, a: usize, x: usize, b: usize): void {
  const rows = block.rows;
  const columns = block.columns;
  const hasLeft = block.left > 0;
  const hasRight = block.right > 0;
  if (hasLeft) multiply(hasRight ? block.half : output, a, x, rows, rows, columns, 0, 1);
  if (hasRight) multiply(output, hasLeft ? block.half : x, b, rows, columns, columns, 0, 1);
  else if (!hasLeft) memory.copy(output, x, <usize>rows * rowBytes(columns));
}
