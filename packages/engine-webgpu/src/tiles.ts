/**
 * Layers as products of matrices, cut into tiles that a workgroup does: z = Ξ Wᵀ, δ = ∂z W and ∂W = ∂zᵀ Ξ, with a row of Ξ for
 * each site, the numbers of its window one after the other. See `shaders/tiles.ts`.
 */
import type { Node } from './nodes.js';

/** Rows and columns of a tile. A thread has a row and four columns. */
export const TILE_ROWS = 32;
const TILE_COLUMNS = 32;

/** A tile in the tables: the record of its node, its first row, the columns of the product, and its own: the first, and how many fours. */
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

/** Whether the node is a product: sites that have weights of their own have no matrix in common. */
export const isProduct = ({ operator, layer }: Node): boolean =>
  operator.kind === 'layer' && layer.connectivity !== 'local';

/** Channels of a node as those have them who read it by products; 0 where there are none, or where they do not agree. */
export function channelsRead(node: Node, nodes: readonly Node[]): number {
  const channels = new Set(
    nodes.filter((reader) => reader.source === node && isProduct(reader)).map(({ layer }) => layer.inputChannels),
  );
  return channels.size === 1 ? [...channels][0]! : 0;
}
