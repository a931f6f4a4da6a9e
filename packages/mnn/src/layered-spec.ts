import type { Activation, Connectivity, Layer, Padding } from './layer.js';
import type { OutputStage } from './spec.js';

/** What a user says of a layer; everything else follows from where it stands. */
export interface LayerOptions {
  /** Unique within the network. */
  readonly name: string;
  /**
   * `restriction`: first of its branch, from the points of every box to channels. `kernel`: between boxes that are near.
   * `interpolation`: last of its branch, from channels to the points of every box.
   */
  readonly kind: Layer['kind'];
  /** Channels per box; an interpolation has the m^d points of its boxes. */
  readonly outputChannels?: number;
  /** Boxes per axis that a kernel layer reads, odd; default 1. */
  readonly window?: number;
  /** Default `linear`. */
  readonly activation?: Activation;
  /** Default `convolutional`. */
  readonly connectivity?: Connectivity;
  /** Of a kernel layer; default `periodic`. */
  readonly padding?: Padding;
  /** Index in the branch of the layer whose output it reads; default the one before, −1 for the input. */
  readonly reads?: number;
  /** Index in the branch of a layer whose output, of as many channels, is added to its own; −1 for the input. */
  readonly adds?: number;
}

/** A summand of the network: layers on 2^ℓ boxes per axis, applied in order. */
export interface BranchOptions {
  readonly name: string;
  /** ℓ, at most the network's `levels`. */
  readonly level: number;
  readonly layers: readonly LayerOptions[];
}

/** A network of one's own layers, as plain data: what {@link layeredNetwork} takes and checkpoints hold. */
export interface LayeredSpec {
  readonly dimension: 1 | 2 | 3;
  /** N, grid points per axis; a multiple of 2^levels. */
  readonly points: number;
  /** L: the finest boxes are 2^L per axis. */
  readonly levels: number;
  readonly output: OutputStage;
  readonly branches: readonly BranchOptions[];
}
