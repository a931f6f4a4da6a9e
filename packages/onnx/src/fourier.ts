/**
 * Fourier layers as real matrix products, axis by axis. Along an axis of s sites, a matrix maps a field to its inner products with
 * the w = 2M − 1 waves 1, cos θ, sin θ, …, cos (M − 1)θ, sin (M − 1)θ. Signed sums of their tensor products over the axes are the
 * inner products with cos κ·θ and sin κ·θ,
 *
 *   a_κ = Σ_n ξ[n] cos θ,   b_κ = Σ_n ξ[n] sin θ,   θ = 2π κ·n/P,
 *
 * for one κ of each pair ±κ. With m_κ = W[κ] + i W[−κ], a layer is
 *
 *   ζ[i] = 1/P^d Σ_κ c_κ ( (W[κ] a + W[−κ] b) cos θ_i + (W[κ] b − W[−κ] a) sin θ_i ),   c_0 = 1, else 2,
 *
 * computed axis by axis in reverse. No constant is larger than a matrix along one axis, or one matrix per frequency.
 */
import { cos, sin } from '@dyadic/elementary';
import { fourierPeriod, type Layer } from '@dyadic/mnn';
import type { Activations } from './activations.js';
import type { Graph, Value } from './graph.js';

/** A frequency: one component per axis. */
type Frequency = readonly number[];

/** A product of waves along the axes, by its index, and its sign in a sum. */
interface Term {
  readonly product: number;
  readonly sign: number;
}

/** ζ of every site, `[batch, sites, output channels]`. */
export function fourierNodes(graph: Graph, parameters: Float32Array, layer: Layer, { value }: Activations): Value {
  const { name, dimension, window, inputChannels, outputChannels } = layer;
  const half = frequencies(layer).filter((frequency) => leading(frequency) >= 0);
  const waves = half.flatMap((frequency) => [termsOf(layer, frequency, 0), termsOf(layer, frequency, 1)]);

  const forth = graph.table('analysis', analysis(layer), [window, layer.sites]);
  const sizes = { dimension, rows: window, columns: layer.sites, channels: inputChannels };
  const coefficients = combined(graph, alongAxes(graph, value, forth, sizes, name), waves, name);

  const pairs = graph.reshape(coefficients, [half.length, 1, 2 * inputChannels], name);
  const shape = [half.length, 2 * inputChannels, 2 * outputChannels];
  const matrices = graph.constant(`${name}/weight`, multipliers(layer, half, parameters), shape);
  const multiplied = graph.reshape(graph.node('MatMul', [pairs, matrices], name), [waves.length, outputChannels], name);

  const back = graph.table('synthesis', synthesis(layer), [layer.sites, window]);
  const products = combined(graph, multiplied, transposed(waves, window ** dimension), name);
  const result = { dimension, rows: layer.sites, columns: window, channels: outputChannels };
  return alongAxes(graph, products, back, result, name);
}

/** Applies a `rows` × `columns` matrix along every axis of `[batch, columns^d, channels]`, last axis first. */
function alongAxes(
  graph: Graph,
  x: Value,
  matrix: Value,
  { dimension, rows, columns, channels }: Record<'dimension' | 'rows' | 'columns' | 'channels', number>,
  name: string,
): Value {
  let result = x;
  for (let axis = dimension - 1; axis >= 0; axis--) {
    const inner = rows ** (dimension - 1 - axis) * channels;
    const view = graph.reshape(result, [columns ** axis, columns, inner], name);
    result = graph.node('MatMul', [matrix, view], name);
  }
  return graph.reshape(result, [rows ** dimension, channels], name);
}

/** All frequencies, in the order of the weights. */
function frequencies({ dimension, window }: Layer): Frequency[] {
  let all: number[][] = [[]];
  for (let axis = 0; axis < dimension; axis++) {
    all = all.flatMap((frequency) => Array.from({ length: window }, (_, k) => [...frequency, k - (window - 1) / 2]));
  }
  return all;
}

/** Sign of the first nonzero component; 0 if there is none. */
function leading(frequency: Frequency): number {
  return Math.sign(frequency.find((component) => component !== 0) ?? 0);
}

/**
 * cos κ·θ (part 0) or sin κ·θ (part 1) as a sum of products: the real or the imaginary part of Π_j (cos κ_j θ_j + i sin κ_j θ_j),
 * one term per set of axes with a sine.
 */
function termsOf({ dimension, window }: Layer, frequency: Frequency, part: 0 | 1): Term[] {
  const terms: Term[] = [];
  for (let sines = 0; sines < 2 ** dimension; sines++) {
    const isSine = frequency.map((_, axis) => ((sines >> axis) & 1) === 1);
    const power = isSine.filter(Boolean).length; // of i
    if (power % 2 !== part || isSine.some((sine, axis) => sine && frequency[axis] === 0)) continue;
    const product = frequency.reduce((number, component, axis) => {
      const k = Math.abs(component);
      return number * window + (k === 0 ? 0 : 2 * k - (isSine[axis] ? 0 : 1));
    }, 0);
    const negative = isSine.filter((sine, axis) => sine && frequency[axis]! < 0).length + Math.floor(power / 2);
    terms.push({ product, sign: negative % 2 === 0 ? 1 : -1 });
  }
  return terms;
}

/** For each of `products` products, the waves that contain it. */
function transposed(waves: readonly (readonly Term[])[], products: number): Term[][] {
  const result: Term[][] = Array.from({ length: products }, () => []);
  waves.forEach((terms, wave) => {
    for (const { product, sign } of terms) result[product]!.push({ product: wave, sign });
  });
  return result;
}

/** Signed sums of rows of `[batch, rows, channels]`; takes as many gathers as the longest sum has terms. */
function combined(graph: Graph, x: Value, sums: readonly (readonly Term[])[], name: string): Value {
  const most = Math.max(...sums.map((terms) => terms.length));
  const parts = Array.from({ length: most }, (_, t) => {
    const rows = Int32Array.from(sums, (terms) => terms[t]?.product ?? 0);
    const signs = Float32Array.from(sums, (terms) => terms[t]?.sign ?? 0);
    const gathered = graph.node('Gather', [x, graph.table(`${name}/rows`, rows)], name, { axis: 1 });
    return graph.node('Mul', [gathered, graph.table(`${name}/signs`, signs, [signs.length, 1])], name);
  });
  return parts.reduce((sum, part) => graph.node('Add', [sum, part], name));
}

/** The waves along an axis at a site: 1, cos θ, sin θ, cos 2θ, … */
function wavesAt(site: number, { window }: Layer, period: number): number[] {
  return Array.from({ length: window }, (_, row) => {
    const k = Math.ceil(row / 2);
    const angle = (2 * Math.PI * ((k * site) % period)) / period;
    return row % 2 === 0 && row > 0 ? sin(angle) : cos(angle);
  });
}

/** The analysis matrix, [wave, site]: the waves at each site, plus those at its mirror image with reflecting padding. */
function analysis(layer: Layer): Float32Array {
  const { sites, window, padding } = layer;
  const period = fourierPeriod(layer);
  const matrix = new Float32Array(window * sites);
  for (let site = 0; site < sites; site++) {
    const own = wavesAt(site, layer, period);
    const image = padding === 'reflect' ? wavesAt(period - 1 - site, layer, period) : undefined;
    for (let row = 0; row < window; row++) matrix[row * sites + site] = own[row]! + (image?.[row] ?? 0);
  }
  return matrix;
}

/** The synthesis matrix, [site, wave]: 1/P times the waves at each site. */
function synthesis(layer: Layer): Float32Array {
  const period = fourierPeriod(layer);
  const rows = Array.from({ length: layer.sites }, (_, site) => wavesAt(site, layer, period));
  return Float32Array.from(rows.flat(), (wave) => wave / period);
}

/** For each frequency the matrix that maps (a, b) to c_κ (W[κ] a + W[−κ] b, W[κ] b − W[−κ] a). */
function multipliers(layer: Layer, half: readonly Frequency[], parameters: Float32Array): Float32Array {
  const { inputChannels, outputChannels, window, weight } = layer;
  const [rows, columns] = [2 * inputChannels, 2 * outputChannels];
  const matrices = new Float32Array(half.length * rows * columns);
  const weightOf = (frequency: Frequency, out: number, c: number) => {
    const number = frequency.reduce((index, component) => index * window + component + (window - 1) / 2, 0);
    return parameters[weight.offset + (number * outputChannels + out) * inputChannels + c]!;
  };
  half.forEach((frequency, h) => {
    const isZero = leading(frequency) === 0;
    const opposite = frequency.map((component) => -component);
    for (let out = 0; out < outputChannels; out++) {
      for (let c = 0; c < inputChannels; c++) {
        const set = (row: number, column: number, value: number) => {
          matrices[(h * rows + row) * columns + column] = value;
        };
        const real = weightOf(frequency, out, c) * (isZero ? 1 : 2);
        set(c, out, real);
        if (isZero) continue;
        const imaginary = 2 * weightOf(opposite, out, c);
        set(inputChannels + c, out, imaginary);
        set(c, outputChannels + out, -imaginary);
        set(inputChannels + c, outputChannels + out, real);
      }
    }
  });
  return matrices;
}
