/**
 * The network in plain float64 TypeScript, written from eq (2.10) and Algorithm 3 site by site, in any dimension. Slow
 * and obvious: the oracle of the engine's tests. It shares no code with the engine and does its own index arithmetic.
 */
import type { Activation, Layer, Network } from '@dyadic/mnn';

type Site = number[];

const PHI: Record<Activation, (z: number) => number> = {
  linear: (z) => z,
  relu: (z) => Math.max(0, z),
  tanh: Math.tanh,
  softplus: (z) => Math.log1p(Math.exp(-Math.abs(z))) + Math.max(0, z),
};

/** All points of a cube with `extent` points per axis, row-major. */
function cube(dimension: number, extent: number): Site[] {
  let points: Site[] = [[]];
  for (let axis = 0; axis < dimension; axis++) {
    points = points.flatMap((point) => Array.from({ length: extent }, (_, i) => [...point, i]));
  }
  return points;
}

const wrap = (i: number, extent: number) => ((i % extent) + extent) % extent;
const flat = (point: Site, extent: number) => point.reduce((index, i) => index * extent + wrap(i, extent), 0);

/** ζ[i][c'] of eq (2.10); `read(j, c)` gives ξ at place j of the current site's window. */
function applyLayer(layer: Layer, theta: ArrayLike<number>, read: (site: Site, place: Site, c: number) => number) {
  const places = cube(layer.dimension, layer.window);
  const fanIn = places.length * layer.inputChannels;
  return cube(layer.dimension, layer.sites).map((site, i) => {
    const copy = layer.connectivity === 'local' ? i : 0;
    return Array.from({ length: layer.outputChannels }, (_, o) => {
      let z = theta[layer.bias.offset + copy * layer.outputChannels + o]!;
      const row = layer.weight.offset + (copy * layer.outputChannels + o) * fanIn;
      places.forEach((place, j) => {
        for (let c = 0; c < layer.inputChannels; c++) {
          z += theta[row + j * layer.inputChannels + c]! * read(site, place, c);
        }
      });
      return PHI[layer.activation](z);
    });
  });
}

/** f(θ, v) for one sample: the sum of the branches and the output stage. */
export function referenceOutput(network: Network, theta: ArrayLike<number>, v: ArrayLike<number>): Float64Array {
  const u = referenceSum(network, theta, v);
  return network.spec.output === 'density' ? referenceDensity(u) : u;
}

/** f_i = s_i / mean(s), s_i = log(1 + e^(y_i)), by way of logarithms because s_i itself may underflow. */
export function referenceDensity(y: Float64Array): Float64Array {
  const logs = y.map((value) => (value > -30 ? Math.log(PHI.softplus(value)) : value));
  const top = Math.max(...logs);
  const scaled = logs.map((log) => Math.exp(log - top));
  const mean = scaled.reduce((sum, s) => sum + s, 0) / y.length;
  return scaled.map((s) => s / mean);
}

function referenceSum(network: Network, theta: ArrayLike<number>, v: ArrayLike<number>): Float64Array {
  const { dimension, points } = network.spec;
  const u = new Float64Array(points ** dimension);
  for (const { boxes, boxPoints, layers } of network.branches) {
    const boxPlaces = cube(dimension, boxPoints);
    const gridIndex = (site: Site, place: Site) =>
      flat(
        site.map((i, axis) => i * boxPoints + place[axis]!),
        points,
      );
    let state = cube(dimension, boxes).map((site) => boxPlaces.map((place) => v[gridIndex(site, place)]!));
    for (const layer of layers) {
      const before = state;
      const reach = (layer.window - 1) / 2;
      state = applyLayer(layer, theta, (site, place, c) => {
        if (layer.kind === 'restriction') return v[gridIndex(site, place)]!;
        if (layer.kind === 'interpolation') return before[flat(site, boxes)]![c]!;
        return before[
          flat(
            site.map((i, axis) => i + place[axis]! - reach),
            boxes,
          )
        ]![c]!;
      });
    }
    cube(dimension, boxes).forEach((site, i) => {
      boxPlaces.forEach((place, k) => {
        u[gridIndex(site, place)]! += state[i]![k]!;
      });
    });
  }
  return u;
}

export interface PlainSamples {
  readonly inputs: ArrayLike<number>;
  readonly targets: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
}

/** (1/B) Σ_s w_s ‖f(θ, x_s) − t_s‖². */
export function referenceLoss(
  network: Network,
  theta: ArrayLike<number>,
  samples: PlainSamples,
  indices: ArrayLike<number>,
): number {
  let loss = 0;
  for (const s of Array.from(indices)) {
    const x = Array.from({ length: network.inputSize }, (_, i) => samples.inputs[s * network.inputSize + i]!);
    referenceOutput(network, theta, x).forEach((u, i) => {
      loss += (samples.weights[s]! / indices.length) * (u - samples.targets[s * network.outputSize + i]!) ** 2;
    });
  }
  return loss;
}

/** ∂loss/∂θ_i by central differences. */
export function referenceDerivative(
  network: Network,
  theta: ArrayLike<number>,
  samples: PlainSamples,
  indices: ArrayLike<number>,
  i: number,
  step = 1e-5,
): number {
  const moved = Float64Array.from(theta);
  moved[i] = theta[i]! + step;
  const above = referenceLoss(network, moved, samples, indices);
  moved[i] = theta[i]! - step;
  return (above - referenceLoss(network, moved, samples, indices)) / (2 * step);
}
