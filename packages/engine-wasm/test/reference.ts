/** The network, its loss and its gradient in float64, from the equations of the paper and nothing else: the oracle. */
import { type Branch, blockOrder, kernelWindows, type Layer, type Network, type Samples } from '@dyadic/mnn';

/** φ, and φ' as a function of the activated value y = φ(z). */
const ACTIVATIONS: Record<Layer['activation'], [(z: number) => number, (y: number) => number]> = {
  linear: [(z) => z, () => 1],
  relu: [(z) => Math.max(z, 0), (y) => (y > 0 ? 1 : 0)],
  tanh: [Math.tanh, (y) => 1 - y * y],
  softplus: [(z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))), (y) => -Math.expm1(-y)],
};

/** One product of a layer: weight `parameter` takes input number `from` to output number `to`. */
type Visit = (to: number, from: number, weight: number) => void;

/** Visits every product of (2.10): numbers of the grid by row-major index, of sites by [site, channel]. */
function visitProducts(layer: Layer, network: Network, visit: Visit): void {
  const { kind, sites, dimension, inputChannels, outputChannels, weight } = layer;
  const places = layer.window ** dimension;
  const siteCount = sites ** dimension;
  const windows = kind === 'kernel' ? kernelWindows(layer) : undefined;
  const boxes = blockOrder(dimension, network.spec.points, sites);
  const boxSize = boxes.length / siteCount;
  for (let site = 0; site < siteCount; site++) {
    for (let out = 0; out < outputChannels; out++) {
      for (let place = 0; place < places; place++) {
        for (let channel = 0; channel < inputChannels; channel++) {
          const copy = layer.connectivity === 'local' ? site : 0;
          const w = weight.offset + ((copy * outputChannels + out) * places + place) * inputChannels + channel;
          if (kind === 'restriction') visit(site * outputChannels + out, boxes[site * boxSize + place]!, w);
          else if (kind === 'interpolation') visit(boxes[site * boxSize + out]!, site * inputChannels + channel, w);
          else visit(site * outputChannels + out, windows![site * places + place]! * inputChannels + channel, w);
        }
      }
    }
  }
}

function visitBiases(layer: Layer, network: Network, visit: (to: number, bias: number) => void): void {
  const { sites, dimension, outputChannels, bias } = layer;
  const boxes = blockOrder(dimension, network.spec.points, sites);
  for (let site = 0; site < sites ** dimension; site++) {
    for (let out = 0; out < outputChannels; out++) {
      const position = site * outputChannels + out;
      const to = layer.kind === 'interpolation' ? boxes[position]! : position;
      visit(to, bias.offset + (layer.connectivity === 'local' ? position : out));
    }
  }
}

function forwardLayer(layer: Layer, network: Network, parameters: ArrayLike<number>, x: Float64Array) {
  const y = new Float64Array(layer.sites ** layer.dimension * layer.outputChannels);
  visitBiases(layer, network, (to, bias) => {
    y[to]! += parameters[bias]!;
  });
  visitProducts(layer, network, (to, from, weight) => {
    y[to]! += parameters[weight]! * x[from]!;
  });
  return y.map(ACTIVATIONS[layer.activation][0]);
}

/** Row-major grid index of number i at the ends of a branch: the adjacent part works on [finest box, point]. */
function gridOrder(network: Network, branch: Branch): Uint32Array {
  const { dimension, points } = network.spec;
  return blockOrder(dimension, points, branch.layers[0]!.kind === 'kernel' ? branch.boxes : 1);
}

/** The input of a branch's first layer, then the output of every layer. */
function activations(
  network: Network,
  branch: Branch,
  parameters: ArrayLike<number>,
  input: ArrayLike<number>,
): Float64Array<ArrayBuffer>[] {
  const values = [Float64Array.from(gridOrder(network, branch), (point) => input[point]!)];
  for (const layer of branch.layers) values.push(forwardLayer(layer, network, parameters, values.at(-1)!));
  return values;
}

const softplus = ACTIVATIONS.softplus[0];
/** log softplus(y), also where softplus(y) underflows: there it is e^y. */
const logSoftplus = (y: number) => (y > -30 ? Math.log(softplus(y)) : y);
/** log σ(y), σ the logistic function. */
const logSigmoid = (y: number) => -softplus(-y);

/** log mean(s), s = softplus(y). */
function logMean(y: Float64Array): number {
  const top = y.reduce((most, value) => Math.max(most, logSoftplus(value)), Number.NEGATIVE_INFINITY);
  return top + Math.log(y.reduce((sum, value) => sum + Math.exp(logSoftplus(value) - top), 0) / y.length);
}

/** f_i = s_i / mean(s), by way of logarithms. */
export function density(y: Float64Array): Float64Array {
  const m = logMean(y);
  return y.map((value) => Math.exp(logSoftplus(value) - m));
}

/** ∂loss/∂y_k = σ(y_k) (g_k / m − Σ_i g_i s_i / (N m²)) from g = ∂loss/∂f. */
export function densityPullback(y: Float64Array, g: Float64Array): Float64Array {
  const m = logMean(y);
  const average = density(y).reduce((sum, f, i) => sum + f * g[i]!, 0) / y.length;
  return y.map((value, k) => Math.exp(logSigmoid(value) - m) * (g[k]! - average));
}

/** f(θ, x): the sum of the branches and the output stage. */
export function apply(network: Network, parameters: ArrayLike<number>, input: ArrayLike<number>): Float64Array {
  const y = branchSum(network, parameters, input);
  return network.spec.output === 'density' ? density(y) : y;
}

function branchSum(network: Network, parameters: ArrayLike<number>, input: ArrayLike<number>): Float64Array {
  const output = new Float64Array(network.outputSize);
  for (const branch of network.branches) {
    const last = activations(network, branch, parameters, input).at(-1)!;
    gridOrder(network, branch).forEach((point, i) => {
      output[point]! += last[i]!;
    });
  }
  return output;
}

/** loss = (1/B) Σ_s w_s ‖f(θ, x_s) − t_s‖² over the samples named, and ∂loss/∂θ. */
export function lossAndGradient(
  network: Network,
  parameters: ArrayLike<number>,
  samples: Samples,
  indices: ArrayLike<number>,
): { loss: number; gradient: Float64Array } {
  const gradient = new Float64Array(network.parameterCount);
  let loss = 0;
  for (const s of Array.from(indices)) {
    const input = samples.inputs.subarray(s * network.inputSize, (s + 1) * network.inputSize);
    const target = samples.targets.subarray(s * network.outputSize, (s + 1) * network.outputSize);
    const factor = samples.weights[s]! / indices.length;
    const residual = apply(network, parameters, input).map((f, i) => f - target[i]!);
    for (const r of residual) loss += factor * r * r;
    const g = residual.map((r) => 2 * factor * r);
    const isDensity = network.spec.output === 'density';
    const outer = isDensity ? densityPullback(branchSum(network, parameters, input), g) : g;
    for (const branch of network.branches) backpropagate(network, branch, parameters, input, outer, gradient);
  }
  return { loss, gradient };
}

function backpropagate(
  network: Network,
  branch: Branch,
  parameters: ArrayLike<number>,
  input: ArrayLike<number>,
  outer: Float64Array,
  gradient: Float64Array,
): void {
  const values = activations(network, branch, parameters, input);
  let delta = Float64Array.from(gridOrder(network, branch), (point) => outer[point]!);
  for (let l = branch.layers.length - 1; l >= 0; l--) {
    const layer = branch.layers[l]!;
    const [x, y] = [values[l]!, values[l + 1]!];
    delta = delta.map((d, i) => d * ACTIVATIONS[layer.activation][1](y[i]!));
    visitBiases(layer, network, (to, bias) => {
      gradient[bias]! += delta[to]!;
    });
    const inner = new Float64Array(x.length);
    visitProducts(layer, network, (to, from, weight) => {
      gradient[weight]! += delta[to]! * x[from]!;
      inner[from]! += delta[to]! * parameters[weight]!;
    });
    delta = inner;
  }
}
