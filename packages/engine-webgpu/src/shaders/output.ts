import { MOVES } from './moves.js';

/**
 * What happens between y and ∂loss/∂y, by one workgroup per sample, one group of output fields after the other: nothing, the
 * mean, or f = s / mean(s^p)^(1/p) with s = softplus(y). Sums run over a thread's own numbers and then over a binary tree of the
 * threads, so they do not depend on which thread comes first.
 */
export const OUTPUT_STAGE = /* wgsl */ `
${MOVES}
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
  // Squares and sums of the largest numbers would overflow. The factor cancels in f; it is a power of two that takes the largest
  // to 1024 or a little more, as WGSL divides by no number above 2^126.
  let exponent = i32(bitcast<u32>(most) >> 23u) - 127;
  let scale = select(1.0, powerOfTwo(10 - exponent), most > 1000.0);
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
      let r = f - targets[goal + targetNumber(b, i)];
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
      var dy = factor * targets[weights + i / net.points] * (f.value - targets[goal + targetNumber(b, i)]);
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
