import { ArgumentError, requireInteger, requireKnownOptions } from '@dyadic/errors';
import { escapeHtml } from './escape.js';
import { FONT } from './render.js';
import { PALETTE } from './series.js';
import { requireText } from './table.js';
import { textWidth } from './text-width.js';

/** A rectangular block of a matrix. */
export interface MatrixBlock {
  /** First row, from 0. */
  readonly row: number;
  /** First column, from 0. */
  readonly column: number;
  /** Number of rows. */
  readonly rows: number;
  /** Number of columns. */
  readonly columns: number;
  /** Index of its group. */
  readonly group: number;
}

/** Options of {@link blockFigure}. */
export interface BlockFigureOptions {
  /** Number of rows and of columns of the matrix. */
  readonly size: number;
  readonly blocks: readonly MatrixBlock[];
  /** Names of the groups for the legend; each group has its own color. */
  readonly groups: readonly string[];
  /** Heading inside the figure; default none. */
  readonly title?: string;
}

const SIDE = 420;
const LEFT = 8;
const LINE = 24;

/**
 * Draws the blocks of a square matrix, colored by group, first row on top (Figure 2 of the paper).
 *
 * @returns an `<svg>` element as {@link lineFigure} returns
 * @throws ArgumentError for a block outside the matrix, or a group without a name
 */
export function blockFigure(options: BlockFigureOptions): string {
  requireKnownOptions('blockFigure', options, ['size', 'blocks', 'groups', 'title']);
  const { blocks, groups, title } = options;
  const size = requireInteger('size', options.size, { min: 1 });
  groups.forEach((name, i) => {
    requireText(`groups[${i}]`, name);
  });
  const top = title === undefined ? 8 : 36;
  const scale = SIDE / size;
  const length = (entries: number) => Number((entries * scale).toFixed(3));
  const color = (group: number) => PALETTE[group % PALETTE.length]!;
  const squares = blocks.map((block, i) => {
    checkBlock(`blocks[${i}]`, block, size, groups.length);
    const { row, column, rows, columns, group } = block;
    const place = `x="${LEFT + length(column)}" y="${top + length(row)}" width="${length(columns)}" height="${length(rows)}"`;
    return `<rect ${place} fill="${color(group)}"/>`;
  });
  const legendLeft = LEFT + SIDE + 20;
  const legend = groups.map((name, i) => {
    const y = top + i * LINE;
    const swatch = `<rect x="${legendLeft}" y="${y}" width="16" height="16" fill="${color(i)}"/>`;
    return `${swatch}<text x="${legendLeft + 24}" y="${y + 13}">${escapeHtml(name)}</text>`;
  });
  const widest = Math.max(0, ...groups.map((name) => textWidth(name, 13)));
  const [width, height] = [Math.ceil(legendLeft + 24 + widest + 8), top + SIDE + 8];
  const heading =
    title === undefined
      ? ''
      : `<text x="${LEFT}" y="22" font-size="15" font-weight="bold">${escapeHtml(requireText('title', title))}</text>`;
  const label = escapeHtml(`${title ?? 'Matrix'}: blocks of ${groups.join(', ')}`);
  return [
    `<svg role="img" aria-label="${label}" xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${escapeHtml(FONT)}" font-size="13">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>${heading}`,
    `<g stroke="#ffffff" stroke-width="${size > 128 ? 0.4 : 0.8}">${squares.join('')}</g>`,
    ...legend,
    '</svg>',
  ].join('\n');
}

function checkBlock(
  name: string,
  { row, column, rows, columns, group }: MatrixBlock,
  size: number,
  groups: number,
): void {
  requireInteger(`${name}.row`, row, { min: 0, max: size - 1 });
  requireInteger(`${name}.column`, column, { min: 0, max: size - 1 });
  requireInteger(`${name}.rows`, rows, { min: 1, max: size - row });
  requireInteger(`${name}.columns`, columns, { min: 1, max: size - column });
  if (!Number.isInteger(group) || group < 0 || group >= groups) {
    throw new ArgumentError(`${name}.group`, group, `the number of one of the ${groups} groups`);
  }
}
