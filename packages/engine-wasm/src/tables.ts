/** Index tables of the kernels: which vectors a site reads or writes, as byte offsets for four sites at a time. */
import { kernelWindows, type Layer, paddedSite, siteRuns } from '@dyadic/mnn';
import { VECTOR } from './lanes.js';

/**
 * The sites of a table for products, which do four at a time: where their number is not a multiple of four the last one
 * is repeated. It is then computed more than once, from the same numbers and to the same place, so that no product
 * reads or writes anything but the sites of its layer.
 */
function* blocksOfFour(sites: number): Generator<readonly [number, number, number, number]> {
  const clamped = (site: number) => Math.min(site, sites - 1);
  for (let site = 0; site < sites; site += 4) {
    yield [site, clamped(site + 1), clamped(site + 2), clamped(site + 3)];
  }
}

/** Where the numbers of a site lie: `places` runs of `channels` consecutive vectors. */
export interface Patch {
  readonly places: number;
  readonly channels: number;
  /** Position, in vectors, of the first number of a run. */
  readonly position: (site: number, place: number) => number;
  /** Equal keys name equal tables. */
  readonly key: string;
}

/** A site's own channels. */
export function ownPatch(channels: number): Patch {
  return { places: 1, channels, position: (site) => site * channels, key: `own ${channels}` };
}

/** Where the channels of a layer's site lie in an output on `from` sites per axis. */
export function takenPatch({ dimension, sites }: Layer, from: number, channels: number): Patch {
  // In one dimension, too, they lie where they would of the layer's own sites.
  if (from === sites || dimension === 1) return ownPatch(channels);
  const { parts, positions } = siteRuns(dimension, sites, from);
  const run = channels / parts;
  const position = (site: number, part: number) => positions[site * parts + part]! * run;
  return { places: parts, channels: run, position, key: `taken from ${from} ${channels}` };
}

/** Whether channels are taken from an output on other sites, which does not have them in the order of the layer. */
export function isElsewhere({ key }: Patch, channels: number): boolean {
  return key !== ownPatch(channels).key;
}

/** The runs of a patch one by one, in the order of the layer's sites: what a pass reads that takes them. */
export function runsOf({ places, channels, position, key }: Patch): Patch {
  const place = (run: number) => position(Math.floor(run / places), run % places);
  return { places: 1, channels, position: place, key: `runs ${key}` };
}

/**
 * A patch whose sites have all their channels at every place, run by run in the order in which `taken` has them in memory: what a
 * pass reads that puts them there.
 */
export function inOrderOf(taken: Patch, sites: number, { places, position, key }: Patch): Patch {
  const { places: parts, channels } = taken;
  const runs = new Uint32Array(sites * parts);
  for (let run = 0; run < runs.length; run++) {
    runs[taken.position(Math.floor(run / parts), run % parts) / channels] = run;
  }
  const place = (at: number, place: number) => {
    const run = runs[at]!;
    return position(Math.floor(run / parts), place) + (run % parts) * channels;
  };
  return { places, channels, position: place, key: `${key} to ${taken.key}` };
}

/** The channels of all sites in the window around a site. */
export function windowPatch(layer: Layer, { places: parts, channels, position, key }: Patch): Patch {
  const windows = kernelWindows(layer);
  const width = layer.window ** layer.dimension;
  return {
    places: width * parts,
    channels,
    position: (site, place) => {
      const read = windows[site * width + Math.floor(place / parts)]!;
      // Site −1, in the margin, has zeros.
      return read < 0 ? -channels : position(read, place % parts);
    },
    key: `${windowKey(layer)} of ${key}`,
  };
}

function windowKey({ window, dilation = 1, padding }: Layer): string {
  return `window ${window} by ${dilation} ${padding}`;
}

/** The same on the way back, see `transposedWindows`. */
export function transposedPatch(layer: Layer, windows: Int32Array, channels: number): Patch {
  const reflected = layer.padding === 'reflect' ? 'transposed ' : '';
  return sitesPatch(`${reflected}${windowKey(layer)}`, windows, layer.window ** layer.dimension, channels);
}

/** The extended sites that read a site. */
export function imagesPatch(layer: Layer, images: Int32Array, channels: number): Patch {
  const { dimension } = layer;
  return sitesPatch(`images ${windowKey(layer)}`, images, 3 ** dimension, channels);
}

/** The channels of the sites that a table [site][place] names; site −1, in the margin, has zeros. */
function sitesPatch(key: string, table: Int32Array, places: number, channels: number): Patch {
  return {
    places,
    channels,
    position: (site, place) => table[site * places + place]! * channels,
    key: `${key} ${channels}`,
  };
}

/**
 * The numbers of a box, `fields` per grid point, in a grid that is ordered by the finest boxes (`blockOrder`). Finest boxes
 * that are neighbours along the last axis are neighbours in memory, so a box of F finest boxes per axis is F^(d−1) runs.
 */
export class BoxPatch implements Patch {
  readonly places: number;
  readonly channels: number;
  readonly key: string;
  readonly #dimension: number;
  readonly #boxes: number;
  readonly #finestPerBox: number;
  readonly #finestPoints: readonly number[];
  readonly #finestSize: number;
  readonly #fields: number;

  /** @param boxes - Boxes per axis. @param finestBoxes - Finest boxes per axis. @param finestPoints - m, along each axis. */
  constructor(boxes: number, finestBoxes: number, finestPoints: readonly number[], fields: number) {
    this.#dimension = finestPoints.length;
    this.#boxes = boxes;
    this.#finestPerBox = finestBoxes / boxes;
    this.#finestPoints = finestPoints;
    this.#finestSize = finestPoints.reduce((all, points) => all * points, 1);
    this.#fields = fields;
    this.places = this.#finestPerBox ** (this.#dimension - 1);
    this.channels = this.#finestPerBox * this.#finestSize * fields;
    this.key = `box ${boxes} of ${fields}`;
  }

  position = (site: number, place: number): number => {
    const perBox = this.#finestPerBox;
    let finestSite = (site % this.#boxes) * perBox;
    let remainingSite = Math.floor(site / this.#boxes);
    let remainingPlace = place;
    let axisStride = this.#boxes * perBox;
    for (let axis = this.#dimension - 2; axis >= 0; axis--) {
      finestSite += ((remainingSite % this.#boxes) * perBox + (remainingPlace % perBox)) * axisStride;
      remainingSite = Math.floor(remainingSite / this.#boxes);
      remainingPlace = Math.floor(remainingPlace / perBox);
      axisStride *= this.#boxes * perBox;
    }
    return finestSite * this.#finestSize * this.#fields;
  };

  /** Which number of the box, point by point row-major and field by field, channel `channel` of run `place` is. */
  number(place: number, channel: number): number {
    const fields = this.#fields;
    return this.#point(place, Math.floor(channel / fields)) * fields + (channel % fields);
  }

  #point(place: number, position: number): number {
    const last = this.#finestPoints.at(-1)!;
    let inside = position % this.#finestSize;
    let index = Math.floor(position / this.#finestSize) * last + (inside % last);
    inside = Math.floor(inside / last);
    let remainingPlace = place;
    let axisStride = this.#finestPerBox * last;
    for (let axis = this.#dimension - 2; axis >= 0; axis--) {
      const m = this.#finestPoints[axis]!;
      index += ((remainingPlace % this.#finestPerBox) * m + (inside % m)) * axisStride;
      remainingPlace = Math.floor(remainingPlace / this.#finestPerBox);
      inside = Math.floor(inside / m);
      axisStride *= this.#finestPerBox * m;
    }
    return index;
  }
}

/** The table of a patch for weight gradients, which take one place after the other: byte offsets [place][site]. */
export function placeTable({ places, position }: Patch, sites: number): Uint32Array {
  const table = new Uint32Array(sites * places);
  let entry = 0;
  for (let place = 0; place < places; place++)
    for (let site = 0; site < sites; site++) table[entry++] = position(site, place) * VECTOR;
  return table;
}

/** The table of a patch for the kernels: byte offsets [site / 4][place][4]. */
export function patchTable({ places, position }: Patch, sites: number): Uint32Array {
  const table: number[] = [];
  for (const block of blocksOfFour(sites))
    for (let place = 0; place < places; place++) for (const site of block) table.push(position(site, place) * VECTOR);
  return Uint32Array.from(table);
}

/**
 * The table of a patch for products with shared weights: for every four sites the number of runs, then for each run
 * its length in vectors and its byte offset at each site. Places that follow each other in memory at all four sites,
 * which within a row is so unless the window wraps, form one run: long loops are fast loops.
 */
export function runTable({ places, channels, position }: Patch, sites: number): Uint32Array {
  const table: number[] = [];
  for (const block of blocksOfFour(sites)) {
    const count = table.push(0) - 1;
    let run = Number.NaN;
    for (let place = 0; place < places; place++) {
      const starts = block.map((site) => position(site, place) * VECTOR);
      const bytes = table[run]! * VECTOR;
      if (starts.every((start, site) => table[run + 1 + site] === start - bytes)) {
        table[run]! += channels;
      } else {
        run = table.push(channels, ...starts) - 5;
        table[count]! += 1;
      }
    }
  }
  return Uint32Array.from(table);
}

/**
 * Byte offsets [tile][place] of the sites of square patches of `width` sites per axis, one for every second site per
 * axis, whose first site is `before` sites ahead of the tile's; padded as the layer says.
 */
export function tileTable({ sites, padding }: Layer, width: number, before: number, channels: number): Uint32Array {
  const site = (row: number, column: number) => {
    const [i, j] = [paddedSite(row, sites, padding), paddedSite(column, sites, padding)];
    return i < 0 || j < 0 ? -1 : i * sites + j;
  };
  const table: number[] = [];
  for (let row = 0; row < sites; row += 2)
    for (let column = 0; column < sites; column += 2)
      for (let i = 0; i < width; i++)
        for (let j = 0; j < width; j++) table.push(site(row + i - before, column + j - before) * channels * VECTOR);
  return Uint32Array.from(table);
}
