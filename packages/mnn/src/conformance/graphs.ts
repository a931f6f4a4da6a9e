/**
 * Random graphs of layers: skips over several layers, many readers of one, boxes in threes, channels as they come; and the same
 * with Fourier layers and sums within activations.
 */
import { type RandomStream, randomStream } from '@dyadic/random';
import { ACTIVATIONS } from '../activations.js';
import type { LayerDocument, LayersDocument } from '../document.js';
import { LOSSES } from '../engine.js';
import { CONNECTIVITIES, fourierPeriod, PADDINGS } from '../layer.js';
import { OUTPUT_STAGES } from '../output-stage.js';
import type { ConformanceCase } from './cases.js';

export function randomGraphs(count: number): ConformanceCase[] {
  return graphs(count, 'graph', false);
}

export function randomFourierGraphs(count: number): ConformanceCase[] {
  return graphs(count, 'fourier graph', true);
}

function graphs(count: number, kind: string, fourier: boolean): ConformanceCase[] {
  return Array.from({ length: count }, (_, number) => {
    const stream = randomStream(1, `mnn/conformance/${kind}`, number);
    const network = randomGraph(stream, fourier);
    const { dimension, points, branches } = network;
    const boxes = branches.map((branch) => branch.boxes).join(', ');
    const name = `${kind} ${number}: ${dimension}D N=${points}, branches of ${boxes} boxes`;
    return { name, network, loss: pick(stream, LOSSES) };
  });
}

function randomGraph(stream: RandomStream, fourier: boolean): LayersDocument {
  const dimension = pick(stream, [1, 1, 2, 2, 3] as const);
  const finest = pick(stream, dimension === 3 ? [2, 3] : [2, 3, 4, 6]);
  const boxPoints = pick(stream, dimension === 3 ? [1, 2] : [1, 2, 3]);
  const divisors = [1, 2, 3, 4, 6].filter((boxes) => finest % boxes === 0);
  const count = 1 + Math.floor(stream.uniform(0, 3));
  const boxesOf = Array.from({ length: count }, (_, index) => (index === 0 ? finest : pick(stream, divisors)));
  const points = finest * boxPoints;
  const branches = boxesOf.map((boxes, index) => ({
    name: `branch-${index}`,
    boxes,
    layers: randomLayers(stream, fourier, {
      prefix: `b${index}`,
      boxes,
      boxPoints: points / boxes,
      boxSize: (points / boxes) ** dimension,
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
  readonly finest: boolean;
}

/** A branch in which every layer is used. */
function randomLayers(stream: RandomStream, fourier: boolean, place: Place): LayerDocument[] {
  const { prefix, boxes, boxPoints, boxSize, finest } = place;
  const layers: LayerDocument[] = [];
  const unused = new Set<number>();
  const channelsOf = (index: number) => layers[index]?.outputChannels ?? boxSize;
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
  /** A layer whose output may be added to one of so many channels. */
  const added = (channels: number, name: 'adds' | 'addsWithin') => {
    const some = layers.map((_, index) => index).filter((index) => channelsOf(index) === channels);
    if (finest && channels === boxSize) some.push(-1);
    return some.length > 0 && stream.uniform(0, 1) < 0.5 ? { [name]: pick(stream, some) } : {};
  };
  const addend = (channels: number) => added(channels, 'adds');
  const addendWithin = (channels: number) => (fourier ? added(channels, 'addsWithin') : {});
  // Frequency 0 alone gives constants, of which an output stage may leave no gradient.
  const kernelKind = (): 'fourier' | 'kernel' =>
    fourier && boxes > 2 && stream.uniform(0, 1) < 0.5 ? 'fourier' : 'kernel';
  const channelChoices = [1, 2, 2, 3, ...(boxSize < 8 ? [boxSize] : [])];
  const inner = 1 + Math.floor(stream.uniform(0, 5));
  for (let k = 0; k < inner; k++) {
    const [outputChannels, activation] = [pick(stream, channelChoices), pick(stream, ACTIVATIONS)];
    if (k === 0 ? !finest || stream.uniform(0, 1) < 0.5 : stream.uniform(0, 1) < 0.1) {
      const box = { kind: 'restriction', window: boxPoints, reads: -1 } as const;
      add({ ...box, outputChannels, activation, ...addend(outputChannels) });
    } else {
      const reads = readable(stream, layers.length, unused, finest);
      const window = pick(
        stream,
        [1, 3, 3, 5].filter((width) => width <= 2 * boxes + 1),
      );
      const addends = { ...addend(outputChannels), ...addendWithin(outputChannels) };
      const [kind, most] = [kernelKind(), Math.floor((2 * boxes) / Math.max(1, window - 1))];
      const dilated = fourier && kind === 'kernel' && most > 1 && { dilation: 1 + Math.floor(stream.uniform(0, most)) };
      add({ kind, window, reads, outputChannels, activation, ...addends, ...dilated });
    }
  }
  // What nobody has used yet is read, one by one, by rows that are added to the row before.
  while (unused.size > 1) {
    const [reads, adds] = [...unused] as [number, number];
    const link = fourier && stream.uniform(0, 1) < 0.7 ? { addsWithin: adds } : { adds };
    const common = { kind: kernelKind(), window: 1, activation: pick(stream, ACTIVATIONS) } as const;
    add({ ...common, reads, ...link, outputChannels: channelsOf(adds) });
  }
  const [reads] = [...unused] as [number];
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
