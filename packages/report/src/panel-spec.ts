import { type AxisScale, linearScale, logScale, POWER_OF_TEN } from './axis-scale.js';
import { type Axis, PALETTE, type Panel, type Rule, type Series } from './series.js';
import { textWidth } from './text-width.js';

/** Width of the plotting area in pixels; with the axis, a figure is about 700 wide. */
export const PLOT_WIDTH = 610;

const DASH = { solid: [1, 0], step: [1, 0], dashed: [6, 4], dotted: [2, 3] } as const;

/** One value of a line; `dot` marks a value between two gaps. */
interface Row {
  readonly x: number;
  readonly y: number | null;
  readonly name: string;
  readonly dot: boolean;
}

/** The Vega-Lite specification of a checked panel. */
export function panelSpec(panel: Panel): object {
  const { series, rules = [], rings = [], height = 260 } = panel;
  const x = scaleOf(panel, 'x');
  const y = scaleOf(panel, 'y');
  const rows = series.map((one) => rowsOf(one, x, y));
  const channels = {
    x: { field: 'x', type: 'quantitative', ...axisSpec(x, panel.x.title, 8) },
    y: { field: 'y', type: 'quantitative', ...axisSpec(y, panel.y.title, Math.min(6, Math.ceil(height / 40))) },
    ...strokeChannels(series),
  };
  return {
    width: PLOT_WIDTH,
    height,
    layer: [
      ...rules.flatMap((rule) => ruleLayers(rule, rule.axis === 'x' ? x : y)),
      ...rows.map((values, i) => ({
        data: { values },
        mark: {
          type: 'line',
          invalid: 'break-paths-show-path-domains',
          strokeJoin: 'round',
          ...(series[i]!.stroke === 'step' ? { interpolate: 'step-after' } : {}),
        },
        encoding: channels,
      })),
      ...dotLayers(rows.flat(), channels),
      ...rings.map((ring) => ({
        data: { values: [{ x: placeOf(ring.x, x), y: placeOf(ring.y, y) }] },
        mark: {
          type: 'point',
          shape: 'circle',
          size: 110,
          stroke: '#222222',
          strokeWidth: 1.5,
          fill: null,
          opacity: 1,
        },
        encoding: { x: { field: 'x', type: 'quantitative' }, y: { field: 'y', type: 'quantitative' } },
      })),
    ],
  };
}

function rowsOf({ name, x, y }: Series, across: AxisScale, up: AxisScale): Row[] {
  const rows: Row[] = [];
  for (let i = 0; i < x.length; i++) {
    const value = y[i]!;
    const dot = value !== null && (y[i - 1] ?? null) === null && (y[i + 1] ?? null) === null;
    rows.push({ x: placeOf(x[i]!, across), y: value === null ? null : placeOf(value, up), name, dot });
  }
  return rows;
}

/** The position of a value: its own, or that of 0 on a log axis. */
export function placeOf(value: number, { zero }: AxisScale): number {
  return value === 0 && zero !== undefined ? zero : value;
}

function dotLayers(rows: readonly Row[], channels: object): object[] {
  const values = rows.filter(({ dot }) => dot);
  if (values.length === 0) return [];
  const { x, y, color } = channels as Record<string, object>;
  return [{ data: { values }, mark: { type: 'circle', size: 30, opacity: 1 }, encoding: { x, y, color } }];
}

/** Color, dash and width by name, in one legend; a single line has no legend. */
function strokeChannels(series: readonly Series[]): object {
  const colors = series.map(({ color }, i) => color ?? PALETTE[i % PALETTE.length]);
  const dashes = series.map(({ stroke = 'solid' }) => DASH[stroke]);
  const widths = series.map(({ width = 2 }) => width);
  if (series.length === 1) {
    return { color: { value: colors[0] }, strokeDash: { value: dashes[0] }, strokeWidth: { value: widths[0] } };
  }
  const domain = series.map(({ name }) => name);
  const legend = { columns: legendColumns(domain) };
  const channel = (range: readonly unknown[]) => {
    return { field: 'name', type: 'nominal', scale: { type: 'ordinal', domain, range }, legend };
  };
  return { color: channel(colors), strokeDash: channel(dashes), strokeWidth: channel(widths) };
}

/** As many columns as fit above the panel, each as wide as the widest name with its symbol. */
function legendColumns(names: readonly string[]): number {
  const widest = Math.max(...names.map((name) => textWidth(name, 13))) + 50;
  return Math.max(1, Math.min(names.length, Math.floor(PLOT_WIDTH / widest)));
}

function scaleOf({ series, rules = [], rings = [], ...axes }: Panel, axis: 'x' | 'y'): AxisScale {
  const values = function* () {
    for (const one of series) for (const value of Array.from(one[axis])) if (value !== null) yield value;
    for (const rule of rules) if (rule.axis === axis) yield rule.value;
    for (const ring of rings) yield ring[axis];
  };
  return axisOf(axes[axis], [...values()], axis === 'y').scale;
}

/** The scale of an axis around all its values, and its specification. */
export function axisOf(axis: Axis, values: readonly number[], pad: boolean): { scale: AxisScale; spec: AxisSpec } {
  const scale = axis.scale === 'log' ? logScale(values, pad, axis.zero) : linearScale(values, pad);
  return { scale, spec: axisSpec(scale, axis.title, 8) };
}

interface AxisSpec {
  readonly title: string;
  readonly scale: object;
  readonly axis: object;
}

function axisSpec(
  { type, domain, nice, ticks, whole, scientific, zero }: AxisScale,
  title: string,
  tickCount: number,
): AxisSpec {
  return {
    title,
    scale: { type, domain, nice, zero: type === 'linear' ? false : undefined },
    axis: {
      values: ticks,
      // the renderer drops given ticks beyond the count
      tickCount: ticks?.length ?? tickCount,
      ...(ticks ? { labelOverlap: false } : {}),
      ...(whole ? { tickMinStep: 1 } : {}),
      ...labels(scientific, zero),
    },
  };
}

/** Tick labels: the renderer's, unless they are powers of ten or one of them represents 0. */
function labels(scientific: boolean, zero: number | undefined): { labelExpr?: string } {
  if (zero === undefined) return scientific ? { labelExpr: POWER_OF_TEN } : {};
  // the renderer passes the tick through a logarithm and back, which rounds
  const others = scientific ? `(${POWER_OF_TEN})` : 'datum.label';
  return { labelExpr: `datum.value < ${zero * (1 + 1e-6)} ? '0' : ${others}` };
}

/** The dashed line and its label, with a white outline for legibility across other lines. */
export function ruleLayers({ axis, label, ...rule }: Rule, scale: AxisScale): object[] {
  const { type, domain } = scale;
  const value = placeOf(rule.value, scale);
  const data = { values: [{ value, label }] };
  const position = { field: 'value', type: 'quantitative' };
  const [low, high] = type === 'log' ? domain.map(Math.log) : domain;
  const at = ((type === 'log' ? Math.log(value) : value) - low!) / (high! - low!);
  // a falling curve leaves the left end of a horizontal line free
  const [across, place] =
    axis === 'y'
      ? ['x', { align: 'left', baseline: at > 0.9 ? 'top' : 'bottom', dx: 6, dy: at > 0.9 ? 5 : -5 }]
      : ['y', { align: at > 0.6 ? 'right' : 'left', baseline: 'top', dx: at > 0.6 ? -6 : 6, dy: 2 }];
  const encoding = { [axis]: position, [across as string]: { value: 0 }, text: { field: 'label' } };
  const words = { type: 'text', fontSize: 12, ...(place as object) };
  return [
    {
      data,
      mark: { type: 'rule', strokeDash: [4, 3], stroke: '#444444', strokeWidth: 1.2 },
      encoding: { [axis]: position },
    },
    { data, mark: { ...words, stroke: '#ffffff', strokeWidth: 4, strokeJoin: 'round' }, encoding },
    { data, mark: { ...words, fill: '#222222' }, encoding },
  ];
}
