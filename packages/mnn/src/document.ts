/** Networks as JSON: what a checkpoint holds of them. */
import { ArgumentError, requireInteger, requireKnownOptions, requireOneOf } from '@dyadic/errors';
import { ACTIVATIONS } from './activations.js';
import { type Branch, sitesOf } from './branch.js';
import { completeFields, completeOutput, type FieldOptions, type Output } from './fields.js';
import { requireShape, shortPoints } from './grid.js';
import {
  CONNECTIVITIES,
  fourierPeriod,
  LAYER_KINDS,
  type Layer,
  PADDINGS,
  type Padding,
  ParameterLayout,
} from './layer.js';
import { assemble, mnn, type Network, padGrid } from './network.js';
import type { MnnOptions } from './spec.js';
import { type FourierOptions, fourierNetwork } from './structures/fourier.js';
import { type MultiscaleOperatorOptions, multiscaleOperatorNetwork } from './structures/multiscale-operator.js';
import { type WaveletOptions, waveletNetwork } from './structures/wavelet.js';
import { product } from './windows.js';

/** A layer by what is not known from the rest of the network. */
export type LayerDocument = Pick<
  Layer,
  | 'name'
  | 'kind'
  | 'connectivity'
  | 'outputChannels'
  | 'activation'
  | 'padding'
  | 'reads'
  | 'adds'
  | 'addsWithin'
  | 'dilation'
  | 'fixed'
> & {
  /** Sites per axis, where they are not the boxes of the branch: a divisor of those of the branch with the most. */
  readonly boxes?: number;
  /**
   * Of a kernel layer; of a Fourier layer the frequencies per axis; of a restriction the points of its box along each axis, as in
   * the paper, of an interpolation 1.
   */
  readonly window: number | readonly number[];
};

/** A network as its layers: branches on boxes of the grid, whose outputs are added. */
export interface LayersDocument extends FieldOptions {
  readonly dimension: 1 | 2 | 3;
  /** N, grid points per axis: one number for all axes, or one per axis. */
  readonly points: number | readonly number[];
  /** What the input is padded with to multiples of the most boxes; left out, `points` are such multiples. */
  readonly fit?: Padding;
  readonly output: Output;
  readonly branches: readonly {
    readonly name: string;
    /** Boxes per axis: a divisor of those of the branch with the most, which divide each N_i unless it is padded. */
    readonly boxes: number;
    readonly layers: readonly LayerDocument[];
  }[];
}

/** The layers of any network. */
export function describeLayers({ dimension, shape, fit, inputs, outputs, output, branches }: Network): LayersDocument {
  return {
    dimension,
    points: shortPoints(shape),
    ...(fit !== undefined && { fit }),
    ...completeFields({ inputs, outputs }),
    output,
    branches: branches.map(({ name, boxes, boxPoints, layers }) => ({
      name,
      boxes,
      layers: layers.map((layer) => describeLayer(layer, boxes, boxPoints)),
    })),
  };
}

function describeLayer(layer: Layer, boxes: number, boxPoints: readonly number[]): LayerDocument {
  const { name, kind, connectivity, outputChannels, activation, padding, reads, adds, addsWithin, dilation, fixed } =
    layer;
  const window = kind === 'restriction' ? shortPoints(boxPoints) : layer.window;
  const links = {
    ...(reads !== undefined && { reads }),
    ...(adds !== undefined && { adds }),
    ...(addsWithin !== undefined && { addsWithin }),
    ...(dilation !== undefined && { dilation }),
    ...(fixed && { fixed }),
    ...(layer.sites !== boxes && { boxes: layer.sites }),
  };
  return { name, kind, connectivity, window, outputChannels, activation, padding, ...links };
}

/** What {@link networkFromDocument} makes the network of again: the options that describe it, or else its layers. */
export function describeNetwork(network: Network): NonNullable<Network['spec']> | LayersDocument {
  return network.spec ?? describeLayers(network);
}

/**
 * A network from what somebody else wrote, be it the options of {@link mnn}, of {@link fourierNetwork} (`structure: 'fourier'`), of
 * {@link multiscaleOperatorNetwork} (`structure: 'multiscale-operator'`), or layers ({@link networkFromLayers}).
 *
 * @param mostParameters - Refuses a network of more parameters before its further layers are built; default 2³¹.
 * @throws ArgumentError naming the entry that is wrong
 */
export function networkFromDocument(document: unknown, mostParameters?: number): Network {
  const given: { branches?: unknown; structure?: unknown } =
    typeof document === 'object' && document !== null ? document : {};
  if ('branches' in given) return networkFromLayers(document, mostParameters);
  if (given.structure === 'fourier') return fourierNetwork(document as FourierOptions, mostParameters);
  if (given.structure === 'multiscale-operator') {
    return multiscaleOperatorNetwork(document as MultiscaleOperatorOptions, mostParameters);
  }
  if (given.structure === 'wavelet') return waveletNetwork(document as WaveletOptions, mostParameters);
  return mnn(document as MnnOptions, mostParameters);
}

const MOST_BRANCHES = 100;
const MOST_LAYERS = 10_000;
const MOST_CHANNELS = 2 ** 24;

/**
 * A network given as its layers. Nothing is taken on trust: entries pass a white list, and every engine can run what
 * passes. Beyond the types, this is asked:
 *
 * - every layer but the last of its branch is read or added by a later one, and the last is linear and gives the numbers of
 *   its box, one per point and output field;
 * - a `restriction` reads the input of the branch; a `kernel` or `fourier` may do so on the finest boxes; an `interpolation` is
 *   the last layer of its branch;
 * - what a layer adds has as many numbers as it has itself, and is not the input except on the finest boxes; an
 *   `interpolation` adds nothing, and a `restriction` nothing within its activation;
 * - a `restriction`, and the last layer, work on the boxes of the branch; of the sites of a layer and of what it reads or adds one
 *   number divides the other;
 * - a `fourier` layer is convolutional; it and an `interpolation` read what is on their own sites.
 *
 * @param mostParameters - Refuses a network of more parameters before its further layers are built; default 2³¹.
 * @throws ArgumentError naming the entry that is wrong, for example `network.branches[1].layers[0].window`
 */
export function networkFromLayers(document: unknown, mostParameters?: number): Network {
  const entries = ['dimension', 'points', 'fit', 'inputs', 'outputs', 'output', 'branches'];
  requireKnownOptions('network', document, entries);
  const given = document as LayersDocument;
  const { dimension, fit } = given;
  const shape = requireShape(dimension, given.points, 1);
  if (fit !== undefined) requireOneOf<Padding>('network.fit', fit, PADDINGS);
  const { inputs = 1, outputs = 1 } = completeFields(given);
  const output = completeOutput(given.output, outputs);
  const list = requireList('network.branches', given.branches, MOST_BRANCHES);
  const boxesOf = list.map((branch, index) => {
    const argument = `network.branches[${index}]`;
    requireKnownOptions(argument, branch, ['name', 'boxes', 'layers']);
    return requireInteger(`${argument}.boxes`, (branch as Branch).boxes, { min: 1, max: 2 ** 24 });
  });
  const finest = Math.max(...boxesOf);
  if (fit === undefined) requireDivides(given.points, shape, finest);
  const grid = padGrid(shape, finest, fit ?? 'zero');
  const layout = new ParameterLayout(mostParameters);
  const names = new Set<string>();
  const branches = list.map((branch, index) => {
    const argument = `network.branches[${index}]`;
    const boxes = boxesOf[index]!;
    if (finest % boxes !== 0)
      throw new ArgumentError(`${argument}.boxes`, boxes, `a divisor of the most boxes, ${finest}`);
    const boxPoints = grid.paddedShape.map((points) => points / boxes);
    const place = { argument, dimension, boxes, boxPoints, inputs, outputs, most: finest, finest: boxes === finest };
    const { name, layers } = branch as Branch;
    return {
      name: requireName(`${argument}.name`, name, names),
      boxes,
      boxPoints: place.boxPoints,
      layers: placeLayers(place, requireList(`${argument}.layers`, layers, MOST_LAYERS), layout, names),
    };
  });
  return assemble({ dimension, ...grid, inputs, outputs, output, branches }, layout);
}

/** A branch whose layers are read. */
interface Place {
  readonly argument: string;
  readonly dimension: number;
  readonly boxes: number;
  readonly boxPoints: readonly number[];
  readonly inputs: number;
  readonly outputs: number;
  /** Boxes per axis of the branch with the most. */
  readonly most: number;
  /** Whether no other branch has more boxes. */
  readonly finest: boolean;
}

function placeLayers(place: Place, list: readonly unknown[], layout: ParameterLayout, names: Set<string>): Layer[] {
  const layers: Layer[] = [];
  const used = new Set<number>();
  list.forEach((given, index) => {
    const layer = readLayer(place, given, layers, index === list.length - 1, names);
    used.add(layer.reads ?? index - 1);
    if (layer.adds !== undefined) used.add(layer.adds);
    if (layer.addsWithin !== undefined) used.add(layer.addsWithin);
    layers.push(layout.place(layer));
  });
  layers.slice(0, -1).forEach(({ name }, index) => {
    if (!used.has(index)) {
      throw new ArgumentError(`${place.argument}.layers[${index}]`, name, 'a layer that a later one reads or adds');
    }
  });
  return layers;
}

const LAYER_ENTRIES = [
  'name',
  'kind',
  'connectivity',
  'window',
  'outputChannels',
  'activation',
  'padding',
  'reads',
  'adds',
  'addsWithin',
  'dilation',
  'fixed',
  'boxes',
] as const satisfies readonly (keyof LayerDocument)[];

function readLayer(place: Place, given: unknown, before: readonly Layer[], last: boolean, names: Set<string>) {
  const { dimension, boxes, boxPoints, inputs, outputs, finest } = place;
  const index = before.length;
  const argument = `${place.argument}.layers[${index}]`;
  requireKnownOptions(argument, given, LAYER_ENTRIES);
  const entry = given as LayerDocument;
  const kind = requireOneOf(`${argument}.kind`, entry.kind, LAYER_KINDS);
  const link = (name: 'reads' | 'adds' | 'addsWithin', otherwise?: number) => {
    if (entry[name] === undefined) return otherwise;
    return requireInteger(`${argument}.${name}`, entry[name], { min: -1, max: index - 1 });
  };
  const reads = link('reads', index - 1)!;
  const addends = { adds: link('adds'), addsWithin: link('addsWithin') };
  const inputNumbers = product(boxPoints) * inputs;
  const outputNumbers = product(boxPoints) * outputs;
  const sites = readSites(`${argument}.boxes`, entry.boxes, place, kind === 'restriction' || last);
  /** Channels that an output has on the sites of this layer; undefined where it does not fit on them. */
  const channelsOf = (of: number): number | undefined => {
    const from = sitesOf({ boxes, layers: before }, of);
    const channels = (before[of]?.outputChannels ?? inputNumbers) * (from / sites) ** dimension;
    return (from % sites === 0 || sites % from === 0) && Number.isInteger(channels) ? channels : undefined;
  };

  if (kind === 'restriction' ? reads !== -1 : reads === -1 && !finest) {
    const expected =
      kind === 'restriction' ? '−1, the input of the branch' : 'a layer, as the boxes are not the finest';
    throw new ArgumentError(`${argument}.reads`, reads, expected);
  }
  if (kind === 'interpolation' && !last)
    throw new ArgumentError(`${argument}.kind`, kind, 'another in a layer that is not the last');
  const inputChannels = channelsOf(reads);
  const readsOwn = kind === 'fourier' || kind === 'interpolation';
  if (inputChannels === undefined || (readsOwn && sitesOf({ boxes, layers: before }, reads) !== sites)) {
    const own = readsOwn ? 'an output on the same' : 'an output that fits on the';
    throw new ArgumentError(`${argument}.reads`, reads, `${own} ${sites} boxes per axis`);
  }
  const outputChannels = requireInteger(`${argument}.outputChannels`, entry.outputChannels, {
    min: 1,
    max: MOST_CHANNELS,
  });
  if (last && (outputChannels !== outputNumbers || (kind !== 'interpolation' && !finest))) {
    const expected = `${outputNumbers}, the ${outputs === 1 ? 'points' : 'numbers'} of a box${finest ? '' : ', and an interpolation'}, in the last layer`;
    throw new ArgumentError(`${argument}.outputChannels`, outputChannels, expected);
  }
  const adding = { adds: kind !== 'interpolation', addsWithin: kind === 'kernel' || kind === 'fourier' };
  for (const name of ['adds', 'addsWithin'] as const) {
    const of = addends[name];
    if (of === undefined || (adding[name] && channelsOf(of) === outputChannels && (finest || of !== -1))) continue;
    throw new ArgumentError(
      `${argument}.${name}`,
      of,
      `an output of ${outputChannels} channels that this layer may add`,
    );
  }
  const padding: Padding = requireOneOf(`${argument}.padding`, entry.padding, PADDINGS);
  const window = readWindow(`${argument}.window`, entry.window, kind, padding, { boxes: sites, boxPoints });
  const activation = requireOneOf(`${argument}.activation`, entry.activation, last ? ['linear'] : ACTIVATIONS);
  return {
    name: requireName(`${argument}.name`, entry.name, names),
    kind,
    connectivity: requireOneOf(
      `${argument}.connectivity`,
      entry.connectivity,
      kind === 'fourier' ? ['convolutional'] : CONNECTIVITIES,
    ),
    dimension,
    sites,
    window,
    inputChannels,
    outputChannels,
    activation: activation as Layer['activation'],
    padding,
    ...(entry.reads !== undefined && { reads }),
    ...(addends.adds !== undefined && { adds: addends.adds }),
    ...(addends.addsWithin !== undefined && { addsWithin: addends.addsWithin }),
    ...readDilation(`${argument}.dilation`, entry.dilation, kind, window, sites),
    ...readFixed(`${argument}.fixed`, entry.fixed),
  };
}

function readWindow(
  argument: string,
  window: unknown,
  kind: Layer['kind'],
  padding: Padding,
  { boxes, boxPoints }: Pick<Place, 'boxes' | 'boxPoints'>,
): number {
  if (kind === 'interpolation') return requireOneOf(argument, window, [1]);
  if (kind === 'restriction') {
    const box = shortPoints(boxPoints);
    if (typeof box === 'number') requireOneOf(argument, window, [box]);
    else if (!Array.isArray(window) || window.join() !== box.join()) {
      throw new ArgumentError(argument, window, `[${box.join()}], the points of the box along each axis`);
    }
    return 1;
  }
  const max = kind === 'kernel' ? 2 * boxes + 1 : fourierPeriod({ sites: boxes, padding });
  const width = requireInteger(argument, window, { min: 1, max });
  if (width % 2 === 0) throw new ArgumentError(argument, window, 'an odd number');
  return width;
}

function readSites(argument: string, given: unknown, { boxes, most }: Place, own: boolean): number {
  if (given === undefined) return boxes;
  if (own) return requireOneOf(argument, given, [boxes]);
  const sites = requireInteger(argument, given, { min: 1, max: 2 ** 24 });
  if (most % sites !== 0) throw new ArgumentError(argument, given, `a divisor of the most boxes, ${most}`);
  return sites;
}

/** Windows reach beyond the ends by no more than there are boxes. */
function readDilation(
  argument: string,
  dilation: unknown,
  kind: Layer['kind'],
  window: number,
  boxes: number,
): Pick<Layer, 'dilation'> {
  if (dilation === undefined) return {};
  if (kind !== 'kernel') throw new ArgumentError(argument, dilation, `nothing in a layer of the kind '${kind}'`);
  const max = Math.max(1, Math.floor((2 * boxes) / Math.max(1, window - 1)));
  const apart = requireInteger(argument, dilation, { min: 1, max });
  return apart === 1 ? {} : { dilation: apart };
}

function readFixed(argument: string, fixed: unknown): Pick<Layer, 'fixed'> {
  if (fixed === undefined || fixed === false) return {};
  if (fixed !== true) throw new ArgumentError(argument, fixed, 'true or false');
  return { fixed };
}

function requireList(argument: string, value: unknown, most: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > most) {
    throw new ArgumentError(argument, value, `a list of 1 to ${most}`);
  }
  return value;
}

function requireName(argument: string, name: unknown, names: Set<string>): string {
  if (typeof name !== 'string' || !/^[\w-]{1,50}(\/[\w-]{1,50})?$/.test(name) || names.has(name)) {
    throw new ArgumentError(argument, name, 'a name of its own: letters, digits, - and _, at most one /');
  }
  names.add(name);
  return name;
}

function requireDivides(points: unknown, shape: readonly number[], divisor: number): void {
  if (shape.every((along) => along % divisor === 0)) return;
  throw new ArgumentError('network.points', points, `a multiple of the most boxes, ${divisor}`);
}
