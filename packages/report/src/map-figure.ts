import { ArgumentError, requireKnownOptions } from '@dyadic/errors';
import { extent } from './axis-scale.js';
import { type ColorMap, DIVERGING, SEQUENTIAL } from './color-map.js';
import { escapeHtml } from './escape.js';
import { pngAddress } from './png.js';
import {
  type FieldQuantities,
  inWords,
  type Quantity,
  requireQuantities,
  requireQuantity,
  withUnit,
} from './quantity.js';
import { FONT, INK } from './render.js';
import { requireValues } from './series.js';
import { requireText } from './table.js';

/** Options of {@link mapFigure}. */
export interface MapFigureOptions {
  /** Coordinates of the grid points along the first and the second axis: evenly spaced, ascending, at least two each. */
  readonly axes: readonly [ArrayLike<number>, ArrayLike<number>];
  /** The input of the network at the grid points, such as a potential: row-major, second axis fastest. */
  readonly input: ArrayLike<number>;
  /** The solver's output, in the same order. */
  readonly solution: ArrayLike<number>;
  /** The network's output, in the same order. */
  readonly prediction: ArrayLike<number>;
  /** Symbols, names and units of input and output. */
  readonly quantities: FieldQuantities;
  /** Symbols and units of the coordinates; default `x₁` and `x₂`, without a unit. */
  readonly coordinates?: readonly [Quantity, Quantity];
  /** Heading inside the figure; default none. */
  readonly title?: string;
}

/** In pixels: the longer side of a map, and the margins around it. A figure has two by two maps. */
const SIDE = 240;
/** The shorter side is at least this fraction of the longer one. */
const LEAST_SHARE = 0.25;
const LEFT = 52;
const RIGHT = 88;
const ABOVE = 30;
const BELOW = 40;
const HEADING = 26;
const BAR = { gap: 10, width: 12 };

/**
 * Draws a two-dimensional input, the solution, the prediction and their difference as maps in the proportions of the
 * domain, first axis to the right, second upwards (Figures 9 and 11 of the paper). Solution and prediction share a color
 * scale; in the map of the error, white is 0.
 *
 * @returns an `<svg>` element as {@link lineFigure} returns; the maps are embedded PNG images with one pixel per grid point
 * @throws ArgumentError (as a rejection) naming the wrong argument, such as `prediction[12]`
 */
export async function mapFigure(options: MapFigureOptions): Promise<string> {
  const fields = ['input', 'solution', 'prediction'] as const;
  requireKnownOptions('mapFigure', options, ['axes', ...fields, 'quantities', 'coordinates', 'title']);
  const { input, solution, prediction, title } = options;
  const { input: given, output } = requireQuantities(options.quantities);
  const frame = frameOf(options.axes, options.coordinates ?? [{ symbol: 'x₁' }, { symbol: 'x₂' }]);
  const [{ points: columns }, { points: rows }] = frame;
  for (const name of fields) requireValues(name, options[name], { length: columns * rows });
  const error = Array.from(prediction, (value, i) => value - solution[i]!);
  const shared = extent([...Array.from(solution), ...Array.from(prediction)]);
  const largest = Math.max(...extent(error).map(Math.abs));
  const u = output.symbol;
  const maps: PanelMap[] = [
    { title: withUnit(inWords(given), given), values: input, range: extent(Array.from(input)), colors: SEQUENTIAL },
    { title: withUnit(`solution ${u}`, output), values: solution, range: shared, colors: SEQUENTIAL },
    { title: withUnit(`prediction ${u}ᴺᴺ`, output), values: prediction, range: shared, colors: SEQUENTIAL },
    { title: withUnit(`error ${u}ᴺᴺ − ${u}`, output), values: error, range: [-largest, largest], colors: DIVERGING },
  ];
  const top = title === undefined ? 0 : HEADING;
  const [across, down] = [LEFT + frame[0].length + RIGHT, ABOVE + frame[1].length + BELOW];
  const [width, height] = [2 * across, top + 2 * down];
  const heading = title === undefined ? '' : `${requireText('title', title)}: `;
  const description = `${heading}maps of ${inWords(given)}, ${inWords(output)}, the prediction, and their difference`;
  return [
    `<svg role="img" aria-label="${escapeHtml(description)}" xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<g font-family="${escapeHtml(FONT)}" fill="${INK}" font-size="12">`,
    ...(title === undefined ? [] : [text(4, 18, title, 'font-size="15" font-weight="bold"')]),
    ...maps.map((map, i) => panel(map, frame, (i % 2) * across, top + Math.floor(i / 2) * down)),
    '</g>',
    '</svg>',
  ].join('');
}

/** One axis of the maps: its points, its length in pixels, its ticks and its title. */
interface FrameAxis {
  readonly points: number;
  readonly length: number;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
  readonly title: string;
}

type Frame = readonly [FrameAxis, FrameAxis];

/** Lays out the axes; the longer side of the domain has the full length. @throws ArgumentError naming the wrong argument */
function frameOf(axes: MapFigureOptions['axes'], coordinates: readonly [Quantity, Quantity]): Frame {
  for (const [name, pair] of Object.entries({ axes, coordinates })) {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw new ArgumentError(name, pair, 'one entry for each of two axes');
  }
  const spans = axes.map((x, i) => {
    requireValues(`axes[${i}]`, x);
    if (x.length < 2) throw new ArgumentError(`axes[${i}]`, x, 'at least two coordinates');
    const spacing = (x[x.length - 1]! - x[0]!) / (x.length - 1);
    if (!(spacing > 0)) throw new ArgumentError(`axes[${i}]`, x, 'ascending coordinates');
    return { first: x[0]!, spacing, points: x.length, size: spacing * x.length };
  });
  const longest = Math.max(...spans.map(({ size }) => size));
  const [first, second] = spans.map(({ first, spacing, points, size }, i): FrameAxis => {
    const length = Math.round(SIDE * Math.max(LEAST_SHARE, size / longest));
    const parts = length > SIDE / 2 ? 4 : 2;
    const ticks = Array.from({ length: parts + 1 }, (_, part) => {
      // a grid point is the middle of its pixel
      const at = Math.min((length * (0.5 + (part * points) / parts)) / points, length);
      return { at, label: shortNumber(first + (part * points * spacing) / parts, size) };
    });
    const quantity = requireQuantity(`coordinates[${i}]`, coordinates[i]!);
    return { points, length, ticks, title: withUnit(quantity.symbol, quantity) };
  });
  return [first!, second!];
}

interface PanelMap {
  readonly title: string;
  readonly values: ArrayLike<number>;
  readonly range: readonly [number, number];
  readonly colors: ColorMap;
}

function panel({ title, values, range, colors }: PanelMap, [x, y]: Frame, left: number, top: number): string {
  const [width, height] = [x.length, y.length];
  const bar = width + BAR.gap;
  const ramp = pngAddress(
    Uint8Array.from({ length: 256 }, (_, i) => 255 - i),
    1,
    colors,
  );
  const [low, high] = range;
  return [
    `<g transform="translate(${left + LEFT} ${top + ABOVE})">`,
    text(0, -10, title, 'font-size="13"'),
    picture(0, width, height, pngAddress(pixelsOf(values, x.points, y.points, range), x.points, colors)),
    picture(bar, BAR.width, height, ramp),
    ...[low, (low + high) / 2, high].map((value, i) =>
      text(bar + BAR.width + 5, height * (1 - i / 2) + 4, shortNumber(value, Math.max(Math.abs(low), Math.abs(high)))),
    ),
    ...x.ticks.flatMap(({ at, label }) => [
      `<path d="M${at} ${height}v4" stroke="#555555"/>`,
      text(at, height + 17, label, 'text-anchor="middle"'),
    ]),
    ...y.ticks.flatMap(({ at, label }) => [
      `<path d="M0 ${height - at}h-4" stroke="#555555"/>`,
      text(-7, height - at + 4, label, 'text-anchor="end"'),
    ]),
    text(width / 2, height + 32, x.title, 'text-anchor="middle"'),
    `<text transform="translate(-38 ${height / 2}) rotate(-90)" text-anchor="middle">${escapeHtml(y.title)}</text>`,
    '</g>',
  ].join('');
}

/** Color indices of a map, row by row from its upper left corner. A constant field has the middle color. */
function pixelsOf(
  values: ArrayLike<number>,
  columns: number,
  rows: number,
  [low, high]: readonly [number, number],
): Uint8Array {
  const pixels = new Uint8Array(columns * rows);
  for (let i = 0; i < columns; i++) {
    for (let j = 0; j < rows; j++) {
      const at = high > low ? (values[i * rows + j]! - low) / (high - low) : 0.5;
      pixels[(rows - 1 - j) * columns + i] = Math.round(255 * at);
    }
  }
  return pixels;
}

function picture(left: number, width: number, height: number, address: string): string {
  return `<image x="${left}" width="${width}" height="${height}" preserveAspectRatio="none" image-rendering="pixelated" href="${address}"/>`;
}

function text(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x}" y="${y}"${attributes && ` ${attributes}`}>${escapeHtml(content)}</text>`;
}

/** Three significant digits, small and large numbers as powers of ten; a number negligible relative to `scale` is 0. */
function shortNumber(value: number, scale = Math.abs(value)): string {
  if (Math.abs(value) <= 1e-6 * scale) return '0';
  const size = Math.abs(value);
  if (size >= 1e-2 && size < 1e5) return String(Number(value.toPrecision(3))).replace('-', '−');
  const [mantissa, exponent] = value.toExponential(2).split('e');
  const digits = exponent!
    .replace('+', '')
    .replace('-', '⁻')
    .replace(/\d/g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]!);
  return `${Number(mantissa)}·10${digits}`.replace('-', '−');
}
