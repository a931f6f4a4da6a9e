import { ArgumentError, type Option } from '@dyadic/errors';
import type { Activation } from './activations.js';

/**
 * Whether the weights of a layer are the same at every site (CR, CK, CI of §3.2: the map commutes with translations)
 * or belong to each site (LCR, LCK, LCI of §2.2).
 */
export type Connectivity = 'convolutional' | 'local';
export const CONNECTIVITIES: readonly Connectivity[] = ['convolutional', 'local'];

/**
 * What the windows of kernel layers find beyond the ends of the domain: `periodic` the other end; `zero` nothing;
 * `reflect` the mirror image in the boundary, site −1 being site 0, as of a function continued evenly.
 */
export type Padding = 'periodic' | 'zero' | 'reflect';
export const PADDINGS: readonly Padding[] = ['periodic', 'zero', 'reflect'];

export const PADDING = {
  type: 'choice',
  choices: PADDINGS,
  default: 'periodic',
  description: 'what lies beyond the ends of the domain',
} as const satisfies Option;

export type LayerKind = 'restriction' | 'kernel' | 'interpolation' | 'fourier';
export const LAYER_KINDS: readonly LayerKind[] = ['restriction', 'kernel', 'interpolation', 'fourier'];

/** Where a tensor lies in the flat parameter vector: `size` floats from `offset`, row-major in `shape`. */
export interface ParameterSlice {
  readonly offset: number;
  readonly size: number;
  readonly shape: readonly number[];
}

/**
 * One layer, eq (2.10) of the paper in d dimensions:
 *
 *   ζ[i, c'] = φ( Σ_{j in the window of i} Σ_c W[(i,) c', j, c] ξ[j, c] + b[(i,) c'] (+ η'[i, c']) ) (+ η[i, c'])
 *
 * Activations are stored site by site, channels innermost; sites, and the places j of a window, run row-major over
 * the axes. Three kinds cover the paper's network:
 *
 * | kind | window of site i | input channels | output channels |
 * |---|---|---|---|
 * | `restriction` (CR, LCR) | site i itself, which stands for a box of grid points | one per point and field of its box | r |
 * | `kernel` (CK, LCK) | the `window` sites per axis centred on i, `dilation` apart, padded as `padding` says | α | α' |
 * | `interpolation` (CI, LCI) | site i itself | r | one per point and field of its box |
 *
 * The numbers of a box are stored point by point, row-major, and at each point field by field. So a restriction, which in the
 * paper has a window of the m^d points of a box, is here a layer that has them as channels, as the first of the adjacent part has.
 *
 * and `fourier`, a truncated Fourier multiplier, is the fourth:
 *
 *   ζ[i, c'] = φ( (1/P^d) Σ_κ e^(2πi κ·i/P) Σ_c m_κ[c', c] ξ̂[κ, c] (+ η'[i, c']) ) (+ η[i, c']),
 *   ξ̂[κ, c] = Σ_n ξ[n, c] e^(−2πi κ·n/P),
 *
 * n over one period of the padded input: P = `sites` per axis where it is periodic, and otherwise 2 `sites`, of which the second
 * half is `zero`, or `reflect`s the first. The frequencies κ run over −(w − 1)/2 … (w − 1)/2 per axis, w = `window`; where κ ≥ 0,
 * that is where its first component that is not 0 is positive, m_κ = W[κ] + i W[−κ], and m_−κ is the conjugate; m_0 = W[0]. So
 * frequencies have real weights of their own, one c' × c matrix each, and there is no bias.
 *
 * ξ is the output of the layer before, and η and η' are absent, unless `reads`, `adds` and `addsWithin` say otherwise. They may be
 * outputs on s times as many sites per axis, or on one of s: then the channels of the s^d sites that one holds, row-major, one
 * site after the other, are the channels of that one. In one dimension numbers thus stay where they are: two sites of r channels
 * are one of 2r. (Fourier layers and interpolations read their own sites.)
 */
export interface Layer {
  /** Unique within the network, for example `level-3/kernel-2`. */
  readonly name: string;
  readonly kind: LayerKind;
  readonly connectivity: Connectivity;
  readonly dimension: number;
  /** Output sites per axis; `sites ** dimension` in all. */
  readonly sites: number;
  /**
   * Window width w per axis; `window ** dimension` places in all. May exceed `sites`: the window then wraps onto itself.
   * Of a Fourier layer the frequencies per axis, 2 `modes` − 1, at most P.
   */
  readonly window: number;
  /** Sites from one place of a window to the next, of kernel layers; default 1. */
  readonly dilation?: number;
  readonly inputChannels: number;
  readonly outputChannels: number;
  readonly activation: Activation;
  /** Of kernel and Fourier layers; the windows of the others never reach beyond the domain. */
  readonly padding: Padding;
  /** ξ, where it is not the output of the layer before: index in the branch of the layer it is of, −1 for the input. */
  readonly reads?: number;
  /** η, an output of the same shape that is added: index in the branch of the layer it is of, −1 for the input. */
  readonly adds?: number;
  /** η', the same inside φ; of kernel and Fourier layers. */
  readonly addsWithin?: number;
  /** Weights and biases keep their first values: they have a gradient, but training does not move them. */
  readonly fixed?: true;
  /**
   * Shape [out, window^d, in], preceded by [sites^d] when local. Read as a matrix: out × (window·in). Of a Fourier layer
   * [window^d, out, 1, in]: a matrix for every frequency.
   */
  readonly weight: ParameterSlice;
  /** Shape [out], preceded by [sites^d] when local; [0] of a Fourier layer. */
  readonly bias: ParameterSlice;
}

/** P, what a Fourier layer takes for the period of its input, in sites per axis. */
export function fourierPeriod({ sites, padding }: Pick<Layer, 'sites' | 'padding'>): number {
  return padding === 'periodic' ? sites : 2 * sites;
}

/** The numbers that define a layer before it is placed in the parameter vector. */
export type LayerShape = Omit<Layer, 'weight' | 'bias'>;

/** 8 GiB of float32: beyond this a parameter vector is a slip of the pen. */
const MOST_PARAMETERS = 2 ** 31;

/** More than any network of a plan that makes sense has; bounds what describes a network to some 50 MB. */
const MOST_LAYERS = 2 ** 15;

/** Hands out consecutive places in the flat parameter vector: the weight of a layer, then its bias. */
export class ParameterLayout {
  readonly #most: number;
  #size = 0;
  #layers = 0;

  /** @param most - Parameters beyond which {@link place} throws: what a file has, for the network it says it is of. */
  constructor(most = MOST_PARAMETERS) {
    this.#most = Math.min(most, MOST_PARAMETERS);
  }

  /** Parameters handed out so far. */
  get size(): number {
    return this.#size;
  }

  /** @throws ArgumentError for a layer too many, or one that makes the parameters too many */
  place(shape: LayerShape): Layer {
    if (++this.#layers > MOST_LAYERS) {
      throw new ArgumentError('layers of the network', this.#layers, `at most ${MOST_LAYERS}`);
    }
    const { kind, connectivity, dimension, sites, window, inputChannels, outputChannels } = shape;
    const copies = connectivity === 'local' ? [sites ** dimension] : [];
    const places = window ** dimension;
    const weight =
      kind === 'fourier'
        ? this.#take([places, outputChannels, 1, inputChannels])
        : this.#take([...copies, outputChannels, places, inputChannels]);
    const bias = this.#take(kind === 'fourier' ? [0] : [...copies, outputChannels]);
    if (this.#size > this.#most) {
      throw new ArgumentError(`parameters of the network up to ${shape.name}`, this.#size, `at most ${this.#most}`);
    }
    return { ...shape, weight, bias };
  }

  #take(shape: number[]): ParameterSlice {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const slice = { offset: this.#size, size, shape };
    this.#size += size;
    return slice;
  }
}
