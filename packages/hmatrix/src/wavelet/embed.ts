import { type Layer, type WaveletNetwork, waveletNetwork, writeFilters } from '@dyadic/mnn';
import { digits } from '../partition.js';
import type { NonstandardForm } from './nonstandard-form.js';

/** Adds an entry, from channel c' at site k' to channel c at site k, all channels of a level counted. */
type AddEntry = (row: number, column: number, value: number) => void;

/**
 * A nonstandard form as the linear network of the structure `wavelet`: filters into scale, wavelet, reconstruction and refinement,
 * the entries of a level into its kernel layer, P_J A P_J into that of the coarsest, in windows wide enough for all of them.
 */
export function embedNonstandard(form: NonstandardForm): { network: WaveletNetwork; exactParameters: Float64Array } {
  const { dimension, points, filters, levels, coarse, shared } = form;
  const channels = 2 ** dimension;
  const coarsest = points / 2 ** levels.length;
  const reach = levels.reduce((most, level) => Math.max(most, reachOf(dimension, level)), Math.floor(coarsest / 2));
  const network = waveletNetwork({
    structure: 'wavelet',
    dimension,
    points,
    levels: levels.length,
    channels: 1,
    kernelLayers: 1,
    window: 2 * reach + 1,
    vanishingMoments: filters.vanishingMoments,
    activation: 'linear',
    connectivity: shared ? 'convolutional' : 'local',
  });
  const parameters = new Float64Array(network.parameterCount);
  writeFilters(network, parameters, { first: () => 1, last: () => 1 });
  levels.forEach((level, j) => {
    const add = kernelEntries(network, parameters, j + 1);
    visitEntries(level, add);
    if (j < levels.length - 1) return;
    const rows = coarsest ** dimension;
    if (!shared) {
      coarse.forEach((value, entry) => {
        add(Math.floor(entry / rows) * channels, (entry % rows) * channels, value);
      });
      return;
    }
    // response[k] is the entry in row k of column 0; in row 0 it stands in column −k.
    coarse.forEach((value, difference) => {
      const column = digits(difference, coarsest, dimension).reduce(
        (index, k) => index * coarsest + ((coarsest - k) % coarsest),
        0,
      );
      add(0, column * channels, value);
    });
  });
  return { network, exactParameters: parameters };
}

type Level = NonstandardForm['levels'][number];

/** All rows of a level, or, if sites share them, those of site 0. */
function visitEntries({ starts, columns, values }: Level, add: AddEntry): void {
  for (let row = 0; row < starts.length - 1; row++) {
    for (let entry = starts[row]!; entry < starts[row + 1]!; entry++) add(row, columns[entry]!, values[entry]!);
  }
}

/** How many sites, along the axis where it is most, lie from a row of a level to the farthest column. */
function reachOf(dimension: number, level: Level): number {
  const channels = 2 ** dimension;
  let most = 0;
  visitEntries(level, (row, column) => {
    const [to, from] = [row, column].map((number) => digits(Math.floor(number / channels), level.sites, dimension));
    to!.forEach((k, axis) => {
      most = Math.max(most, Math.abs(nearest(from![axis]! - k, level.sites)));
    });
  });
  return most;
}

/** The difference of two sites around the torus, of the least size. */
function nearest(difference: number, sites: number): number {
  const wrapped = ((difference % sites) + sites) % sites;
  return wrapped > sites / 2 ? wrapped - sites : wrapped;
}

/** Puts entries into the kernel of a level, which is in two layers: from the scaling function's channel, and from the wavelets'. */
function kernelEntries({ layers }: WaveletNetwork, parameters: Float64Array, level: number): AddEntry {
  const layerOf = (name: string) => layers.find((layer) => layer.name === `level-${level}/${name}`)!;
  const [fromScale, fromWavelets] = [layerOf('kernel-1-scale'), layerOf('kernel-1')];
  const { dimension, sites, window } = fromScale;
  const channels = 2 ** dimension;
  const add = (
    { connectivity, inputChannels, weight }: Layer,
    row: number,
    place: number,
    input: number,
    v: number,
  ) => {
    const copy = connectivity === 'local' ? row : row % channels;
    parameters[weight.offset + (copy * window ** dimension + place) * inputChannels + input]! += v;
  };
  return (row, column, value) => {
    const [to, from] = [row, column].map((number) => digits(Math.floor(number / channels), sites, dimension));
    const place = to!.reduce(
      (index, k, axis) => index * window + nearest(from![axis]! - k, sites) + (window - 1) / 2,
      0,
    );
    const channel = column % channels;
    if (channel === 0) add(fromScale, row, place, 0, value);
    else add(fromWavelets, row, place, channel - 1, value);
  };
}
