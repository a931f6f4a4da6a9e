/**
 * Layers as products of matrices: what the shaders of `shaders/products.ts` are told of each, and how a product is cut into tiles
 * that a workgroup does, see `shaders/tiles.ts`.
 */
import type { Node } from './nodes.js';

/** Where the numbers of a row lie: so many places from `start` on, each a run, in the order of a table or one after the other. */
export interface Rows {
  readonly start: number;
  readonly table: number;
  readonly places: number;
  readonly run: number;
}

/** The shader's `Product`. */
export interface Product extends Rows {
  readonly rows: number;
  readonly columns: number;
  /** Places that have the same weights; default 1. */
  readonly copies?: number;
  /** Where the weights begin, and how far apart they lie by place, number of a run, column, site and offset; default 0. */
  readonly weight: number;
  readonly perPlace: number;
  readonly perNumber: number;
  readonly perColumn: number;
  readonly perSite?: number;
  readonly perOffset?: number;
}

export function productWords(product: Product): number[] {
  const { rows, columns, start, table, places, run, copies = 1 } = product;
  const { weight, perPlace, perNumber, perColumn, perSite = 0, perOffset = 0 } = product;
  return [rows, columns, start, table, places, run, copies, weight, perPlace, perNumber, perColumn, perSite, perOffset];
}

export const rowsWords = ({ start, table, places, run }: Rows): number[] => [start, table, places, run];

/** Rows and columns of a tile. A thread has a row and four columns. */
export const TILE_ROWS = 32;
export const TILE_COLUMNS = 32;

/** Words of a tile: the record of its node, its first row, the columns of the product, its own first, and how many fours it has. */
export const TILE_WORDS = 5;

/** The words of all tiles of a product. Its columns are cut into equal parts. */
export function tileWords(record: number, rows: number, columns: number): number[] {
  const width = 4 * Math.ceil(columns / Math.ceil(columns / TILE_COLUMNS) / 4);
  const words: number[] = [];
  for (let column = 0; column < columns; column += width) {
    const fours = Math.ceil(Math.min(width, columns - column) / 4);
    for (let row = 0; row < rows; row += TILE_ROWS) words.push(record, row, columns, column, fours);
  }
  return words;
}

/** The words of a chunk of items that are no tile: it has no columns. */
export const itemWords = (record: number, first: number): number[] => [record, first, 0, 0, 0];

/** Whether tiles do a layer: sites that have weights of their own have no matrix in common. */
export const isTiled = ({ operator, layer }: Node): boolean =>
  operator.kind === 'layer' && layer.connectivity !== 'local';
