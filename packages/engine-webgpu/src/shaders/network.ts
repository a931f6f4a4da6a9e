import { CONSUMER_WORDS } from '../records.js';

/**
 * The items of every stage. What is read and written is said by the tables of `plan.ts`, whose records the functions here
 * take apart word by word; where activations lie (`act`, `delta`) is said by the module that includes them.
 */
export const ITEMS = /* wgsl */ `
const NONE = 0xffffffffu;

struct Node {
  numbers: u32, activation: u32,
  activated: u32, output: u32, adds: u32, addsWithin: u32,
  consumers: u32, firstConsumer: u32,
}
fn nodeAt(at: u32) -> Node {
  return Node(
    tables[at], tables[at + 1u], tables[at + 2u], tables[at + 3u], tables[at + 4u], tables[at + 5u], tables[at + 6u],
    tables[at + 7u]);
}

struct Layer {
  sites: u32, channels: u32, fanIn: u32,
  weight: u32, weightSize: u32, bias: u32, weightPerSite: u32, biasPerSite: u32,
  // The input of a site: places, each a run of numbers.
  input: u32, places: u32, run: u32, table: u32,
  // Where ∂loss/∂z of a site lies: again places, each a run.
  dz: u32, dzPlaces: u32, dzRun: u32, dzTable: u32,
}
// Behind the words of the node.
fn layerAt(node: u32) -> Layer {
  let at = node + 8u;
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

// ζ = φ(z (+ η')) (+ η)
fn forwardItem(at: u32, n: u32) {
  let node = nodeAt(at);
  if (n >= node.numbers) { return; }
  var z = layerSum(layerAt(at), n);
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

// What a kernel layer, consumer it, gives to number n of its input: δ[s, c] = Σ W[c', j, c] ∂z[i, c'] over the windows i that
// hold site s at their place j.
fn kernelPullback(it: u32, n: u32) -> f32 {
  let start = tables[it + 1u];
  let fanIn = tables[it + 3u];
  let table = tables[it + 4u];
  let run = tables[it + 6u];
  let sites = tables[it + 7u];
  let site = n / tables[it + 8u];
  let weight = tables[it + 2u] + n % tables[it + 8u];
  let entries = table + sites + 1u;
  let end = entries + tables[table + site + 1u];
  var sum = 0.0;
  for (var e = entries + tables[table + site]; e < end; e += 2u) {
    let dz = start + tables[e];
    var w = weight + tables[e + 1u];
    for (var c = 0u; c < run; c++) {
      sum += parameters[w] * gradientAt(dz + c);
      w += fanIn;
    }
  }
  return sum;
}

// The same of an interpolation, from the numbers of its box.
fn interpolationPullback(it: u32, n: u32) -> f32 {
  let fanIn = tables[it + 3u];
  let places = tables[it + 5u];
  let run = tables[it + 6u];
  let site = n / tables[it + 8u];
  var w = tables[it + 2u] + n % tables[it + 8u] + site * tables[it + 9u];
  var sum = 0.0;
  for (var j = 0u; j < places; j++) {
    let dz = placeOf(tables[it + 1u], tables[it + 4u], site, places, run, j);
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
  for (var k = 0u; k < node.consumers; k++) {
    let it = node.firstConsumer + ${CONSUMER_WORDS}u * k;
    switch tables[it] {
      case 0u: { sum += kernelPullback(it, n); }
      case 1u: { sum += interpolationPullback(it, n); }
      default: { sum += gradientAt(tables[it + 1u] + n); }
    }
  }
  let dz = sum * slope(node.activation, act(node.activated + n));
  if (node.adds != NONE) { setGradient(node.output + n, sum); }
  setGradient(node.activated + n, dz);
}

// ∂loss/∂(parameter e of a layer): weights Σ_i ∂z[i, c'] ξ[j, c], then biases Σ_i ∂z[i, c'].
struct Partial { index: u32, value: f32 }
fn weightItem(at: u32, e: u32) -> Partial {
  let layer = layerAt(at);
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

/**
 * What happens between y and ∂loss/∂y, by one workgroup per sample, one group of output fields after the other: nothing, the
 * mean, or f = s / mean(s^p)^(1/p) with s = softplus(y). Sums run over a thread's own numbers and then over a binary tree of the
 * threads, so they do not depend on which thread comes first.
 */
export const OUTPUT_STAGE = /* wgsl */ `
var<workgroup> partials: array<f32, THREADS>;

fn total(thread: u32, value: f32) -> f32 {
  partials[thread] = value;
  workgroupBarrier();
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    if (thread < half) { partials[thread] += partials[thread + half]; }
    workgroupBarrier();
  }
  return workgroupUniformLoad(&partials[0]);
}
fn greatest(thread: u32, value: f32) -> f32 {
  partials[thread] = value;
  workgroupBarrier();
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    if (thread < half) { partials[thread] = max(partials[thread], partials[thread + half]); }
    workgroupBarrier();
  }
  return workgroupUniformLoad(&partials[0]);
}

// softplus(y) e^(−shift) and its derivative, shift = min(0, max y), which cancels in f: far below 0 softplus(y) is e^y.
struct Scaled { value: f32, slope: f32 }
fn scaledSoftplus(y: f32, shift: f32) -> Scaled {
  if (y > -15.0) {
    let factor = exponential(-shift);
    return Scaled(softplus(y) * factor, logistic(y) * factor);
  }
  let e = exponential(y);
  let leading = exponential(y - shift);
  return Scaled(leading * (1.0 - 0.5 * e), leading * (1.0 - e));
}

// A group of output fields: what happens to it (0 nothing, p of a positive stage, 3 the mean), and its numbers.
struct Group { stage: u32, first: u32, end: u32 }
fn groupAt(k: u32) -> Group {
  let at = net.groups + 3u * k;
  return Group(tables[at], tables[at + 1u], tables[at + 2u]);
}
fn isPositive(group: Group) -> bool { return group.stage == 1u || group.stage == 2u; }

// Where y of number i of the output lies: outputs are field by field, y is point by point of the padded grid.
fn sumOf(i: u32) -> u32 {
  let point = i % net.points;
  if (net.crop == NONE) { return net.y + point * net.fields + i / net.points; }
  return net.y + tables[net.crop + point] * net.fields + i / net.points;
}

// What f needs to know of a whole group.
struct Norm { shift: f32, scale: f32, inverse: f32 }
fn norm(thread: u32, group: Group) -> Norm {
  let size = f32(group.end - group.first);
  switch group.stage {
    case 0u: { return Norm(0.0, 1.0, 1.0); }
    // Divided before they are added: the sum of numbers that are all finite may not be.
    case 3u: {
      var sum = 0.0;
      for (var i = group.first + thread; i < group.end; i += THREADS) { sum += act(sumOf(i)) / size; }
      return Norm(0.0, total(thread, sum), 1.0);
    }
    default: {}
  }
  var top = -3.4e38;
  for (var i = group.first + thread; i < group.end; i += THREADS) { top = max(top, act(sumOf(i))); }
  let most = greatest(thread, top);
  let shift = min(0.0, most);
  // Squares and sums of the largest numbers would overflow; the factor cancels in f.
  let scale = select(1.0, 1000.0 / most, most > 1000.0);
  // What is added up is compensated (Kahan 1965): f is to have the norm 1 to rounding.
  var sum = 0.0;
  var lost = 0.0;
  for (var i = group.first + thread; i < group.end; i += THREADS) {
    let s = scale * scaledSoftplus(act(sumOf(i)), shift).value;
    let term = select(s * s, s, group.stage == 1u) - lost;
    let next = sum + term;
    lost = (next - sum) - term;
    sum = next;
  }
  let mean = total(thread, sum) / size;
  return Norm(shift, scale, 1.0 / select(sqrt(mean), mean, group.stage == 1u));
}

// f of number i of the output, and ∂f_i/∂y_i with the norm held.
fn stageValue(i: u32, stage: u32, by: Norm) -> Scaled {
  if (stage == 3u) { return Scaled(by.scale, 1.0); }
  let y = act(sumOf(i));
  if (stage == 0u) { return Scaled(y, 1.0); }
  let s = scaledSoftplus(y, by.shift);
  return Scaled(by.scale * s.value * by.inverse, by.scale * s.slope * by.inverse);
}

// ε² = Σ_c w_c ‖f_c − t_c‖² of the sample at place b of a batch, and ∂loss/∂y in place of y.
fn lossStage(thread: u32, b: u32, sample: u32) {
  let goal = sample * (net.size + net.fields);
  let weights = goal + net.size;
  var square = 0.0;
  for (var k = 0u; k < net.groupCount; k++) {
    let group = groupAt(k);
    let by = norm(thread, group);
    var squares = 0.0;
    var products = 0.0;
    for (var i = group.first + thread; i < group.end; i += THREADS) {
      let f = stageValue(i, group.stage, by).value;
      let r = f - targets[goal + i];
      let weighted = targets[weights + i / net.points] * r;
      squares += weighted * r;
      products += weighted * select(1.0, f, isPositive(group));
    }
    square += total(thread, squares);
    // Σ_i g_i f_i, or Σ_i g_i of a mean, over the size, up to the factor below.
    var average = 0.0;
    if (group.stage > 0u) { average = total(thread, products) / f32(group.end - group.first); }
    if (thread == 0u) {
      let at = net.norms + 4u * k;
      setAct(at, by.shift);
      setAct(at + 1u, by.scale);
      setAct(at + 2u, by.inverse);
      setAct(at + 3u, average);
    }
  }
  settle();
  var value = square;
  var factor = 2.0 / f32(step.count);
  if (step.lossOfErrors == 1u) {
    value = sqrt(square);
    factor = select(0.0, 0.5 * factor / value, square > 0.0);
    if (isNan(square)) { factor = square; }
  }
  if (thread == 0u) { losses[b] = value; }
  for (var k = 0u; k < net.groupCount; k++) {
    let group = groupAt(k);
    let at = net.norms + 4u * k;
    let by = Norm(act(at), act(at + 1u), act(at + 2u));
    let average = factor * act(at + 3u);
    for (var i = group.first + thread; i < group.end; i += THREADS) {
      let f = stageValue(i, group.stage, by);
      var dy = factor * targets[weights + i / net.points] * (f.value - targets[goal + i]);
      switch group.stage {
        case 1u: { dy = f.slope * (dy - average); }
        case 2u: { dy = f.slope * (dy - f.value * average); }
        case 3u: { dy = average; }
        default: {}
      }
      setGradient(sumOf(i), dy);
    }
  }
  // What was cropped has no gradient.
  for (var e = thread; e < net.otherCount * net.fields; e += THREADS) {
    setGradient(net.y + tables[net.others + e / net.fields] * net.fields + e % net.fields, 0.0);
  }
}

// f of a sample, to parts from to on.
fn writeOutput(thread: u32, to: u32) {
  for (var k = 0u; k < net.groupCount; k++) {
    let group = groupAt(k);
    let by = norm(thread, group);
    for (var i = group.first + thread; i < group.end; i += THREADS) { parts[to + i] = stageValue(i, group.stage, by).value; }
  }
}
`;
