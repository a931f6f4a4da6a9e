/** The parts of a Fourier layer, see `fourier.ts` above. */
/**
 * Parts of a Fourier layer; `source` reads a number. Forward they follow the words of a node and read activations, on the way
 * back they follow the kind of a consumer and read gradients, there with the words of the transpose.
 */
const linear = (name: string, source: string) => /* wgsl */ `
// Σ_e M[r, e] x[o, e, q] for number n = [o, r, q].
fn wave${name}(at: u32, n: u32) -> f32 {
  let rows = tables[at + 1u];
  let columns = tables[at + 2u];
  let inner = tables[at + 3u];
  let row = (n / inner) % rows;
  var x = tables[at] + n / (inner * rows) * columns * inner + n % inner;
  var m = tables[at + 4u] + row * tables[at + 5u];
  var sum = 0.0;
  for (var e = 0u; e < columns; e++) {
    sum += bitcast<f32>(tables[m]) * ${source}(x);
    x += inner;
    m += tables[at + 6u];
  }
  return sum;
}

// Σ_t ± x[index of t, q] for number n = [r, q].
fn combination${name}(at: u32, n: u32) -> f32 {
  let inner = tables[at + 1u];
  let terms = tables[at + 2u];
  let first = tables[at + 3u] + n / inner * terms;
  var sum = 0.0;
  for (var t = first; t < first + terms; t++) {
    let term = tables[t];
    if (term == NONE) { continue; }
    let x = ${source}(tables[at] + (term & 0x7fffffffu) * inner + n % inner);
    sum += select(x, -x, term > 0x7fffffffu);
  }
  return sum;
}
`;

export const FOURIER = /* wgsl */ `
${linear('Forward', 'act')}
${linear('Back', 'gradientAt')}
// What a Fourier layer does frequency by frequency, number n = [κ, c'] of its outputs. Its inputs are C = Σ ξ cos at the κ whose
// first component that is not 0 is positive, those past the middle, and S = Σ ξ sin at −κ; with A = W[κ], B = W[−κ] its
// outputs are 2 (A C + B S) at κ and 2 (A S − B C) at −κ, and W C in the middle.
struct Multiplier { start: u32, frequencies: u32, inputs: u32, outputs: u32, weight: u32 }
fn multiplierAt(at: u32) -> Multiplier {
  return Multiplier(tables[at], tables[at + 1u], tables[at + 2u], tables[at + 3u], tables[at + 4u]);
}
// Of frequency j: what is at κ and at −κ of those two, +1 at κ, −1 at −κ and 0 in the middle, and the factor.
struct Pair { first: u32, second: u32, sign: f32, factor: f32 }
fn pairOf(j: u32, frequencies: u32) -> Pair {
  let other = frequencies - 1u - j;
  if (j == other) { return Pair(j, j, 0.0, 1.0); }
  return Pair(max(j, other), min(j, other), select(-1.0, 1.0, j > other), 2.0);
}
fn multiplierSum(at: u32, n: u32) -> f32 {
  let layer = multiplierAt(at);
  let j = n / layer.outputs;
  let pair = pairOf(j, layer.frequencies);
  let size = layer.outputs * layer.inputs;
  let row = layer.weight + n % layer.outputs * layer.inputs;
  let own = layer.start + j * layer.inputs;
  let other = layer.start + (layer.frequencies - 1u - j) * layer.inputs;
  var sum = 0.0;
  for (var c = 0u; c < layer.inputs; c++) {
    sum += parameters[row + pair.first * size + c] * act(own + c);
    sum += pair.sign * parameters[row + pair.second * size + c] * act(other + c);
  }
  return pair.factor * sum;
}

// What it gives to number n of its input: 2 (A ∂κ − B ∂−κ) to C, 2 (A ∂−κ + B ∂κ) to S.
fn multiplierPullback(at: u32, n: u32) -> f32 {
  let layer = multiplierAt(at);
  let j = n / layer.inputs;
  let pair = pairOf(j, layer.frequencies);
  let size = layer.outputs * layer.inputs;
  let own = layer.start + j * layer.outputs;
  let other = layer.start + (layer.frequencies - 1u - j) * layer.outputs;
  var w = layer.weight + n % layer.inputs;
  var sum = 0.0;
  for (var c = 0u; c < layer.outputs; c++) {
    sum += parameters[w + pair.first * size] * gradientAt(own + c);
    sum -= pair.sign * parameters[w + pair.second * size] * gradientAt(other + c);
    w += layer.inputs;
  }
  return pair.factor * sum;
}

// ∂loss/∂W of a multiplier, entry e = [κ, c', c]: 2 (∂κ C + ∂−κ S) of A, 2 (∂κ S − ∂−κ C) of B.
fn multiplierPartial(at: u32, e: u32) {
  let layer = multiplierAt(at);
  let size = layer.outputs * layer.inputs;
  if (e >= layer.frequencies * size) { return; }
  let j = e / size;
  let pair = pairOf(j, layer.frequencies);
  let output = tables[at + 5u] + e % size / layer.inputs;
  let input = layer.start + e % layer.inputs;
  let other = layer.frequencies - 1u - j;
  var sum = gradientAt(output + pair.first * layer.outputs) * act(input + j * layer.inputs);
  sum += pair.sign * gradientAt(output + pair.second * layer.outputs) * act(input + other * layer.inputs);
  addPartial(layer.weight + e, pair.factor * sum);
}
`;
