import { ArgumentError, requireKnownOptions } from '@dyadic/errors';
import { extent } from './axis-scale.js';
import { type ColorMap, DIVERGING, SEQUENTIAL } from './color-map.js';
import { escapeHtml } from './escape.js';
import { pngAddress } from './png.js';
import { FONT, INK } from './render.js';
import { requireValues } from './series.js';
import { requireText } from './table.js';

/** What {@link mapFigure} draws. */
export interface MapFigureOptions {
  /** Coordinates of the grid points along one axis, evenly spaced, the same for both axes: at least two. */
  readonly x: ArrayLike<number>;
  /** The potential V at the grid points, as many as along one axis squared: row-major, the second axis fastest. */
  readonly potential: ArrayLike<number>;
  /** The solver's solution. */
  readonly solution: ArrayLike<number>;
  /** The network's. */
  readonly prediction: ArrayLike<number>;
  /** Letter of the solution; default `u`. */
  readonly symbol?: string;
  /** Heading inside the figure; default none. */
  readonly title?: string;
}

/** Pixels: side of a map, what lies left of it, right of it, above and below; a figure holds two by two maps. */
const SIDE = 240;
const LEFT = 44;
const RIGHT = 82;
const ABOVE = 30;
const BELOW = 40;
const HEADING = 26;
const BAR = { gap: 10, width: 12 };

/**
 * Draws a two-dimensional potential, its solution, the prediction and their difference as maps, the first axis to the
 * right, the second upwards (Figures 9 and 11 of the paper). Solution and prediction share their colors; white is no
 * error.
 *
 * @returns an `<svg>` element, see `lineFigure`; the maps in it are PNG images, one pixel a grid point
 * @throws ArgumentError (as a rejection) naming the argument, such as `prediction[12]`
 */
export async function mapFigure(options: MapFigureOptions): Promise<string> {
  requireKnownOptions('mapFigure', options, ['x', 'potential', 'solution', 'prediction', 'symbol', 'title']);
  const { x, potential, solution, prediction, symbol = 'u', title } = options;
  requireText('symbol', symbol);
  requireValues('x', x);
  if (x.length < 2) throw new ArgumentError('x', x, 'at least two coordinates');
  for (const name of ['potential', 'solution', 'prediction'] as const) {
    requireValues(name, options[name], { length: x.length ** 2 });
  }
  const error = Array.from(prediction, (value, i) => value - solution[i]!);
  const shared = extent([...Array.from(solution), ...Array.from(prediction)]);
  const largest = Math.max(...extent(error).map(Math.abs));
  const maps: PanelMap[] = [
    { title: 'V', values: potential, range: extent(Array.from(potential)), colors: SEQUENTIAL },
    { title: `solution ${symbol}`, values: solution, range: shared, colors: SEQUENTIAL },
    { title: `prediction ${symbol}ᴺᴺ`, values: prediction, range: shared, colors: SEQUENTIAL },
    { title: `error ${symbol}ᴺᴺ − ${symbol}`, values: error, range: [-largest, largest], colors: DIVERGING },
  ];
  const top = title === undefined ? 0 : HEADING;
  const [width, height] = [2 * (LEFT + SIDE + RIGHT), top + 2 * (ABOVE + SIDE + BELOW)];
  const heading = title === undefined ? '' : `${requireText('title', title)}: `;
  const description = `${heading}maps of the potential V, the solution ${symbol}, the prediction, and their difference`;
  return [
    `<svg role="img" aria-label="${escapeHtml(description)}" xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<g font-family="${escapeHtml(FONT)}" fill="${INK}" font-size="12">`,
    ...(title === undefined ? [] : [text(4, 18, title, 'font-size="15" font-weight="bold"')]),
    ...maps.map((map, i) => panel(map, x, (i % 2) * (width / 2), top + Math.floor(i / 2) * (ABOVE + SIDE + BELOW))),
    '</g>',
    '</svg>',
  ].join('');
}

interface PanelMap {
  readonly title: string;
  readonly values: ArrayLike<number>;
  readonly range: readonly [number, number];
  readonly colors: ColorMap;
}

function panel({ title, values, range, colors }: PanelMap, x: ArrayLike<number>, left: number, top: number): string {
  const points = x.length;
  const spacing = (x[points - 1]! - x[0]!) / (points - 1);
  const ticks = [0, 1, 2, 3, 4].map((quarter) => {
    // a grid point is the middle of its pixel
    const at = (SIDE * (0.5 + (quarter * points) / 4)) / points;
    return { at: Math.min(at, SIDE), label: shortNumber(x[0]! + (quarter * points * spacing) / 4) };
  });
  const bar = SIDE + BAR.gap;
  const ramp = pngAddress(
    Uint8Array.from({ length: 256 }, (_, i) => 255 - i),
    1,
    colors,
  );
  const [low, high] = range;
  return [
    `<g transform="translate(${left + LEFT} ${top + ABOVE})">`,
    text(0, -10, title, 'font-size="13"'),
    picture(0, SIDE, pngAddress(pixelsOf(values, points, range), points, colors)),
    picture(bar, BAR.width, ramp),
    ...[low, (low + high) / 2, high].map((value, i) =>
      text(bar + BAR.width + 5, SIDE * (1 - i / 2) + 4, shortNumber(value)),
    ),
    ...ticks.flatMap(({ at, label }) => [
      `<path d="M${at} ${SIDE}v4M0 ${SIDE - at}h-4" stroke="#555555"/>`,
      text(at, SIDE + 17, label, 'text-anchor="middle"'),
      text(-7, SIDE - at + 4, label, 'text-anchor="end"'),
    ]),
    text(SIDE / 2, SIDE + 32, 'x₁', 'text-anchor="middle"'),
    text(-34, SIDE / 2 + 18, 'x₂'),
    '</g>',
  ].join('');
}

/** Color numbers of a map, from its upper left corner. A constant field has the color in the middle. */
function pixelsOf(values: ArrayLike<number>, points: number, [low, high]: readonly [number, number]): Uint8Array {
  const pixels = new Uint8Array(points * points);
  for (let i = 0; i < points; i++) {
    for (let j = 0; j < points; j++) {
      const at = high > low ? (values[i * points + j]! - low) / (high - low) : 0.5;
      pixels[(points - 1 - j) * points + i] = Math.round(255 * at);
    }
  }
  return pixels;
}

function picture(left: number, width: number, address: string): string {
  return `<image x="${left}" width="${width}" height="${SIDE}" preserveAspectRatio="none" image-rendering="pixelated" href="${address}"/>`;
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x}" y="${y}"${attributes && ` ${attributes}`}>${escapeHtml(content)}</text>`;
}

/** Three significant digits, with a true minus sign. */
function shortNumber(value: number): string {
  return String(Number(value.toPrecision(3))).replace('-', '−');
}
