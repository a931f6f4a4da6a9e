import { FOURIER } from './fourier.js';
import { PRODUCT_WORDS, productShaders, STRIP } from './products.js';

/** Words of a node, and of a node that uses another's output, of which the first is its kind. */
export const NODE_WORDS = 10;
export const CONSUMER_WORDS = 1 + PRODUCT_WORDS;

/**
 * The items of every stage: strips of products, and what else there is number by number. What is read and written is said by
 * the tables of `plan.ts`, whose records the functions here take apart word by word; where activations lie (`act`,
 * `gradientAt`), and where gradients of parameters go (`addPartial`), is said by the module that includes them.
 *
 * @param runs - Lengths of runs that are written out, see `products.ts`.
 */
export const items = (runs: readonly number[]): string => /* wgsl */ `
const NONE = 0xffffffffu;

struct Node {
  kind: u32, numbers: u32, activation: u32,
  activated: u32, output: u32, adds: u32, addsWithin: u32,
  consumers: u32, firstConsumer: u32,
  // Its columns to those who make δ of it.
  channels: u32,
}
fn nodeAt(at: u32) -> Node {
  return Node(
    tables[at], tables[at + 1u], tables[at + 2u], tables[at + 3u], tables[at + 4u], tables[at + 5u], tables[at + 6u],
    tables[at + 7u], tables[at + 8u], tables[at + 9u]);
}

${productShaders(runs)}

// A layer, eq (2.10): z[i, c'] = Σ_j Σ_c W[(i,) c', j, c] ξ[j, c] + b[(i,) c'].
struct Layer { product: Product, bias: u32, biasPerSite: u32, slopes: Rows }
fn layerAt(at: u32) -> Layer {
  let rest = at + ${PRODUCT_WORDS}u;
  return Layer(
    productAt(at), tables[rest], tables[rest + 1u],
    Rows(tables[rest + 2u], tables[rest + 3u], tables[rest + 4u], tables[rest + 5u]));
}

${FOURIER}
fn forwardItem(at: u32, i: u32) {
  let node = nodeAt(at);
  let words = at + ${NODE_WORDS}u;
  if (node.kind == 0u) {
    forwardStrip(node, layerAt(words), i);
    return;
  }
  if (i >= node.numbers) { return; }
  switch node.kind {
    case 1u: { finishForward(node, i, waveForward(words, i)); }
    case 2u: { finishForward(node, i, combinationForward(words, i)); }
    default: { finishForward(node, i, multiplierSum(words, i)); }
  }
}

// Items next to each other are sites next to each other, which have the same weights.
fn forwardStrip(node: Node, layer: Layer, i: u32) {
  let p = layer.product;
  if (i >= p.rows * stripsOf(p.columns)) { return; }
  let site = i % p.rows;
  let column = i / p.rows * ${STRIP}u;
  let sums = actProduct(p, site, column);
  let bias = layer.bias + site * layer.biasPerSite;
  for (var c = column; c < min(column + ${STRIP}u, p.columns); c++) {
    finishForward(node, site * p.columns + c, sums[c - column] + parameters[bias + c]);
  }
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

// ∂loss/∂z for numbers of a node, from all who use its output.
fn deltaItem(at: u32, i: u32) {
  let node = nodeAt(at);
  let rows = node.numbers / node.channels;
  if (i >= rows * stripsOf(node.channels)) { return; }
  let column = i / rows * ${STRIP}u;
  let first = i % rows * node.channels + column;
  var sums = vec3f();
  for (var k = 0u; k < node.consumers; k++) {
    let it = node.firstConsumer + ${CONSUMER_WORDS}u * k;
    if (tables[it] == 0u) {
      let p = productAt(it + 1u);
      sums += gradientAtProduct(p, first / p.columns, first % p.columns);
    }
  }
  for (var c = column; c < min(column + ${STRIP}u, node.channels); c++) { finishDelta(node, first + c - column, sums[c - column]); }
}

// What else there is, beside the products that are added up.
fn finishDelta(node: Node, n: u32, products: f32) {
  var sum = products;
  for (var k = 0u; k < node.consumers; k++) {
    let it = node.firstConsumer + ${CONSUMER_WORDS}u * k;
    switch tables[it] {
      case 1u: { sum += gradientAt(tables[it + 1u] + n); }
      case 2u: { sum += waveBack(it + 1u, n); }
      case 3u: { sum += combinationBack(it + 1u, n); }
      case 4u: { sum += multiplierPullback(it + 1u, n); }
      default: {}
    }
  }
  let dz = sum * slope(node.activation, act(node.activated + n));
  if (node.adds != NONE) { setGradient(node.output + n, sum); }
  setGradient(node.activated + n, dz);
}

// ∂loss/∂(parameters of a layer).
fn weightItem(at: u32, i: u32) {
  let words = at + ${NODE_WORDS}u;
  if (tables[at] == 3u) {
    multiplierPartial(words, i);
    return;
  }
  let layer = layerAt(words);
  let p = layer.product;
  let fanIn = p.places * p.run;
  let size = (fanIn + 1u) * stripsOf(p.columns);
  let isLocal = p.perSite > 0u;
  if (i >= select(size, size * p.rows, isLocal)) { return; }
  let site = select(0u, i / size, isLocal);
  let k = i % (fanIn + 1u);
  let column = i % size / (fanIn + 1u) * ${STRIP}u;
  let sums = weightsProduct(p, layer.slopes, k, column, site, select(p.rows, site + 1u, isLocal));
  for (var c = column; c < min(column + ${STRIP}u, p.columns); c++) {
    let weight = p.weight + site * p.perSite + c * fanIn + k;
    addPartial(select(weight, layer.bias + site * layer.biasPerSite + c, k == fanIn), sums[c - column]);
  }
}
`;
