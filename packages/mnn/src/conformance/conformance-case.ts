import type { LayersDocument } from '../document.js';
import type { Loss } from '../engine.js';
import type { MnnOptions } from '../spec.js';
import type { FourierOptions } from '../structures/fourier.js';
import type { MultiscaleOperatorOptions } from '../structures/multiscale-operator.js';
import type { WaveletOptions } from '../structures/wavelet.js';

/** A network, and the loss whose gradient is taken. */
export interface ConformanceCase {
  /** Says what the network is, in one line; unique. */
  readonly name: string;
  /** The options of a structure, or layers. */
  readonly network: MnnOptions | FourierOptions | MultiscaleOperatorOptions | WaveletOptions | LayersDocument;
  readonly loss: Loss;
  /**
   * What the branches sum to, about, instead of numbers of order one: the output stage is then checked by itself, as a
   * float32 that large says little about what was added.
   */
  readonly sum?: number;
}
