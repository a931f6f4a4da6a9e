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
import type { Loss, Samples } from './engine.js';
import type { Layer } from './layer.js';
import type { Network } from './network.js';
import { OUTPUT_FORMULAS, type OutputStage } from './output-stage.js';

/** A box or a grid point, by its index along each axis. */
type Site = readonly number[];

/** f(θ, x) of one sample: the sum of the branches and the output stage. @throws ArgumentError for a wrong length */
export function apply(network: Network, parameters: ArrayLike<number>, input: ArrayLike<number>): Float64Array {
  requireLength('parameters', parameters, network.parameterCount);
  requireLength('input', input, network.inputSize);
  return outputStage(network.output, branchSum(network, forward(network, parameters, input)));
}

/**
 * loss = (1/B) Σ_s ε_s² with ε_s² = w_s ‖f(θ, x_s) − t_s‖², or (1/B) Σ_s ε_s, over the B samples that `indices` names, and
 * ∂loss/∂θ. @throws ArgumentError
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
  const { inputSize, outputSize, parameterCount, output, branches } = network;
  const gradient = new Float64Array(parameterCount);
  let loss = 0;
  for (const s of Array.from(indices)) {
    const input = samples.inputs.subarray(s * inputSize, (s + 1) * inputSize);
    const target = samples.targets.subarray(s * outputSize, (s + 1) * outputSize);
    const computed = forward(network, parameters, input);
    const y = branchSum(network, computed);
    const { value, slope } = lossOf(kind, outputStage(output, y), target, samples.weights[s]!);
    loss += value / indices.length;
    const dy = outputPullback(
      output,
      y,
      slope.map((g) => g / indices.length),
    );
    branches.forEach((branch, index) => {
      backpropagate(network, branch, computed[index]!, parameters, dy, gradient);
    });
  }
  return { loss, gradient };
}

/** What a sample counts in the loss, ε² or ε with ε² = w ‖f − t‖², and its gradient with respect to f. */
function lossOf(
  kind: Loss,
  f: Float64Array,
  target: ArrayLike<number>,
  weight: number,
): { value: number; slope: Float64Array } {
  const residual = f.map((value, i) => value - target[i]!);
  const square = residual.reduce((sum, r) => sum + weight * r * r, 0);
  const error = Math.sqrt(square);
  // dε/dε² = 1/(2ε), taken to be 0 at ε = 0.
  const [value, slope] = {
    'squared-error': [square, 1],
    error: [error, error > 0 ? 0.5 / error : 0],
  }[kind] as [number, number];
  return { value, slope: residual.map((r) => 2 * slope * weight * r) };
}

const { softplus } = FLOAT64;
/** log softplus(y), also where softplus(y) underflows: there it is e^y. */
const logSoftplus = (y: number) => (y > -30 ? Math.log(softplus(y)) : y);
/** log σ(y), σ the logistic function. */
const logSigmoid = (y: number) => -softplus(-y);

/** log mean(s^p)^(1/p), s = softplus(y). */
function logNorm(y: Float64Array, p: number): number {
  const top = y.reduce((most, value) => Math.max(most, logSoftplus(value)), Number.NEGATIVE_INFINITY);
  return top + Math.log(y.reduce((sum, value) => sum + Math.exp(p * (logSoftplus(value) - top)), 0) / y.length) / p;
}

/** f, the network's output, from y, the sum of the branches; the positive stages by way of logarithms. */
export function outputStage(stage: OutputStage, y: Float64Array): Float64Array {
  const formula = OUTPUT_FORMULAS[stage];
  if (formula.kind === 'identity') return y;
  const q = logNorm(y, formula.power);
  return y.map((value) => Math.exp(logSoftplus(value) - q));
}

/** ∂loss/∂y from g = ∂loss/∂f: σ(y_k)/q (g_k − f_k^(p−1) mean(f g)) with q = mean(s^p)^(1/p). */
function outputPullback(stage: OutputStage, y: Float64Array, g: Float64Array): Float64Array {
  const formula = OUTPUT_FORMULAS[stage];
  if (formula.kind === 'identity') return g;
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
    for (const [i, point] of blocks(network, branch).entries()) y[point]! += sums.at(-1)![i]!;
  });
  return y;
}

/** Grid point of number k of box i, at [i, k]: the blockwise Reshape of Algorithm 2 (Figure 6). */
function blocks({ dimension, points }: Network, { boxes, boxPoints }: Branch): number[] {
  return cube(dimension, boxes).flatMap((box) =>
    cube(dimension, boxPoints).map((place) =>
      rowMajor(
        box.map((i, axis) => i * boxPoints + place[axis]!),
        points,
      ),
    ),
  );
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
  const blocked = Float64Array.from(blocks(network, branch), (point) => input[point]!);
  const preactivations: Float64Array[] = [];
  const activated: Float64Array[] = [];
  const sums: Float64Array[] = [];
  branch.layers.forEach((layer, index) => {
    const x = sums[layer.reads ?? index - 1] ?? blocked;
    const z = new Float64Array(layer.sites ** layer.dimension * layer.outputChannels);
    visitBiases(layer, (to, bias) => {
      z[to]! += parameters[bias]!;
    });
    visitProducts(layer, (to, from, weight) => {
      z[to]! += parameters[weight]! * x[from]!;
    });
    const { value } = ACTIVATION_FUNCTIONS[layer.activation];
    const a = z.map((x) => value(FLOAT64, x));
    const added = layer.adds === undefined ? undefined : (sums[layer.adds] ?? blocked);
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
  for (const [i, point] of blocks(network, branch).entries()) deltas.at(-1)![i] = dy[point]!;
  for (let index = branch.layers.length - 1; index >= 0; index--) {
    const layer = branch.layers[index]!;
    const source = layer.reads ?? index - 1;
    const x = sums[source] ?? blocked;
    const dx = deltas[source] ?? unused;
    const delta = deltas[index]!;
    if (layer.adds !== undefined) {
      const added = deltas[layer.adds] ?? unused;
      for (const [i, d] of delta.entries()) added[i]! += d;
    }
    const { slope } = ACTIVATION_FUNCTIONS[layer.activation];
    const dz = delta.map((d, i) => d * slope(FLOAT64, activated[index]![i]!));
    visitBiases(layer, (to, bias) => {
      gradient[bias]! += dz[to]!;
    });
    visitProducts(layer, (to, from, weight) => {
      gradient[weight]! += dz[to]! * x[from]!;
      dx[from]! += dz[to]! * parameters[weight]!;
    });
  }
}

/**
 * Visits every product of eq (2.10): weight number `weight` takes input number `from` to output number `to`. A
 * restriction reads the points of its own box, as a layer that has them as channels.
 */
function visitProducts(layer: Layer, visit: (to: number, from: number, weight: number) => void): void {
  const { dimension, sites, outputChannels, weight, connectivity } = layer;
  const fanIn = layer.window ** dimension * layer.inputChannels;
  const channels = layer.kind === 'kernel' ? layer.inputChannels : fanIn;
  const places = layer.kind === 'kernel' ? cube(dimension, layer.window) : [new Array<number>(dimension).fill(0)];
  const reach = layer.kind === 'kernel' ? (layer.window - 1) / 2 : 0;
  for (const [i, site] of cube(dimension, sites).entries()) {
    const copy = connectivity === 'local' ? i : 0;
    for (const [j, place] of places.entries()) {
      const source = site.map((index, axis) => padded(layer, index + place[axis]! - reach));
      if (source.includes(undefined)) continue;
      const from = rowMajor(source as Site, sites) * channels;
      for (let out = 0; out < outputChannels; out++) {
        const row = weight.offset + (copy * outputChannels + out) * fanIn + j * channels;
        for (let c = 0; c < channels; c++) visit(i * outputChannels + out, from + c, row + c);
      }
    }
  }
}

function visitBiases(layer: Layer, visit: (to: number, bias: number) => void): void {
  const { dimension, sites, outputChannels, bias, connectivity } = layer;
  for (let to = 0; to < sites ** dimension * outputChannels; to++) {
    visit(to, bias.offset + (connectivity === 'local' ? to : to % outputChannels));
  }
}

/** The index along an axis that `index` stands for, if any. */
function padded({ sites, padding }: Layer, index: number): number | undefined {
  if (index >= 0 && index < sites) return index;
  if (padding === 'zero') return undefined;
  if (padding === 'reflect') return index < 0 ? -index - 1 : 2 * sites - index - 1;
  return ((index % sites) + sites) % sites;
}

/** All points of a cube with `extent` points per axis, row-major. */
function cube(dimension: number, extent: number): Site[] {
  let points: Site[] = [[]];
  for (let axis = 0; axis < dimension; axis++) {
    points = points.flatMap((point) => Array.from({ length: extent }, (_, i) => [...point, i]));
  }
  return points;
}

function rowMajor(point: Site, extent: number): number {
  return point.reduce((index, i) => index * extent + i, 0);
}
