/**
 * The items of every stage. What is read and written is said by the tables of `plan.ts`, whose records the functions here
 * take apart word by word; where activations lie (`act`, `delta`) is said by the module that includes them.
 */
export const ITEMS = /* wgsl */ `
const NONE = 0xffffffffu;

struct Layer {
  sites: u32, channels: u32,
  // The input of a site: places, each a run of numbers.
  places: u32, run: u32, fanIn: u32,
  weight: u32, bias: u32, weightPerSite: u32, biasPerSite: u32,
  activation: u32,
  input: u32, table: u32,
  activated: u32, output: u32, adds: u32,
  // Where ∂loss/∂z of a site lies: again places, each a run.
  dz: u32, dzPlaces: u32, dzRun: u32, dzTable: u32,
  weightSize: u32,
  consumers: u32, firstConsumer: u32,
}

fn layerAt(at: u32) -> Layer {
  return Layer(
    tables[at], tables[at + 1u], tables[at + 2u], tables[at + 3u], tables[at + 4u], tables[at + 5u], tables[at + 6u],
    tables[at + 7u], tables[at + 8u], tables[at + 9u], tables[at + 10u], tables[at + 11u], tables[at + 12u],
    tables[at + 13u], tables[at + 14u], tables[at + 15u], tables[at + 16u], tables[at + 17u], tables[at + 18u],
    tables[at + 19u], tables[at + 20u], tables[at + 21u]);
}

// Where place j of a site begins, or NONE where padding lies.
fn placeOf(start: u32, table: u32, site: u32, places: u32, run: u32, j: u32) -> u32 {
  if (table == NONE) { return start + (site * places + j) * run; }
  let offset = tables[table + site * places + j];
  return select(start + offset, NONE, offset == NONE);
}

// Number n of a layer, eq (2.10): ζ[i, c'] = φ(Σ_j Σ_c W[(i,) c', j, c] ξ[j, c] + b[(i,) c']) (+ η[i, c']).
fn forwardItem(at: u32, n: u32) {
  let layer = layerAt(at);
  if (n >= layer.sites * layer.channels) { return; }
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
  let a = activated(layer.activation, sum);
  setAct(layer.activated + n, a);
  if (layer.adds != NONE) { setAct(layer.output + n, a + act(layer.adds + n)); }
}

// y at grid point g, the sum of the branches: stored outputs, and interpolations done here.
fn mergeItem(g: u32) {
  if (g >= net.size) { return; }
  var y = 0.0;
  let branches = tables[net.merge];
  for (var b = 0u; b < branches; b++) {
    let at = net.merge + 1u + 8u * b;
    let start = tables[at + 1u];
    if (tables[at] == 0u) { y += act(start + g); continue; }
    let table = tables[at + 2u];
    let points = tables[at + 3u];
    let channels = tables[at + 4u];
    var n = g;
    if (table != NONE) { n = tables[table + g]; }
    let site = n / points;
    // The weights of a local layer are those of the site's own points.
    let row = select(n % points, n, tables[at + 7u] == 1u);
    let w = tables[at + 5u] + row * channels;
    var sum = parameters[tables[at + 6u] + row];
    for (var c = 0u; c < channels; c++) { sum += parameters[w + c] * act(start + site * channels + c); }
    y += sum;
  }
  setAct(net.output + g, y);
}

// ∂loss/∂z for number n of a layer, from all who use its output: δ[s, c] = Σ W[c', j, c] ∂z[i, c'] over the windows i that
// hold site s at their place j.
fn deltaItem(at: u32, n: u32) {
  let layer = layerAt(at);
  if (n >= layer.sites * layer.channels) { return; }
  let site = n / layer.channels;
  let channel = n % layer.channels;
  var sum = 0.0;
  for (var k = 0u; k < layer.consumers; k++) {
    let it = layer.firstConsumer + 8u * k;
    let weight = tables[it + 1u] + channel;
    let fanIn = tables[it + 3u];
    let start = tables[it + 4u];
    let table = tables[it + 5u];
    switch tables[it] {
      case 0u: {
        let channels = tables[it + 6u];
        let entries = table + layer.sites + 1u;
        let end = entries + tables[table + site + 1u];
        for (var e = entries + tables[table + site]; e < end; e += 2u) {
          let dz = start + tables[e];
          var w = weight + tables[e + 1u];
          for (var c = 0u; c < channels; c++) {
            sum += parameters[w] * gradientAt(dz + c);
            w += fanIn;
          }
        }
      }
      case 1u: {
        let places = tables[it + 6u];
        let run = tables[it + 7u];
        var w = weight + site * tables[it + 2u];
        for (var j = 0u; j < places; j++) {
          let dz = placeOf(start, table, site, places, run, j);
          for (var c = 0u; c < run; c++) {
            sum += parameters[w] * gradientAt(dz + c);
            w += fanIn;
          }
        }
      }
      default: { sum += gradientAt(start + n); }
    }
  }
  let dz = sum * slope(layer.activation, act(layer.activated + n));
  if (layer.adds != NONE) { setGradient(layer.output + n, sum); }
  setGradient(layer.activated + n, dz);
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
 * What happens between y and ∂loss/∂y, by one workgroup per sample. `POWER` is the p of the positive stages
 * f = s / mean(s^p)^(1/p), s = softplus(y), and 0 for the linear one. Sums run over a thread's own points and then over a
 * binary tree of the threads, so they do not depend on which thread comes first.
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

// What f needs to know of the whole sample.
struct Norm { shift: f32, scale: f32, inverse: f32 }
fn norm(thread: u32) -> Norm {
  if (net.power == 0u) { return Norm(0.0, 1.0, 1.0); }
  var top = -3.4e38;
  for (var g = thread; g < net.size; g += THREADS) { top = max(top, act(net.output + g)); }
  let most = greatest(thread, top);
  let shift = min(0.0, most);
  // Squares and sums of the largest numbers would overflow; the factor cancels in f.
  let scale = select(1.0, 1000.0 / most, most > 1000.0);
  // What is added up is compensated (Kahan 1965): f is to have the norm 1 to rounding.
  var sum = 0.0;
  var lost = 0.0;
  for (var g = thread; g < net.size; g += THREADS) {
    let s = scale * scaledSoftplus(act(net.output + g), shift).value;
    let term = select(s * s, s, net.power == 1u) - lost;
    let next = sum + term;
    lost = (next - sum) - term;
    sum = next;
  }
  let mean = total(thread, sum) / f32(net.size);
  return Norm(shift, scale, 1.0 / select(sqrt(mean), mean, net.power == 1u));
}

// f at grid point g, and ∂f_g/∂y_g with the norm held.
fn stageValue(g: u32, by: Norm) -> Scaled {
  let y = act(net.output + g);
  if (net.power == 0u) { return Scaled(y, 1.0); }
  let s = scaledSoftplus(y, by.shift);
  return Scaled(by.scale * s.value * by.inverse, by.scale * s.slope * by.inverse);
}

// ε² = w ‖f − t‖² of the sample at place b of a batch, and ∂loss/∂y in place of y.
fn lossStage(thread: u32, b: u32, sample: u32) {
  let goal = sample * (net.size + 1u);
  let by = norm(thread);
  var squares = 0.0;
  var products = 0.0;
  for (var g = thread; g < net.size; g += THREADS) {
    let f = stageValue(g, by).value;
    let r = f - targets[goal + g];
    squares += r * r;
    products += f * r;
  }
  let weight = targets[goal + net.size];
  let square = weight * total(thread, squares);
  var average = 0.0;
  if (net.power > 0u) { average = total(thread, products) / f32(net.size); }
  var value = square;
  var factor = 2.0 * weight / f32(step.count);
  if (step.lossOfErrors == 1u) {
    value = sqrt(square);
    factor = select(0.0, 0.5 * factor / value, square > 0.0);
    if (isNan(square)) { factor = square; }
  }
  if (thread == 0u) { losses[b] = value; }
  for (var g = thread; g < net.size; g += THREADS) {
    let f = stageValue(g, by);
    var dy = factor * (f.value - targets[goal + g]);
    if (net.power == 1u) { dy = f.slope * (dy - factor * average); }
    if (net.power == 2u) { dy = f.slope * (dy - factor * f.value * average); }
    setGradient(net.output + g, dy);
  }
}
`;
