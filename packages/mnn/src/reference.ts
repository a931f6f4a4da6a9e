/**
 * The network, its loss and its gradient in float64, site by site from the equations: slow, obvious, and what engines
 * and embeddings are checked against. It does its own index arithmetic and shares no code with any engine.
 *
 * @packageDocumentation
 */
import { requireLength } from '@dyadic/errors';
import { ACTIVATION_FUNCTIONS } from './activations.js';
import { FLOAT64 } from './arithmetic.js';
import type { Branch } from './branch.js';
import { requireSamples } from './checks.js';
import { LOSS_POWERS, type Loss, type Samples } from './engine.js';
import { outputGroups } from './fields.js';
import type { Layer } from './layer.js';
import type { Network } from './network.js';
import { OUTPUT_FORMULAS, type OutputStage } from './output-stage.js';
import { cube, padded, rowMajor, type Site, sites, visitBiases, visitProducts } from './reference-products.js';

/** f(θ, x) of one sample: the sum of the branches and the output stage. @throws ArgumentError for a wrong length */
export function apply(network: Network, parameters: ArrayLike<number>, input: ArrayLike<number>): Float64Array {
  requireLength('parameters', parameters, network.parameterCount);
  requireLength('input', input, network.inputSize);
  return outputStages(network, branchSum(network, forward(network, parameters, input)));
}

/**
 * loss = (1/B) Σ_s ε_s² with ε_s² = Σ_c w_(s,c) ‖f_c(θ, x_s) − t_(s,c)‖², or (1/B) Σ_s ε_s, over the B samples that `indices`
 * names, and ∂loss/∂θ. @throws ArgumentError
 */
export function lossAndGradient(
  network: Network,
  parameters: ArrayLike<number>,
  samples: Samples,
  indices: ArrayLike<number>,
  kind: Loss = 'squared-error',
): { loss: number; gradient: Float64Array } {
  requireLength('parameters', parameters, network.parameterCount);
  requireSamples(network, samples);
  const { inputSize, outputSize, outputs, parameterCount, branches } = network;
  const gradient = new Float64Array(parameterCount);
  let loss = 0;
  for (const s of Array.from(indices)) {
    const input = samples.inputs.subarray(s * inputSize, (s + 1) * inputSize);
    const target = samples.targets.subarray(s * outputSize, (s + 1) * outputSize);
    const computed = forward(network, parameters, input);
    const y = branchSum(network, computed);
    const weights = samples.weights.subarray(s * outputs, (s + 1) * outputs);
    const { value, slope } = lossOf(kind, outputStages(network, y), target, weights);
    loss += value / indices.length;
    const dy = outputPullbacks(
      network,
      y,
      slope.map((g) => g / indices.length),
    );
    branches.forEach((branch, index) => {
      backpropagate(network, branch, computed[index]!, parameters, dy, gradient);
    });
  }
  return { loss, gradient };
}

/** What a sample counts in the loss, ε² or ε with ε² = Σ_c w_c ‖f_c − t_c‖², and its gradient with respect to f. */
function lossOf(
  kind: Loss,
  f: Float64Array,
  target: ArrayLike<number>,
  weights: ArrayLike<number>,
): { value: number; slope: Float64Array } {
  const weightAt = (i: number) => weights[Math.floor((i * weights.length) / f.length)]!;
  const residual = f.map((value, i) => value - target[i]!);
  const square = residual.reduce((sum, r, i) => sum + weightAt(i) * r * r, 0);
  const power = LOSS_POWERS[kind];
  const value = square ** (power / 2);
  // dε^p/dε² = p/2 ε^(p−2), taken to be 0 at ε = 0.
  const slope = square > 0 || power === 2 ? (power / 2) * square ** (power / 2 - 1) : 0;
  return { value, slope: residual.map((r, i) => 2 * slope * weightAt(i) * r) };
}

const { softplus } = FLOAT64;
/** log softplus(y), also where softplus(y) underflows: there it is e^y. */
const logSoftplus = (y: number) => (y > -30 ? Math.log(softplus(y)) : y);
/** log σ(y), σ the logistic function. */
const logSigmoid = (y: number) => -softplus(-y);

/** Divided before they are added: the sum of numbers that are all finite may not be. */
const mean = (y: Float64Array) => y.reduce((sum, value) => sum + value / y.length, 0);

/** log mean(s^p)^(1/p), s = softplus(y). */
function logNorm(y: Float64Array, p: number): number {
  const top = y.reduce((most, value) => Math.max(most, logSoftplus(value)), Number.NEGATIVE_INFINITY);
  return top + Math.log(y.reduce((sum, value) => sum + Math.exp(p * (logSoftplus(value) - top)), 0) / y.length) / p;
}

/** f, the network's output, from y, the sum of the branches: every group of fields by itself. */
export function outputStages(network: Network, y: Float64Array): Float64Array {
  return byGroup(network, y, (stage, part) => outputStage(stage, part));
}

/** ∂loss/∂y from g = ∂loss/∂f. */
function outputPullbacks(network: Network, y: Float64Array, g: Float64Array): Float64Array {
  return byGroup(network, y, (stage, part, from) => outputPullback(stage, part, g.subarray(from, from + part.length)));
}

function byGroup(
  network: Network,
  y: Float64Array,
  stageOf: (stage: OutputStage, part: Float64Array, from: number) => Float64Array,
): Float64Array {
  const result = new Float64Array(y.length);
  const size = y.length / network.outputs;
  for (const { stage, first, fields } of outputGroups(network)) {
    const from = first * size;
    result.set(stageOf(stage, y.subarray(from, from + fields * size), from), from);
  }
  return result;
}

/** f of one group of fields; the positive stages by way of logarithms. */
export function outputStage(stage: OutputStage, y: Float64Array): Float64Array {
  const formula = OUTPUT_FORMULAS[stage];
  if (formula.kind === 'identity') return y;
  if (formula.kind === 'mean') return y.map(() => mean(y));
  const q = logNorm(y, formula.power);
  return y.map((value) => Math.exp(logSoftplus(value) - q));
}

/** ∂loss/∂y from g = ∂loss/∂f: σ(y_k)/q (g_k − f_k^(p−1) mean(f g)) with q = mean(s^p)^(1/p). */
function outputPullback(stage: OutputStage, y: Float64Array, g: Float64Array): Float64Array {
  const formula = OUTPUT_FORMULAS[stage];
  if (formula.kind === 'identity') return g;
  if (formula.kind === 'mean') return g.map(() => mean(g));
  const p = formula.power;
  const q = logNorm(y, p);
  const f = outputStage(stage, y);
  const average = f.reduce((sum, value, i) => sum + value * g[i]!, 0) / y.length;
  return y.map((value, k) => Math.exp(logSigmoid(value) - q) * (g[k]! - f[k]! ** (p - 1) * average));
}

/**
 * How near an input is to a kink of the network: the least |z| of any ReLU, relative to the largest of its layer; infinite
 * without ReLUs. Where it is as small as a rounding error, the gradient of a float32 engine may be that of the other side.
 */
export function kinkDistance(network: Network, parameters: ArrayLike<number>, input: ArrayLike<number>): number {
  let least = Number.POSITIVE_INFINITY;
  if (network.layers.every(({ activation }) => activation !== 'relu')) return least;
  forward(network, parameters, input).forEach(({ preactivations }, branch) => {
    network.branches[branch]!.layers.forEach(({ activation }, index) => {
      if (activation !== 'relu') return;
      const sizes = preactivations[index]!.map(Math.abs).sort();
      least = Math.min(least, sizes[0]! / sizes.at(-1)!);
    });
  });
  return least;
}

/** y, to which every branch gives the output of its last layer. */
function branchSum(network: Network, computed: readonly Activations[]): Float64Array {
  const y = new Float64Array(network.outputSize);
  network.branches.forEach((branch, index) => {
    const { sums } = computed[index]!;
    outputNumbers(network, branch).forEach((number, i) => {
      if (number !== undefined) y[number]! += sums.at(-1)![i]!;
    });
  });
  return y;
}

/**
 * Point of the padded grid that place k of box i is, relative to the first point of the field, at [i, k]: the blockwise
 * Reshape of Algorithm 2 (Figure 6).
 */
function blocks({ dimension, shape, paddedShape }: Network, { boxes, boxPoints }: Branch): Site[] {
  const before = shape.map((points, axis) => Math.floor((paddedShape[axis]! - points) / 2));
  return cube(dimension, boxes).flatMap((box) =>
    sites(boxPoints).map((place) => box.map((i, axis) => i * boxPoints[axis]! + place[axis]! - before[axis]!)),
  );
}

/** The number of a sample that a branch reads, at [i, k, field]; undefined where it reads a zero. */
function inputNumbers(network: Network, branch: Branch): (number | undefined)[] {
  const { shape, inputs, fit } = network;
  return numbers(network, branch, inputs, (point) =>
    point.map((index, axis) => padded({ sites: shape[axis]!, padding: fit ?? 'zero' }, index)),
  );
}

/** The number of the output that a branch gives, at [i, k, field]; undefined where it is cropped. */
function outputNumbers(network: Network, branch: Branch): (number | undefined)[] {
  return numbers(network, branch, network.outputs, (point) =>
    point.map((index, axis) => padded({ sites: network.shape[axis]!, padding: 'zero' }, index)),
  );
}

function numbers(
  network: Network,
  branch: Branch,
  fields: number,
  within: (point: Site) => (number | undefined)[],
): (number | undefined)[] {
  const size = network.shape.reduce((all, points) => all * points, 1);
  return blocks(network, branch).flatMap((point) => {
    const found = within(point);
    const number = found.includes(undefined) ? undefined : rowMajor(found as Site, network.shape);
    return Array.from({ length: fields }, (_, field) => (number === undefined ? undefined : field * size + number));
  });
}

/** What a branch computes: z of every layer, φ(z), and the same with what the layer adds; numbers are at [site, channel]. */
interface Activations {
  readonly blocked: Float64Array;
  readonly preactivations: Float64Array[];
  readonly activated: Float64Array[];
  readonly sums: Float64Array[];
}

/** What every branch computes. */
function forward(network: Network, parameters: ArrayLike<number>, input: ArrayLike<number>): Activations[] {
  return network.branches.map((branch) => forwardBranch(network, branch, parameters, input));
}

function forwardBranch(
  network: Network,
  branch: Branch,
  parameters: ArrayLike<number>,
  input: ArrayLike<number>,
): Activations {
  const blocked = Float64Array.from(inputNumbers(network, branch), (number) =>
    number === undefined ? 0 : input[number]!,
  );
  const preactivations: Float64Array[] = [];
  const activated: Float64Array[] = [];
  const sums: Float64Array[] = [];
  branch.layers.forEach((layer, index) => {
    const taken = (of: number, channels: number) => {
      const output = sums[of] ?? blocked;
      return Float64Array.from(placesTaken(branch, layer, of, channels), (place) => output[place]!);
    };
    const x = taken(layer.reads ?? index - 1, layer.inputChannels);
    const z = new Float64Array(layer.sites ** layer.dimension * layer.outputChannels);
    visitBiases(layer, (to, bias) => {
      z[to]! += parameters[bias]!;
    });
    visitProducts(layer, (to, from, weight, factor) => {
      z[to]! += parameters[weight]! * factor * x[from]!;
    });
    const { addsWithin, adds, outputChannels } = layer;
    if (addsWithin !== undefined) for (const [i, value] of taken(addsWithin, outputChannels).entries()) z[i]! += value;
    const { value } = ACTIVATION_FUNCTIONS[layer.activation];
    const a = z.map((x) => value(FLOAT64, x));
    const added = adds === undefined ? undefined : taken(adds, outputChannels);
    preactivations.push(z);
    activated.push(a);
    sums.push(added ? a.map((value, i) => value + added[i]!) : a);
  });
  return { blocked, preactivations, activated, sums };
}

function backpropagate(
  network: Network,
  branch: Branch,
  { blocked, activated, sums }: Activations,
  parameters: ArrayLike<number>,
  dy: Float64Array,
  gradient: Float64Array,
): void {
  const deltas = sums.map((sum) => new Float64Array(sum.length));
  const unused = new Float64Array(blocked.length);
  outputNumbers(network, branch).forEach((number, i) => {
    deltas.at(-1)![i] = number === undefined ? 0 : dy[number]!;
  });
  for (let index = branch.layers.length - 1; index >= 0; index--) {
    const layer = branch.layers[index]!;
    const source = layer.reads ?? index - 1;
    const places = placesTaken(branch, layer, source, layer.inputChannels);
    const x = sums[source] ?? blocked;
    const dx = deltas[source] ?? unused;
    const delta = deltas[index]!;
    const passOn = (gradient: Float64Array, to: number | undefined) => {
      if (to === undefined) return;
      const added = deltas[to] ?? unused;
      placesTaken(branch, layer, to, layer.outputChannels).forEach((place, i) => {
        added[place]! += gradient[i]!;
      });
    };
    passOn(delta, layer.adds);
    const { slope } = ACTIVATION_FUNCTIONS[layer.activation];
    const dz = delta.map((d, i) => d * slope(FLOAT64, activated[index]![i]!));
    passOn(dz, layer.addsWithin);
    visitBiases(layer, (to, bias) => {
      gradient[bias]! += dz[to]!;
    });
    visitProducts(layer, (to, from, weight, factor) => {
      gradient[weight]! += dz[to]! * factor * x[places[from]!]!;
      dx[places[from]!]! += dz[to]! * factor * parameters[weight]!;
    });
  }
}

/**
 * The place in the output of layer `of` (−1: in the input) of what a layer takes of it, at [site, channel] of the layer. Of finer
 * sites the channels of one after the other are those of the site that holds them; of a coarser one each has its part.
 */
function placesTaken(branch: Branch, { dimension, sites }: Layer, of: number, channels: number): number[] {
  const from = branch.layers[of]?.sites ?? branch.boxes;
  if (from === sites) return Array.from({ length: sites ** dimension * channels }, (_, i) => i);
  const [coarse, fine] = [Math.min(from, sites), Math.max(from, sites)];
  const inside = cube(dimension, fine / coarse);
  const each = sites === fine ? channels : channels / inside.length;
  const fineShape = new Array<number>(dimension).fill(fine);
  const places: number[] = [];
  for (const [box, site] of cube(dimension, coarse).entries()) {
    for (const [k, place] of inside.entries()) {
      const child = rowMajor(
        site.map((i, axis) => (i * fine) / coarse + place[axis]!),
        fineShape,
      );
      for (let c = 0; c < each; c++) {
        const [onCoarse, onFine] = [(box * inside.length + k) * each + c, child * each + c];
        if (sites === coarse) places[onCoarse] = onFine;
        else places[onFine] = onCoarse;
      }
    }
  }
  return places;
}
