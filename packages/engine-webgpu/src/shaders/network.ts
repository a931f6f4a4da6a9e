import { FOURIER } from './fourier.js';

/** Words of a node, and of a node that uses another's output, of which the first is its kind. */
export const NODE_WORDS = 9;
export const CONSUMER_WORDS = 9;

/**
 * The items of every stage. What is read and written is said by the tables of `plan.ts`, whose records the functions here
 * take apart word by word; where activations lie (`act`, `delta`) is said by the module that includes them.
 */
export const ITEMS = /* wgsl */ `
const NONE = 0xffffffffu;

struct Node {
  kind: u32, numbers: u32, activation: u32,
  activated: u32, output: u32, adds: u32, addsWithin: u32,
  consumers: u32, firstConsumer: u32,
}
fn nodeAt(at: u32) -> Node {
  return Node(
    tables[at], tables[at + 1u], tables[at + 2u], tables[at + 3u], tables[at + 4u], tables[at + 5u], tables[at + 6u],
    tables[at + 7u], tables[at + 8u]);
}

struct Layer {
  sites: u32, channels: u32, fanIn: u32,
  weight: u32, weightSize: u32, bias: u32, weightPerSite: u32, biasPerSite: u32,
  // The input of a site: places, each a run of numbers.
  input: u32, places: u32, run: u32, table: u32,
  // Where ∂loss/∂z of a site lies: again places, each a run.
  dz: u32, dzPlaces: u32, dzRun: u32, dzTable: u32,
}
fn layerAt(at: u32) -> Layer {
  return Layer(
    tables[at], tables[at + 1u], tables[at + 2u], tables[at + 3u], tables[at + 4u], tables[at + 5u], tables[at + 6u],
    tables[at + 7u], tables[at + 8u], tables[at + 9u], tables[at + 10u], tables[at + 11u], tables[at + 12u],
    tables[at + 13u], tables[at + 14u], tables[at + 15u]);
}

// Where place j of a site begins, or NONE where padding lies.
fn placeOf(start: u32, table: u32, site: u32, places: u32, run: u32, j: u32) -> u32 {
  if (table == NONE) { return start + (site * places + j) * run; }
  let offset = tables[table + site * places + j];
  return select(start + offset, NONE, offset == NONE);
}

// A gradient of a parameter, or NONE.
struct Partial { index: u32, value: f32 }

${FOURIER}
// Number n of a layer, eq (2.10): z[i, c'] = Σ_j Σ_c W[(i,) c', j, c] ξ[j, c] + b[(i,) c'].
fn layerSum(layer: Layer, n: u32) -> f32 {
  let site = n / layer.channels;
  let channel = n % layer.channels;
  var w = layer.weight + site * layer.weightPerSite + channel * layer.fanIn;
  var sum = parameters[layer.bias + site * layer.biasPerSite + channel];
  for (var j = 0u; j < layer.places; j++) {
    let x = placeOf(layer.input, layer.table, site, layer.places, layer.run, j);
    if (x != NONE) {
      for (var c = 0u; c < layer.run; c++) { sum += parameters[w + c] * act(x + c); }
    }
    w += layer.run;
  }
  return sum;
}

fn forwardItem(at: u32, n: u32) {
  let node = nodeAt(at);
  if (n >= node.numbers) { return; }
  let words = at + ${NODE_WORDS}u;
  var z = 0.0;
  switch node.kind {
    case 0u: { z = layerSum(layerAt(words), n); }
    case 1u: { z = waveForward(words, n); }
    case 2u: { z = combinationForward(words, n); }
    default: { z = multiplierSum(words, n); }
  }
  finishForward(node, n, z);
}

// ζ = φ(z (+ η')) (+ η)
fn finishForward(node: Node, n: u32, sum: f32) {
  var z = sum;
  if (node.addsWithin != NONE) { z += act(node.addsWithin + n); }
  let a = activated(node.activation, z);
  setAct(node.activated + n, a);
  if (node.adds != NONE) { setAct(node.output + n, a + act(node.adds + n)); }
}

// Number g of y, the sum of the branches: stored outputs, and interpolations done here.
fn mergeItem(g: u32) {
  if (g >= net.sums) { return; }
  var y = 0.0;
  let branches = tables[net.merge];
  for (var b = 0u; b < branches; b++) {
    let at = net.merge + 1u + 8u * b;
    let start = tables[at + 1u];
    if (tables[at] == 0u) { y += act(start + g); continue; }
    let table = tables[at + 2u];
    let numbers = tables[at + 3u];
    let channels = tables[at + 4u];
    var n = g;
    if (table != NONE) { n = tables[table + g]; }
    let site = n / numbers;
    // The weights of a local layer are those of the site's own numbers.
    let row = select(n % numbers, n, tables[at + 7u] == 1u);
    let w = tables[at + 5u] + row * channels;
    var sum = parameters[tables[at + 6u] + row];
    for (var c = 0u; c < channels; c++) { sum += parameters[w + c] * act(start + site * channels + c); }
    y += sum;
  }
  setAct(net.y + g, y);
}

// What a kernel layer gives to number n of its input: δ[s, c] = Σ W[c', j, c] ∂z[i, c'] over the windows i that hold site s
// at their place j.
fn kernelPullback(at: u32, n: u32) -> f32 {
  let fanIn = tables[at + 2u];
  let channels = tables[at + 3u];
  let table = tables[at + 4u];
  let run = tables[at + 5u];
  let site = n / channels;
  let weight = tables[at + 1u] + n % channels;
  let entries = table + tables[at + 6u] + 1u;
  let end = entries + tables[table + site + 1u];
  var sum = 0.0;
  for (var e = entries + tables[table + site]; e < end; e += 2u) {
    let dz = tables[at] + tables[e];
    var w = weight + tables[e + 1u];
    for (var c = 0u; c < run; c++) {
      sum += parameters[w] * gradientAt(dz + c);
      w += fanIn;
    }
  }
  return sum;
}

// The same of an interpolation, from the numbers of its box.
fn interpolationPullback(at: u32, n: u32) -> f32 {
  let fanIn = tables[at + 2u];
  let channels = tables[at + 3u];
  let places = tables[at + 5u];
  let run = tables[at + 6u];
  let site = n / channels;
  var w = tables[at + 1u] + n % channels + site * tables[at + 7u];
  var sum = 0.0;
  for (var j = 0u; j < places; j++) {
    let dz = placeOf(tables[at], tables[at + 4u], site, places, run, j);
    for (var c = 0u; c < run; c++) {
      sum += parameters[w] * gradientAt(dz + c);
      w += fanIn;
    }
  }
  return sum;
}

// ∂loss/∂z for number n of a node, from all who use its output.
fn deltaItem(at: u32, n: u32) {
  let node = nodeAt(at);
  if (n >= node.numbers) { return; }
  var sum = 0.0;
  for (var k = 0u; k < node.consumers; k++) { sum += pullback(node.firstConsumer + ${CONSUMER_WORDS}u * k, n); }
  finishDelta(node, n, sum);
}

// What one of them gives; what a tile has added up already gives nothing more.
fn pullback(it: u32, n: u32) -> f32 {
  switch tables[it] {
    case 0u: { return kernelPullback(it + 1u, n); }
    case 1u: { return interpolationPullback(it + 1u, n); }
    case 2u: { return gradientAt(tables[it + 1u] + n); }
    case 3u: { return waveBack(it + 1u, n); }
    case 4u: { return combinationBack(it + 1u, n); }
    case 5u: { return multiplierPullback(it + 1u, n); }
    default: { return 0.0; }
  }
}

fn finishDelta(node: Node, n: u32, sum: f32) {
  let dz = sum * slope(node.activation, act(node.activated + n));
  if (node.adds != NONE) { setGradient(node.output + n, sum); }
  setGradient(node.activated + n, dz);
}

// ∂loss/∂(parameter e of a layer): weights Σ_i ∂z[i, c'] ξ[j, c], then biases Σ_i ∂z[i, c'].
fn weightItem(at: u32, e: u32) -> Partial {
  if (tables[at] == 3u) { return multiplierPartial(at + ${NODE_WORDS}u, e); }
  let layer = layerAt(at + ${NODE_WORDS}u);
  let isBias = e >= layer.weightSize;
  let number = select(e, e - layer.weightSize, isBias);
  let perSite = select(layer.weightPerSite, layer.biasPerSite, isBias);
  let index = select(layer.weight, layer.bias, isBias) + number;
  if (isBias && number >= select(layer.channels, layer.sites * layer.channels, layer.biasPerSite > 0u)) {
    return Partial(NONE, 0.0);
  }
  var first = 0u;
  var end = layer.sites;
  var entry = number;
  if (perSite > 0u) {
    first = number / perSite;
    end = first + 1u;
    entry = number % perSite;
  }
  let channel = select(entry / layer.fanIn, entry, isBias);
  let column = entry % layer.fanIn;
  let dzPlace = channel / layer.dzRun;
  let dzRest = channel % layer.dzRun;
  var sum = 0.0;
  if (isBias) {
    for (var i = first; i < end; i++) {
      sum += gradientAt(placeOf(layer.dz, layer.dzTable, i, layer.dzPlaces, layer.dzRun, dzPlace) + dzRest);
    }
  } else {
    let place = column / layer.run;
    let rest = column % layer.run;
    for (var i = first; i < end; i++) {
      let x = placeOf(layer.input, layer.table, i, layer.places, layer.run, place);
      if (x == NONE) { continue; }
      let dz = placeOf(layer.dz, layer.dzTable, i, layer.dzPlaces, layer.dzRun, dzPlace);
      sum += gradientAt(dz + dzRest) * act(x + rest);
    }
  }
  return Partial(index, sum);
}
`;
