/** Networks whose layers each mix all scales, with maps point by point between them: lift, K layers, projection. */
import { ArgumentError, type CompleteOptions, explainChoices, type OptionsOf, type OptionTable } from '@dyadic/errors';
import { ACTIVATION_FUNCTIONS, ACTIVATIONS } from '../activations.js';
import { completeFields, completeOutput, FIELD_OPTIONS, type FieldOptions, OUTPUT } from '../fields.js';
import { DIMENSION, POINTS, requireShape, shortPoints } from '../grid.js';
import { type Layer, type LayerShape, PADDING, ParameterLayout } from '../layer.js';
import { assemble, type Network, padGrid } from '../network.js';
import { product } from '../windows.js';

/** What all of them have. */
export const LAYERED_OPTIONS = {
  dimension: DIMENSION,
  points: { ...POINTS, description: 'N, grid points per axis, one number or one per axis; multiples of the boxes' },
  ...FIELD_OPTIONS,
  width: { type: 'integer', least: 1, most: 10_000, description: 'α, channels that the layers work on' },
  layers: { type: 'integer', least: 1, most: 1000, description: 'K, layers that mix all scales' },
  activation: {
    type: 'choice',
    choices: ACTIVATIONS,
    default: 'softplus',
    description: `φ of the layers and of the projection; ${explainChoices(ACTIVATION_FUNCTIONS)}`,
  },
  padding: PADDING,
  output: OUTPUT,
} as const satisfies OptionTable;

export type LayeredOptions = OptionsOf<typeof LAYERED_OPTIONS>;

/** {@link LayeredOptions} checked, with the defaults filled in. */
export type LayeredSpec = Required<Omit<LayeredOptions, keyof FieldOptions>> & FieldOptions;

/** Checks together the options that all have. @throws ArgumentError */
export function completeLayered(options: CompleteOptions<typeof LAYERED_OPTIONS>): LayeredSpec {
  const { points, width, layers, activation, padding, output } = options;
  const { dimension = (Array.isArray(points) ? points.length : 1) as 1 | 2 | 3 } = options;
  const shape = requireShape(dimension, points, 4);
  const fields = completeFields(options);
  return {
    dimension,
    points: shortPoints(shape),
    ...fields,
    width,
    layers,
    activation,
    padding,
    output: completeOutput(output, fields.outputs ?? 1),
  };
}

/** Boxes per axis that tile the grid. @throws ArgumentError naming the points */
export function requireTiles({ dimension, points }: LayeredSpec, boxes: number): void {
  if (requireShape(dimension, points, 4).some((along) => along % boxes !== 0)) {
    throw new ArgumentError('network.points', points, `multiples of ${boxes}, the boxes per axis`);
  }
}

/** Places the layers of a network one after the other. */
export class LayeredBuilder {
  readonly #spec: LayeredSpec;
  readonly #boxes: number;
  readonly #layout: ParameterLayout;
  readonly #layers: Layer[] = [];

  constructor(spec: LayeredSpec, boxes: number, mostParameters: number | undefined) {
    this.#spec = spec;
    this.#boxes = boxes;
    this.#layout = new ParameterLayout(mostParameters);
  }

  /** Places a convolutional layer at every box. @returns its index */
  add(
    name: string,
    choices: Pick<LayerShape, 'inputChannels' | 'outputChannels'> &
      Partial<Pick<LayerShape, 'kind' | 'window' | 'dilation' | 'activation' | 'reads' | 'addsWithin'>>,
  ): number {
    const { dimension, padding } = this.#spec;
    const boxes = { dimension, sites: this.#boxes, padding, connectivity: 'convolutional' } as const;
    const pointwise = { kind: 'kernel', window: 1, activation: 'linear' } as const;
    this.#layers.push(this.#layout.place({ name, ...boxes, ...pointwise, ...choices }));
    return this.#layers.length - 1;
  }

  /**
   * The network: lift, `layers` times what `operator` places, projection. The operator is given the layer that it reads and its
   * number, and returns the layer that gives its result.
   */
  build(operator: (reads: number, number: number) => number): Network {
    const { dimension, points, inputs = 1, outputs = 1, width, layers, activation, padding, output } = this.#spec;
    const grid = padGrid(requireShape(dimension, points, 4), this.#boxes, padding);
    const boxPoints = grid.paddedShape.map((along) => along / this.#boxes);
    // Where a box has several points the ends see its neighbours, so that outputs are smooth from box to box.
    const window = product(boxPoints) > 1 ? 3 : 1;
    let last = this.add('lift', { window, inputChannels: product(boxPoints) * inputs, outputChannels: width });
    for (let k = 1; k <= layers; k++) last = operator(last, k);
    this.add('projection-1', { window, inputChannels: width, outputChannels: 2 * width, activation });
    this.add('projection-2', { inputChannels: 2 * width, outputChannels: product(boxPoints) * outputs });
    const branches = [{ name: 'layers', boxes: this.#boxes, boxPoints, layers: this.#layers }];
    return assemble({ dimension, ...grid, inputs, outputs, output, branches }, this.#layout);
  }
}
