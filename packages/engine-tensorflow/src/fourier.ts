/** Fourier layers: truncated transforms and multipliers as matrix products. */
import { fourierPeriod, type Layer } from '@dyadic/mnn';
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { FusedActivation } from './activation.js';
import { type Applied, type LayerGradient, LayerOperator, type Weights } from './layer-operator.js';

type Frequency = readonly number[];

/** κ = 0, then one of each pair κ and −κ. */
function halfOf({ dimension, window }: Layer): Frequency[] {
  const all = cube(dimension, window).map((place) => place.map((k) => k - (window - 1) / 2));
  return all.slice((all.length - 1) / 2);
}

function cube(dimension: number, extent: number): number[][] {
  let points: number[][] = [[]];
  for (let axis = 0; axis < dimension; axis++) {
    points = points.flatMap((point) => Array.from({ length: extent }, (_, i) => [...point, i]));
  }
  return points;
}

/**
 * Normalised cos(2πκ·n/P) and sin(2πκ·n/P) of every frequency at the sites: rows [frequency][cosine, sine]. With `extended` and
 * reflecting padding, each site also has the values at its mirror images.
 */
function wavesAtSites(layer: Layer, extended: boolean): Float32Array {
  const { dimension, sites, padding } = layer;
  const period = fourierPeriod(layer);
  const images = extended && padding === 'reflect' ? cube(dimension, 2) : [new Array<number>(dimension).fill(0)];
  const places = cube(dimension, sites);
  const frequencies = halfOf(layer);
  const waves = new Float32Array(2 * frequencies.length * places.length);
  frequencies.forEach((kappa, p) => {
    const scale = Math.sqrt((p === 0 ? 1 : 2) / period ** dimension);
    places.forEach((place, n) => {
      let [cosine, sine] = [0, 0];
      for (const image of images) {
        const turns = kappa.reduce((sum, k, a) => sum + k * (image[a] ? period - 1 - place[a]! : place[a]!), 0);
        const angle = (2 * Math.PI * (turns % period)) / period;
        cosine += Math.cos(angle);
        sine += Math.sin(angle);
      }
      waves[2 * p * places.length + n] = scale * cosine;
      waves[(2 * p + 1) * places.length + n] = scale * sine;
    });
  });
  return waves;
}

/**
 * A Fourier layer: x̂ = A x, ŷ = m x̂ frequency by frequency, y = S ŷ. Cosine and sine coefficients are adjacent blocks of twice
 * the channels, on which m = a + ib is the matrix (C, S) ↦ (C aᵀ + S bᵀ, S aᵀ − C bᵀ).
 */
export class FourierOperator extends LayerOperator {
  readonly #frequencies = halfOf(this.dense.layer);

  get #analysis(): Tensor2D {
    return this.#waves('analysis', true);
  }

  get #synthesis(): Tensor2D {
    return this.#waves('synthesis', false);
  }

  #waves(name: string, extended: boolean): Tensor2D {
    const { layer, siteCount } = this.dense;
    const key = `${name} ${layer.dimension} ${layer.sites} ${layer.window} ${layer.padding}`;
    const shape: [number, number] = [2 * this.#frequencies.length, siteCount];
    return this.tables.constant(key, () => this.tf.tensor2d(wavesAtSites(layer, extended), shape));
  }

  override upload(parameters: Float32Array, withAdjoint: boolean): Weights {
    const { inputs, outputs } = this.dense;
    const matrix = this.#multiplier(parameters);
    const forward = this.tf.tensor3d(matrix, [this.#frequencies.length, 2 * inputs, 2 * outputs]);
    return { forward: [forward], adjoint: withAdjoint ? [this.tf.transpose(forward, [0, 2, 1])] : [] };
  }

  protected override product({ forward }: Weights, x: Tensor2D, fused: FusedActivation) {
    const spectrum = this.#analyse(this.#analysis, x);
    const z = this.#synthesise(this.#synthesis, this.tf.matMul(spectrum, forward[0] as Tensor3D));
    return { read: [spectrum], z: fused === 'relu' ? this.tf.relu(z) : z };
  }

  override inputGradient({ adjoint }: Weights, dz: Tensor2D): Tensor2D {
    const slopes = this.#analyse(this.#synthesis, dz);
    return this.#synthesise(this.#analysis, this.tf.matMul(slopes, adjoint[0] as Tensor3D));
  }

  override gradient({ read }: Applied, dz: Tensor2D): LayerGradient {
    const { tf } = this;
    const spectrum = tf.transpose(read[0] as Tensor3D, [0, 2, 1]);
    return { weight: [tf.matMul(spectrum, this.#analyse(this.#synthesis, dz))] };
  }

  override writeGradient(source: Float32Array, from: number, gradient: Float32Array): number {
    const { inputs, outputs } = this.dense;
    this.#eachWeight((p, real, imaginary, out, c) => {
      const at = (row: number, column: number) => source[from + (p * 2 * inputs + row) * 2 * outputs + column]!;
      gradient[real] = at(c, out) + at(inputs + c, outputs + out);
      if (p > 0) gradient[imaginary] = at(inputs + c, out) - at(c, outputs + out);
    });
    return from + this.#frequencies.length * 4 * inputs * outputs;
  }

  #multiplier(parameters: Float32Array): Float32Array {
    const { inputs, outputs } = this.dense;
    const matrix = new Float32Array(this.#frequencies.length * 4 * inputs * outputs);
    this.#eachWeight((p, real, imaginary, out, c) => {
      const at = (row: number, column: number) => (p * 2 * inputs + row) * 2 * outputs + column;
      matrix[at(c, out)] = parameters[real]!;
      matrix[at(inputs + c, outputs + out)] = parameters[real]!;
      if (p === 0) return;
      matrix[at(inputs + c, out)] = parameters[imaginary]!;
      matrix[at(c, outputs + out)] = -parameters[imaginary]!;
    });
    return matrix;
  }

  /** Visits the weights of frequency number p: a and b are at κ and −κ in the parameter vector. */
  #eachWeight(visit: (p: number, real: number, imaginary: number, out: number, c: number) => void): void {
    const { inputs, outputs, layer } = this.dense;
    const middle = this.#frequencies.length - 1;
    for (let p = 0; p <= middle; p++)
      for (let out = 0; out < outputs; out++)
        for (let c = 0; c < inputs; c++) {
          const at = (place: number) => layer.weight.offset + (place * outputs + out) * inputs + c;
          visit(p, at(middle + p), at(middle - p), out, c);
        }
  }

  /** [batch · sites, channels] → [frequency, batch, 2 channels]. */
  #analyse(waves: Tensor2D, x: Tensor2D): Tensor3D {
    const { tf } = this;
    const [batch, channels] = [this.batchOf(x), x.shape[1]];
    const bySite = tf.transpose(tf.reshape(x, [batch, this.dense.siteCount, channels]), [1, 0, 2]);
    const spectrum = tf.matMul(waves, tf.reshape(bySite, [this.dense.siteCount, batch * channels]));
    const parts = tf.reshape(spectrum, [this.#frequencies.length, 2, batch, channels]);
    return tf.reshape(tf.transpose(parts, [0, 2, 1, 3]), [this.#frequencies.length, batch, 2 * channels]);
  }

  /** The inverse layout: [frequency, batch, 2 channels] → [batch · sites, channels]. */
  #synthesise(waves: Tensor2D, spectrum: Tensor3D): Tensor2D {
    const { tf } = this;
    const [count, batch, twice] = spectrum.shape;
    const channels = twice / 2;
    const parts = tf.transpose(tf.reshape(spectrum, [count, batch, 2, channels]), [0, 2, 1, 3]);
    const bySite = tf.matMul(tf.transpose(waves), tf.reshape(parts, [2 * count, batch * channels]));
    const bySample = tf.transpose(tf.reshape(bySite, [this.dense.siteCount, batch, channels]), [1, 0, 2]);
    return tf.reshape(bySample, [batch * this.dense.siteCount, channels]);
  }
}
