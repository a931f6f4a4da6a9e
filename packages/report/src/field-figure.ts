import { requireKnownOptions } from '@dyadic/errors';
import { titleSpec } from './line-figure.js';
import { panelSpec } from './panel-spec.js';
import {
  type FieldQuantities,
  inWords,
  type Quantity,
  requireQuantities,
  requireQuantity,
  withUnit,
} from './quantity.js';
import { renderSvg } from './render.js';
import { PALETTE, type Panel, requireValues } from './series.js';

/** Options of {@link fieldFigure}. */
export interface FieldFigureOptions {
  /** Coordinates of the grid points; the other arrays have the same length. */
  readonly x: ArrayLike<number>;
  /** The input of the network at the grid points, such as a potential. */
  readonly input: ArrayLike<number>;
  /** The solver's output at the grid points. */
  readonly solution: ArrayLike<number>;
  /** The network's output at the grid points. */
  readonly prediction: ArrayLike<number>;
  /** Symbols, names and units of input and output. */
  readonly quantities: FieldQuantities;
  /** Symbol and unit of the coordinate; default `x`, without a unit. */
  readonly coordinate?: Quantity;
  /** Heading inside the figure; default none. */
  readonly title?: string;
}

/**
 * Draws a one-dimensional input, the solution with the prediction on top, and their difference, in three stacked panels
 * (Figures 8 and 10 of the paper).
 *
 * @returns an `<svg>` element as {@link lineFigure} returns
 * @throws ArgumentError (as a rejection) naming the wrong argument, such as `prediction[12]`
 */
export async function fieldFigure(options: FieldFigureOptions): Promise<string> {
  const fields = ['input', 'solution', 'prediction'] as const;
  requireKnownOptions('fieldFigure', options, ['x', ...fields, 'quantities', 'coordinate', 'title']);
  const { x, input, solution, prediction, title } = options;
  const { input: given, output } = requireQuantities(options.quantities);
  const coordinate = requireQuantity('coordinate', options.coordinate ?? { symbol: 'x' });
  requireValues('x', x);
  for (const name of fields) requireValues(name, options[name], { length: x.length });
  const error = Array.from(prediction, (value, i) => value - solution[i]!);
  const across = { title: withUnit(coordinate.symbol, coordinate) };
  const up = (quantity: Quantity) => ({ title: withUnit(`${quantity.symbol}(${coordinate.symbol})`, quantity) });
  const u = output.symbol;
  const panels: Panel[] = [
    { series: [{ name: given.symbol, x, y: input, color: '#333333' }], x: across, y: up(given), height: 150 },
    {
      // a wide pale line under a thin dashed one: both remain visible where they agree
      series: [
        { name: `solution ${u}`, x, y: solution, color: PALETTE[5], width: 5 },
        { name: `prediction ${u}ᴺᴺ`, x, y: prediction, color: '#a63c00', width: 1.8, stroke: 'dashed' },
      ],
      x: across,
      y: up(output),
      height: 190,
    },
    {
      series: [{ name: 'error', x, y: error, color: PALETTE[2] }],
      x: across,
      y: { title: withUnit(`error ${u}ᴺᴺ − ${u}`, output) },
      height: 150,
    },
  ];
  const heading = title === undefined ? '' : `${title}: `;
  const description = `${heading}${inWords(given)}, ${inWords(output)} with prediction, and their difference, over ${coordinate.symbol}`;
  // each panel has its own axes and colors
  const resolve = { scale: { color: 'independent', strokeDash: 'independent', strokeWidth: 'independent' } };
  return renderSvg({ ...titleSpec(title), spacing: 12, resolve, vconcat: panels.map(panelSpec) }, description);
}
