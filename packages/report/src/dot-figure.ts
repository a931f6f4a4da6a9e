import { ArgumentError, requireKnownOptions, requireOneOf } from '@dyadic/errors';
import { titleSpec } from './line-figure.js';
import { axisOf, PLOT_WIDTH, placeOf, ruleLayers } from './panel-spec.js';
import { renderSvg } from './render.js';
import { type Axis, checkAxis, PALETTE, type Rule, requireValue } from './series.js';
import { requireText } from './table.js';
import { textWidth } from './text-width.js';

/** Shapes of dots. */
export const DOT_SHAPES = ['circle', 'square', 'diamond', 'triangle-up', 'cross'] as const;
/** A shape of dots. */
export type DotShape = (typeof DOT_SHAPES)[number];

/** Dots of one color and shape. */
export interface DotSeries {
  /** Name in the legend, unique within a figure. */
  readonly name: string;
  /** The dots: the name of the row, and the value on the x axis. */
  readonly dots: readonly { readonly row: string; readonly x: number }[];
  /** CSS color; default the next one of {@link PALETTE}. */
  readonly color?: string;
  /** Default `circle`. */
  readonly shape?: DotShape;
}

/** Options of {@link dotFigure}. */
export interface DotFigureOptions {
  /** Names of the rows, from top to bottom. */
  readonly rows: readonly string[];
  /** At least one, with at least one dot among them. */
  readonly series: readonly DotSeries[];
  readonly x: Axis;
  /** Dashed vertical lines; default none. */
  readonly rules?: readonly Omit<Rule, 'axis'>[];
  /** Heading inside the figure; default none. */
  readonly title?: string;
  /** Description for screen readers; default composed of the axis title and the names. */
  readonly description?: string;
}

const ROW_HEIGHT = 34;
const LABEL_SIZE = 12;

/**
 * Draws values as dots, one row per category. Within a row each series has its own height, so dots of equal value do not
 * overlap.
 *
 * @returns an `<svg>` element as {@link lineFigure} returns
 * @throws ArgumentError (as a rejection) naming the wrong value, such as `series[0].dots[3].row`
 */
export async function dotFigure(options: DotFigureOptions): Promise<string> {
  requireKnownOptions('dotFigure', options, ['rows', 'series', 'x', 'rules', 'title', 'description']);
  checkDots(options);
  const { rows, series, x, rules = [], title } = options;
  const values = [...series.flatMap(({ dots }) => dots.map((dot) => dot.x)), ...rules.map(({ value }) => value)];
  const { scale, spec } = axisOf(x, values, true);
  const names = series.map(({ name }) => name);
  const labelWidth = Math.ceil(Math.max(...rows.map((row) => textWidth(row, LABEL_SIZE)))) + 12;
  const byName = (range: readonly string[]) => ({
    field: 'name',
    type: 'nominal',
    scale: { type: 'ordinal', domain: names, range },
    // above the labels of the rules
    legend: { columns: Math.min(names.length, 3), symbolSize: 90, offset: rules.length > 0 ? 26 : 8 },
  });
  const width = PLOT_WIDTH + 52 - labelWidth;
  const dots = {
    data: {
      values: series.flatMap(({ name, dots }) => dots.map((dot) => ({ name, row: dot.row, x: placeOf(dot.x, scale) }))),
    },
    mark: { type: 'point', filled: true, size: 55, opacity: 0.85 },
    encoding: {
      x: { field: 'x', type: 'quantitative', ...spec, axis: { ...spec.axis, grid: true } },
      y: {
        field: 'row',
        type: 'nominal',
        scale: { domain: rows, padding: 0 },
        axis: { title: null, grid: false, ticks: false, labelLimit: 0, minExtent: labelWidth, maxExtent: labelWidth },
      },
      yOffset: { field: 'name', type: 'nominal', scale: { domain: names, paddingOuter: 1 } },
      color: byName(series.map(({ color }, i) => color ?? PALETTE[i % PALETTE.length]!)),
      shape: byName(series.map(({ shape = 'circle' }) => shape)),
    },
  };
  const bands = {
    data: { values: rows.filter((_, i) => i % 2 === 1).map((row) => ({ row })) },
    mark: { type: 'bar', color: '#f5f5f2', height: ROW_HEIGHT, align: 'left' },
    encoding: { y: { field: 'row', type: 'nominal' }, x: { value: 0 }, x2: { value: width } },
  };
  const lines = rules.flatMap(({ value, label }) => {
    const [line] = ruleLayers({ axis: 'x', value, label }, scale);
    const encoding = { x: { field: 'value', type: 'quantitative' }, y: { value: -8 }, text: { field: 'label' } };
    const mark = { type: 'text', fontSize: LABEL_SIZE, baseline: 'bottom', clip: false };
    return [line!, { data: { values: [{ value: placeOf(value, scale), label }] }, mark, encoding }];
  });
  const layer = [bands, ...lines, dots];
  const heading = title === undefined ? '' : `${title}: `;
  const description = options.description ?? `${heading}${x.title} of ${names.join(', ')}, by ${rows.join('; ')}`;
  const figure = { ...titleSpec(title), width, height: rows.length * ROW_HEIGHT, layer };
  return renderSvg(figure, requireText('description', description));
}

function checkDots({ rows, series, x, rules = [] }: DotFigureOptions): void {
  checkAxis('x', x);
  for (const [name, list] of Object.entries({ rows, series })) {
    if (!Array.isArray(list) || list.length === 0) throw new ArgumentError(name, list, 'an array of at least one');
  }
  const log = x.scale === 'log';
  const names = new Set<string>();
  series.forEach((one, i) => {
    const at = `series[${i}]`;
    requireKnownOptions(at, one, ['name', 'dots', 'color', 'shape']);
    if (names.has(requireText(`${at}.name`, one.name))) {
      throw new ArgumentError(`${at}.name`, one.name, 'a name that no other series has');
    }
    names.add(one.name);
    requireOneOf(`${at}.shape`, one.shape ?? 'circle', DOT_SHAPES);
    one.dots.forEach((dot, j) => {
      requireOneOf(`${at}.dots[${j}].row`, dot.row, rows);
      requireValue(`${at}.dots[${j}].x`, dot.x, log);
    });
  });
  if (series.every(({ dots }) => dots.length === 0)) throw new ArgumentError('series', series, 'at least one dot');
  rules.forEach((rule, i) => {
    requireValue(`rules[${i}].value`, rule.value, log);
    requireText(`rules[${i}].label`, rule.label);
  });
}
