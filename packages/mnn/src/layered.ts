import { ArgumentError, requireInteger, requireKnownOptions, requireOneOf } from '@dyadic/errors';
import type { Branch } from './branch.js';
import { ACTIVATIONS, CONNECTIVITIES, type Layer, type LayerShape, ParameterLayout } from './layer.js';
import type { BranchOptions, LayeredSpec, LayerOptions } from './layered-spec.js';
import { mnn, type Network } from './network.js';
import { type MnnOptions, type MnnSpec, OUTPUT_STAGES, type OutputStage, requireGrid } from './spec.js';

const MOST_BRANCHES = 1000;
const SPEC_ENTRIES: Readonly<Record<keyof LayeredSpec, true>> = {
  dimension: true,
  points: true,
  levels: true,
  output: true,
  branches: true,
};
const BRANCH_ENTRIES: Readonly<Record<keyof BranchOptions, true>> = { name: true, level: true, layers: true };
const LAYER_ENTRIES: Readonly<Record<keyof LayerOptions, true>> = {
  name: true,
  kind: true,
  outputChannels: true,
  window: true,
  activation: true,
  connectivity: true,
  padding: true,
  reads: true,
  adds: true,
};

/**
 * A network of one's own layers: u = output stage of Σ branches, each on the boxes of its level.
 *
 * On the finest level kernel layers may read the input, and come last: they have the m^d points of every box as channels.
 * On coarser levels a branch begins with a restriction and ends with an interpolation. Layers may skip and be added as
 * `reads` and `adds` say; every output but the last must be used.
 *
 * @example
 * layeredNetwork({
 *   dimension: 1, points: 320, levels: 6, output: 'linear',
 *   branches: [{ name: 'plain', level: 6, layers: [
 *     { name: 'plain/1', kind: 'kernel', window: 9, outputChannels: 16, activation: 'relu' },
 *     { name: 'plain/2', kind: 'kernel', window: 9, outputChannels: 5 },
 *   ] }],
 * })
 * @param mostParameters - Refuses a network of more parameters before its further layers are built; default 2³¹.
 * @throws ArgumentError naming the entry that is wrong; unknown entries are refused.
 */
export function layeredNetwork(spec: LayeredSpec, mostParameters?: number): Network<LayeredSpec> {
  requireKnownOptions('network', spec, Object.keys(SPEC_ENTRIES));
  requireGrid(spec);
  requireInteger('network.levels', spec.levels, { min: 0, max: 20 });
  if (spec.points % 2 ** spec.levels !== 0) {
    throw new ArgumentError('network.points', spec.points, `a multiple of 2^levels = ${2 ** spec.levels}`);
  }
  requireOneOf<OutputStage>('network.output', spec.output, OUTPUT_STAGES);
  requireList('network.branches', spec.branches, MOST_BRANCHES);
  const layout = new ParameterLayout(mostParameters);
  const names = new Set<string>();
  const branches = spec.branches.map((branch, i) =>
    placedBranch(spec, branch, `network.branches[${i}]`, layout, names),
  );
  const size = spec.points ** spec.dimension;
  return {
    spec,
    inputSize: size,
    outputSize: size,
    branches,
    layers: branches.flatMap(({ layers }) => layers),
    parameterCount: layout.size,
  };
}

/** The network of either kind of spec, as files hold it. @throws ArgumentError */
export function networkOf(spec: MnnOptions | MnnSpec | LayeredSpec, mostParameters?: number): Network {
  return 'branches' in spec ? layeredNetwork(spec, mostParameters) : mnn(spec, mostParameters);
}

function placedBranch(
  spec: LayeredSpec,
  options: BranchOptions,
  argument: string,
  layout: ParameterLayout,
  names: Set<string>,
): Branch {
  requireKnownOptions(argument, options, Object.keys(BRANCH_ENTRIES));
  requireNewName(`${argument}.name`, options.name, names);
  const level = requireInteger(`${argument}.level`, options.level, { min: 0, max: spec.levels });
  requireList(`${argument}.layers`, options.layers, Number.MAX_SAFE_INTEGER);
  const boxes = 2 ** level;
  const boxPoints = spec.points / boxes;
  const place = { spec, boxes, boxPoints, isFinest: level === spec.levels, count: options.layers.length };
  const layers: Layer[] = [];
  const used = new Set<number>();
  options.layers.forEach((layer, index) => {
    const at = `${argument}.layers[${index}]`;
    requireKnownOptions(at, layer, Object.keys(LAYER_ENTRIES));
    requireNewName(`${at}.name`, layer.name, names);
    const shape = shapeOf(place, layer, index, layers, at);
    used.add(shape.reads ?? index - 1);
    if (shape.adds !== undefined) used.add(shape.adds);
    layers.push(layout.place(shape));
  });
  const idle = layers.findIndex((_, index) => index < layers.length - 1 && !used.has(index));
  if (idle >= 0)
    throw new ArgumentError(`${argument}.layers[${idle}]`, layers[idle]!.name, 'a layer that another reads');
  return { name: options.name, boxes, boxPoints, layers };
}

/** Where a layer stands. */
interface Place {
  readonly spec: LayeredSpec;
  readonly boxes: number;
  readonly boxPoints: number;
  readonly isFinest: boolean;
  /** Layers of the branch. */
  readonly count: number;
}

/** A layer with all that follows from where it stands. @throws ArgumentError */
function shapeOf(
  { spec, boxes, boxPoints, isFinest, count }: Place,
  options: LayerOptions,
  index: number,
  before: readonly Layer[],
  at: string,
): LayerShape {
  const { dimension } = spec;
  const points = boxPoints ** dimension;
  const isLast = index === count - 1;
  const { name, window = 1, activation = 'linear', connectivity = 'convolutional', padding = 'periodic' } = options;
  const kind = requireOneOf(`${at}.kind`, options.kind, ['restriction', 'kernel', 'interpolation'] as const);
  // Engines leave the last activation out: the sum of the branches has none.
  requireOneOf(`${at}.activation`, activation, isLast ? ['linear'] : ACTIVATIONS);
  requireOneOf(`${at}.connectivity`, connectivity, CONNECTIVITIES);
  requireOneOf(`${at}.padding`, padding, kind === 'kernel' ? ['periodic', 'zero', 'reflect'] : ['periodic']);
  const earlier = { min: -1, max: index - 1 };
  const source = requireInteger(`${at}.reads`, options.reads ?? index - 1, earlier);
  const misplaced = {
    restriction: (index > 0 || isLast) && 'the first layer of a branch, with others after it',
    interpolation: (source < 0 || !isLast) && 'the last layer of a branch, after others',
    kernel: (source < 0 || isLast) && !isFinest && 'a layer in between: boxes coarser than the finest have ends',
  }[kind];
  if (misplaced) throw new ArgumentError(`${at}.kind`, kind, misplaced);
  const channelsOf = (layer: number) => (layer < 0 ? points : before[layer]!.outputChannels);
  const outputChannels = outputChannelsOf(kind, options, points, isLast, at);
  const { adds } = options;
  if (adds !== undefined) {
    requireInteger(`${at}.adds`, adds, earlier);
    const fits = kind === 'kernel' && (adds >= 0 || isFinest) && channelsOf(adds) === outputChannels;
    const expected = `an output of ${outputChannels} channels, to add to a kernel layer`;
    if (!fits) throw new ArgumentError(`${at}.adds`, adds, expected);
  }
  if (kind !== 'kernel') requireOneOf(`${at}.window`, window, [1]);
  else requireWindow(`${at}.window`, window, boxes);
  return {
    name,
    kind,
    connectivity,
    dimension,
    sites: boxes,
    window: kind === 'restriction' ? boxPoints : window,
    stride: kind === 'restriction' ? boxPoints : 1,
    inputChannels: kind === 'restriction' ? 1 : channelsOf(source),
    outputChannels,
    activation,
    padding,
    ...(options.reads !== undefined && { reads: source }),
    ...(adds !== undefined && { adds }),
  };
}

function outputChannelsOf(
  kind: Layer['kind'],
  options: LayerOptions,
  points: number,
  isLast: boolean,
  at: string,
): number {
  const argument = `${at}.outputChannels`;
  const { outputChannels } = options;
  if (kind === 'interpolation' && outputChannels === undefined) return points;
  // What comes last has the points of the boxes as channels.
  const range = isLast ? { min: points, max: points } : { min: 1, max: 100_000 };
  return requireInteger(argument, outputChannels, range);
}

/** Odd, and reaching no farther than the other boxes of the domain. */
function requireWindow(argument: string, window: number, sites: number): void {
  requireInteger(argument, window, { min: 1, max: 2 * sites - 1 });
  if (window % 2 === 0) throw new ArgumentError(argument, window, 'an odd number');
}

function requireNewName(argument: string, name: unknown, names: Set<string>): void {
  if (typeof name !== 'string' || name === '' || name.length > 100 || names.has(name)) {
    throw new ArgumentError(argument, name, 'a name of at most 100 characters that no other branch or layer has');
  }
  names.add(name);
}

function requireList(argument: string, list: unknown, most: number): void {
  if (!Array.isArray(list) || list.length === 0 || list.length > most) {
    throw new ArgumentError(argument, list, `an array of one to ${most} entries`);
  }
}
