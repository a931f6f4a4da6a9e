import { requireKnownOptions } from '@dyadic/errors';
import { titleSpec } from './line-figure.js';
import { panelSpec } from './panel-spec.js';
import { renderSvg } from './render.js';
import { PALETTE, type Panel, requireValues } from './series.js';
import { requireText } from './table.js';

/** What {@link fieldFigure} draws. */
export interface FieldFigureOptions {
  /** Grid points. */
  readonly x: ArrayLike<number>;
  /** The potential V at the grid points. */
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

/**
 * Draws a one-dimensional potential, its solution with the prediction on top, and their difference, one under
 * the other (Figures 8 and 10 of the paper).
 *
 * @returns an `<svg>` element, see `lineFigure`
 * @throws ArgumentError (as a rejection) naming the argument, such as `prediction[12]`
 */
export async function fieldFigure(options: FieldFigureOptions): Promise<string> {
  requireKnownOptions('fieldFigure', options, ['x', 'potential', 'solution', 'prediction', 'symbol', 'title']);
  const { x, potential, solution, prediction, symbol = 'u', title } = options;
  requireText('symbol', symbol);
  requireValues('x', x);
  for (const name of ['potential', 'solution', 'prediction'] as const) {
    requireValues(name, options[name], { length: x.length });
  }
  const error = Array.from(prediction, (value, i) => value - solution[i]!);
  const across = { title: 'x' };
  const panels: Panel[] = [
    { series: [{ name: 'V', x, y: potential, color: '#333333' }], x: across, y: { title: 'V(x)' }, height: 150 },
    {
      // a wide pale line under a thin dashed one: both stay visible where they agree
      series: [
        { name: `solution ${symbol}`, x, y: solution, color: PALETTE[5], width: 5 },
        { name: `prediction ${symbol}ᴺᴺ`, x, y: prediction, color: '#a63c00', width: 1.8, stroke: 'dashed' },
      ],
      x: across,
      y: { title: `${symbol}(x)` },
      height: 190,
    },
    {
      series: [{ name: 'error', x, y: error, color: PALETTE[2] }],
      x: across,
      y: { title: `error ${symbol}ᴺᴺ − ${symbol}` },
      height: 150,
    },
  ];
  const heading = title === undefined ? '' : `${title}: `;
  const description = `${heading}potential V, solution ${symbol} with prediction, and their difference, over x`;
  // each panel has axes and colors of its own
  const resolve = { scale: { color: 'independent', strokeDash: 'independent', strokeWidth: 'independent' } };
  return renderSvg({ ...titleSpec(title), spacing: 12, resolve, vconcat: panels.map(panelSpec) }, description);
}
