import type { Activation } from './activations.js';
import { connectivityByLayer, type EndLayers, type MixedConnectivity } from './extensions.js';
import type { Layer, LayerShape, ParameterLayout } from './layer.js';
import type { MnnSpec } from './spec.js';
import { product } from './windows.js';

/**
 * One summand of the network: the layers are applied in order to the input, and the branches' outputs, those of their
 * last layers, are added. The sum then goes through the network's output stage.
 */
export interface Branch {
  /** `level-2` (weak admissibility: `level-1`) … `level-L`, or `adjacent`. */
  readonly name: string;
  /** Boxes per axis, 2^ℓ. */
  readonly boxes: number;
  /** Grid points of one box along each axis, N_i / 2^ℓ, of the padded grid where there is one. */
  readonly boxPoints: readonly number[];
  readonly layers: readonly Layer[];
}

/** Sites per axis of what a link of a branch's layer names: the output of a layer, or, −1, the input. */
export function sitesOf({ boxes, layers }: Pick<Branch, 'boxes' | 'layers'>, link: number): number {
  return layers[link]?.sites ?? boxes;
}

type Choices = Pick<Layer, 'kind' | 'window' | 'outputChannels' | 'activation'> & Pick<LayerShape, 'reads' | 'adds'>;

/** What a network says of its grid and of the fields on it. */
export interface Frame {
  /** Points along each axis of the grid that the boxes tile. */
  readonly paddedShape: readonly number[];
  readonly inputs: number;
  readonly outputs: number;
}

/** Places the layers of a branch one after the other; here the extensions become layers. */
export class BranchBuilder {
  readonly #spec: MnnSpec;
  readonly #layout: ParameterLayout;
  readonly #name: string;
  readonly #boxes: number;
  readonly #boxPoints: readonly number[];
  /** Numbers of a box, of all fields: those that are read, and those that are given. */
  readonly #inputNumbers: number;
  readonly #outputNumbers: number;
  readonly #layers: Layer[] = [];
  /** Numbers at each site that the next layer reads. */
  #channels: number;

  constructor(spec: MnnSpec, frame: Frame, name: string, level: number, layout: ParameterLayout) {
    this.#spec = spec;
    this.#layout = layout;
    this.#name = name;
    this.#boxes = 2 ** level;
    this.#boxPoints = frame.paddedShape.map((points) => points / this.#boxes);
    this.#inputNumbers = product(this.#boxPoints) * frame.inputs;
    this.#outputNumbers = product(this.#boxPoints) * frame.outputs;
    this.#channels = this.#inputNumbers;
  }

  /** CR from the points of every box to r channels, and what `restriction` asks for after it. */
  restriction(): void {
    const { channels, restriction = ONE_LINEAR_LAYER } = this.#spec;
    const { layers, activation } = restriction;
    const box = { kind: 'restriction', window: 1, outputChannels: channels } as const;
    this.#add('restriction', 'restriction', { ...box, activation });
    for (let k = 2; k <= layers; k++) this.#add(`restriction-${k}`, 'restriction', this.#kernel(1, activation));
  }

  /** K × CK[φ] between restriction and interpolation. */
  kernels(window: number): void {
    const { kernelLayers, activation } = this.#spec;
    this.#kernelNetwork(window, new Array<Activation>(kernelLayers).fill(activation), 'kernel');
  }

  /** CI from r channels to the points of every box, and what `interpolation` asks for before it. */
  interpolation(): void {
    const { interpolation = ONE_LINEAR_LAYER } = this.#spec;
    const { layers, activation } = interpolation;
    for (let k = 1; k < layers; k++) this.#add(`interpolation-${k}`, 'interpolation', this.#kernel(1, activation));
    const box = { kind: 'interpolation', window: 1, outputChannels: this.#outputNumbers } as const;
    this.#add('interpolation', 'interpolation', { ...box, activation: 'linear' });
  }

  /**
   * K × CK with the numbers of every box as channels, the last one linear. Between the first and the last layer there are as
   * many as the input or the output has, whichever has more.
   */
  adjacentKernels(window: number): void {
    const { kernelLayers, activation } = this.#spec;
    const activations = new Array<Activation>(kernelLayers).fill(activation).with(-1, 'linear');
    this.#kernelNetwork(window, activations, 'adjacent');
  }

  build(): Branch {
    return { name: this.#name, boxes: this.#boxes, boxPoints: this.#boxPoints, layers: this.#layers };
  }

  /** Kernel layers with one window, connected as `kernel` says. */
  #kernelNetwork(window: number, activations: readonly Activation[], role: 'kernel' | 'adjacent'): void {
    const { kernel = 'plain' } = this.#spec;
    const input = this.#layers.length - 1;
    const inputChannels = this.#channels;
    const last = activations.length - 1;
    const between = role === 'adjacent' ? Math.max(this.#inputNumbers, this.#outputNumbers) : inputChannels;
    const channelsOf = (k: number) => (role === 'adjacent' && k === last ? this.#outputNumbers : between);
    activations.forEach((activation, k) => {
      // There is a skip around a layer that gives as many channels as it reads.
      const skips = kernel === 'residual' && !(role === 'adjacent' && k === last) && this.#channels === between;
      const choices = this.#kernel(window, activation, channelsOf(k));
      this.#add(`kernel-${k + 1}`, role, { ...choices, ...(skips && { adds: input + k }) });
    });
    if (kernel !== 'two-branch') return;
    const firstRow = this.#layers.length - 1;
    this.#channels = inputChannels;
    activations.forEach((activation, k) => {
      const links = { ...(k === 0 && { reads: input }), ...(k === last && { adds: firstRow }) };
      this.#add(`parallel-${k + 1}`, role, { ...this.#kernel(window, activation, channelsOf(k)), ...links });
    });
  }

  #kernel(window: number, activation: Activation, outputChannels = this.#channels): Choices {
    return { kind: 'kernel', window, outputChannels, activation };
  }

  #add(name: string, role: keyof MixedConnectivity, choices: Choices): void {
    const { dimension, connectivity, padding = 'periodic' } = this.#spec;
    const shape: LayerShape = {
      name: `${this.#name}/${name}`,
      connectivity: connectivityByLayer(connectivity)[role],
      dimension,
      sites: this.#boxes,
      inputChannels: this.#channels,
      padding,
      ...choices,
    };
    this.#layers.push(this.#layout.place(shape));
    this.#channels = choices.outputChannels;
  }
}

/** A restriction or an interpolation of Algorithm 3. */
const ONE_LINEAR_LAYER: Required<EndLayers> = { layers: 1, activation: 'linear' };
