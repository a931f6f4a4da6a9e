/** Random graphs of layers: skips over several layers, many readers of one, boxes in threes, channels as they come. */
import { type RandomStream, randomStream } from '@dyadic/random';
import { ACTIVATIONS } from '../activations.js';
import type { LayerDocument, LayersDocument } from '../document.js';
import { LOSSES } from '../engine.js';
import { CONNECTIVITIES, PADDINGS } from '../layer.js';
import { OUTPUT_STAGES } from '../output-stage.js';
import type { ConformanceCase } from './cases.js';

export function randomGraphs(count: number): ConformanceCase[] {
  return Array.from({ length: count }, (_, number) => {
    const stream = randomStream(1, 'mnn/conformance/graph', number);
    const network = randomGraph(stream);
    const { dimension, points, branches } = network;
    const boxes = branches.map((branch) => branch.boxes).join(', ');
    const name = `graph ${number}: ${dimension}D N=${points}, branches of ${boxes} boxes`;
    return { name, network, loss: pick(stream, LOSSES) };
  });
}

function randomGraph(stream: RandomStream): LayersDocument {
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
    layers: randomLayers(stream, `b${index}`, boxes, (points / boxes) ** dimension, points / boxes, boxes === finest),
  }));
  return { dimension, points, output: pick(stream, OUTPUT_STAGES), branches };
}

/** A branch in which every layer is used. */
function randomLayers(
  stream: RandomStream,
  prefix: string,
  boxes: number,
  boxSize: number,
  boxPoints: number,
  finest: boolean,
): LayerDocument[] {
  const layers: LayerDocument[] = [];
  const unused = new Set<number>();
  const channelsOf = (index: number) => layers[index]?.outputChannels ?? boxSize;
  const add = (layer: Omit<LayerDocument, 'name' | 'connectivity' | 'padding'>) => {
    const index = layers.length;
    unused.delete(layer.reads!);
    if (layer.adds !== undefined) unused.delete(layer.adds);
    unused.add(index);
    const [connectivity, padding] = [pick(stream, CONNECTIVITIES), pick(stream, PADDINGS)];
    layers.push({ name: `${prefix}/layer-${index}`, ...layer, connectivity, padding });
  };
  /** A layer whose output may be added to one of so many channels. */
  const addend = (channels: number) => {
    const some = layers.map((_, index) => index).filter((index) => channelsOf(index) === channels);
    if (finest && channels === boxSize) some.push(-1);
    return some.length > 0 && stream.uniform(0, 1) < 0.5 ? { adds: pick(stream, some) } : {};
  };
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
      add({ kind: 'kernel', window, reads, outputChannels, activation, ...addend(outputChannels) });
    }
  }
  // What nobody has used yet is read, one by one, by rows that are added to the row before.
  while (unused.size > 1) {
    const [reads, adds] = [...unused] as [number, number];
    const common = { kind: 'kernel', window: 1, activation: pick(stream, ACTIVATIONS) } as const;
    add({ ...common, reads, adds, outputChannels: channelsOf(adds) });
  }
  const [reads] = [...unused] as [number];
  const last = { reads, outputChannels: boxSize, activation: 'linear', window: 1 } as const;
  if (finest && stream.uniform(0, 1) < 0.5) add({ ...last, kind: 'kernel', ...addend(boxSize) });
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
