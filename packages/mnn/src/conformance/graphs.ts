/**
 * Random graphs of layers: skips over several layers, many readers of one, boxes in threes, channels as they come; the same with
 * Fourier layers and sums within activations; and trees, whose layers work on various numbers of sites.
 */
import { type RandomStream, randomStream } from '@dyadic/random';
import { ACTIVATIONS } from '../activations.js';
import type { LayerDocument, LayersDocument } from '../document.js';
import { LOSSES } from '../engine.js';
import { CONNECTIVITIES, fourierPeriod, PADDINGS } from '../layer.js';
import { OUTPUT_STAGES } from '../output-stage.js';
import type { ConformanceCase } from './conformance-case.js';

export function randomGraphs(count: number): ConformanceCase[] {
  return graphs(count, 'graph', {});
}

export function randomFourierGraphs(count: number): ConformanceCase[] {
  return graphs(count, 'fourier graph', { within: true, fourier: true });
}

export function randomTrees(count: number): ConformanceCase[] {
  return graphs(count, 'tree', { within: true, tree: true });
}

/** What graphs may have: sums within activations and dilated windows, Fourier layers, layers on other sites than their branch. */
interface Extent {
  readonly within?: boolean;
  readonly fourier?: boolean;
  readonly tree?: boolean;
}

function graphs(count: number, kind: string, extent: Extent): ConformanceCase[] {
  return Array.from({ length: count }, (_, number) => {
    const stream = randomStream(1, `mnn/conformance/${kind}`, number);
    let network = randomGraph(stream, extent);
    while (wavesOf(network) > MOST_WAVES) network = randomGraph(stream, extent);
    const { dimension, points, branches } = network;
    const boxes = branches.map((branch) => branch.boxes).join(', ');
    const name = `${kind} ${number}: ${dimension}D N=${points}, branches of ${boxes} boxes`;
    return { name, network, loss: pick(stream, LOSSES) };
  });
}

/** Most waves of a graph: the float64 reference takes Fourier layers from every site to every other, frequency by frequency. */
const MOST_WAVES = 200_000;

function wavesOf({ dimension, branches }: LayersDocument): number {
  const waves = branches.flatMap(({ boxes, layers }) =>
    layers
      .filter(({ kind }) => kind === 'fourier')
      .map(
        ({ padding, window }) => (boxes * fourierPeriod({ sites: boxes, padding }) * (window as number)) ** dimension,
      ),
  );
  return waves.reduce((sum, count) => sum + count, 0);
}

function randomGraph(stream: RandomStream, extent: Extent): LayersDocument {
  const dimension = pick(stream, [1, 1, 2, 2, 3] as const);
  const most = extent.tree ? { 1: [4, 8], 2: [2, 4], 3: [2, 4] } : { 1: [2, 3, 4, 6], 2: [2, 3, 4, 6], 3: [2, 3] };
  const finest = pick(stream, most[dimension]);
  const boxPoints = pick(stream, dimension === 3 ? [1, 2] : [1, 2, 3]);
  const divisors = [1, 2, 3, 4, 6].filter((boxes) => finest % boxes === 0);
  const count = 1 + Math.floor(stream.uniform(0, 3));
  const boxesOf = Array.from({ length: count }, (_, index) => (index === 0 ? finest : pick(stream, divisors)));
  const points = finest * boxPoints;
  const branches = boxesOf.map((boxes, index) => ({
    name: `branch-${index}`,
    boxes,
    layers: randomLayers(stream, extent, {
      prefix: `b${index}`,
      boxes,
      boxPoints: points / boxes,
      boxSize: (points / boxes) ** dimension,
      dimension,
      most: finest,
      finest: boxes === finest,
    }),
  }));
  return { dimension, points, output: pick(stream, OUTPUT_STAGES), branches };
}

interface Place {
  readonly prefix: string;
  readonly boxes: number;
  readonly boxPoints: number;
  readonly boxSize: number;
  readonly dimension: number;
  /** Boxes per axis of the branch with the most. */
  readonly most: number;
  readonly finest: boolean;
}

/** A branch in which every layer is used. */
function randomLayers(stream: RandomStream, { within, fourier, tree }: Extent, place: Place): LayerDocument[] {
  const { prefix, boxes, boxPoints, boxSize, dimension, most, finest } = place;
  const layers: LayerDocument[] = [];
  const unused = new Set<number>();
  const sitesOf = (index: number) => layers[index]?.boxes ?? boxes;
  /** Channels of an output on so many sites per axis. */
  const channelsOf = (index: number, sites = sitesOf(index)) =>
    (layers[index]?.outputChannels ?? boxSize) * (sitesOf(index) / sites) ** dimension;
  const add = (layer: Omit<LayerDocument, 'name' | 'connectivity' | 'padding'>) => {
    const index = layers.length;
    unused.delete(layer.reads!);
    if (layer.adds !== undefined) unused.delete(layer.adds);
    if (layer.addsWithin !== undefined) unused.delete(layer.addsWithin);
    unused.add(index);
    const [connectivity, padding] = [pick(stream, CONNECTIVITIES), pick(stream, PADDINGS)];
    const waves = layer.kind === 'fourier' && {
      connectivity: 'convolutional' as const,
      window: 3 + 2 * Math.floor(stream.uniform(0, Math.floor((fourierPeriod({ sites: boxes, padding }) - 1) / 2))),
    };
    layers.push({ name: `${prefix}/layer-${index}`, ...layer, connectivity, padding, ...waves });
  };
  /** A layer whose output may be added to one of so many channels on so many sites. */
  const added = (channels: number, sites: number, name: 'adds' | 'addsWithin') => {
    const some = layers.map((_, index) => index).filter((index) => channelsOf(index, sites) === channels);
    if (finest && channelsOf(-1, sites) === channels) some.push(-1);
    return some.length > 0 && stream.uniform(0, 1) < 0.5 ? { [name]: pick(stream, some) } : {};
  };
  const addend = (channels: number, sites = boxes) => added(channels, sites, 'adds');
  const addendWithin = (channels: number, sites = boxes) => (within ? added(channels, sites, 'addsWithin') : {});
  // Frequency 0 alone gives constants, of which an output stage may leave no gradient.
  const kernelKind = (): 'fourier' | 'kernel' =>
    fourier && boxes > 2 && stream.uniform(0, 1) < 0.5 ? 'fourier' : 'kernel';
  const channelChoices = [1, 2, 2, 3, ...(boxSize < 8 ? [boxSize] : []), ...(tree ? [2 ** dimension] : [])];
  /** Sites on which a layer may read an output, those of its branch being left out of a document. */
  const sitesFor = (reads: number): { boxes?: number } => {
    if (!tree) return {};
    const fitting = [1, 2, 4, 8].filter(
      (sites) => most % sites === 0 && Number.isInteger(channelsOf(reads, sites)) && channelsOf(reads, sites) <= 64,
    );
    const sites = pick(stream, fitting);
    return sites === boxes ? {} : { boxes: sites };
  };
  const inner = 1 + Math.floor(stream.uniform(0, 5));
  for (let k = 0; k < inner; k++) {
    const [outputChannels, activation] = [pick(stream, channelChoices), pick(stream, ACTIVATIONS)];
    if (k === 0 ? !finest || stream.uniform(0, 1) < 0.5 : stream.uniform(0, 1) < 0.1) {
      const box = { kind: 'restriction', window: boxPoints, reads: -1 } as const;
      add({ ...box, outputChannels, activation, ...addend(outputChannels) });
    } else {
      const reads = readable(stream, layers.length, unused, finest);
      const other = sitesFor(reads);
      const sites = other.boxes ?? boxes;
      const window = pick(
        stream,
        [1, 3, 3, 5].filter((width) => width <= 2 * sites + 1),
      );
      const addends = { ...addend(outputChannels, sites), ...addendWithin(outputChannels, sites) };
      const [kind, apart] = [kernelKind(), Math.floor((2 * sites) / Math.max(1, window - 1))];
      const dilated = within &&
        kind === 'kernel' &&
        apart > 1 && { dilation: 1 + Math.floor(stream.uniform(0, apart)) };
      add({ kind, window, reads, outputChannels, activation, ...addends, ...dilated, ...other });
    }
  }
  // What nobody has used yet is read, one by one, by rows that are added to the row before.
  while (unused.size > 1) {
    const [reads, adds] = [...unused] as [number, number];
    const link = within && stream.uniform(0, 1) < 0.7 ? { addsWithin: adds } : { adds };
    const common = { kind: kernelKind(), window: 1, activation: pick(stream, ACTIVATIONS) } as const;
    // On the coarser sites both have whole numbers of channels.
    const sites = Math.min(sitesOf(reads), sitesOf(adds));
    add({
      ...common,
      reads,
      ...link,
      outputChannels: channelsOf(adds, sites),
      ...(sites !== boxes && { boxes: sites }),
    });
  }
  let [reads] = [...unused] as [number];
  if (!Number.isInteger(channelsOf(reads, boxes))) {
    const sites = sitesOf(reads);
    const outputChannels = (boxes / sites) ** dimension;
    add({ kind: 'kernel', window: 1, activation: pick(stream, ACTIVATIONS), reads, outputChannels, boxes: sites });
    reads = layers.length - 1;
  }
  // An interpolation reads its own sites.
  if (sitesOf(reads) !== boxes) {
    add({ kind: 'kernel', window: 1, activation: pick(stream, ACTIVATIONS), reads, outputChannels: 2 });
    reads = layers.length - 1;
  }
  const last = { reads, outputChannels: boxSize, activation: 'linear', window: 1 } as const;
  if (finest && stream.uniform(0, 1) < 0.5)
    add({ ...last, kind: kernelKind(), ...addend(boxSize), ...addendWithin(boxSize) });
  else add({ ...last, kind: 'interpolation' });
  return layers;
}

/** What a kernel layer reads: often the layer before. */
function readable(stream: RandomStream, index: number, unused: Set<number>, finest: boolean): number {
  const before = Array.from({ length: index }, (_, i) => i);
  if (index === 0) return -1;
  const choices = [index - 1, index - 1, ...unused, ...before, ...(finest ? [-1] : [])];
  return pick(stream, choices);
}

function pick<T>(stream: RandomStream, values: readonly T[]): T {
  return values[Math.floor(stream.uniform(0, values.length))]!;
}
