import { type Frame, SharpCanvas, themeColor } from './canvas.js';
import { logarithmicTicks, logarithmicTickText, niceTicks, tickText } from './ticks.js';

export interface Line {
  /** Name of a colour of the theme. */
  readonly color: string;
  readonly values: ArrayLike<number>;
  readonly dashed?: boolean;
  readonly thin?: boolean;
  /** Fills down to the zero line. */
  readonly filled?: boolean;
  /** A band of this half-width about the values, in place of a line. */
  readonly band?: ArrayLike<number>;
}

export interface LineChartOptions {
  /** For screen readers. */
  readonly label: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly logarithmic?: boolean;
  /** Whether the zero line is always in sight. */
  readonly zero?: boolean;
}

const MARGIN = { left: 58, right: 12, top: 22, bottom: 34 };

/** Curves over a common axis, drawn on a canvas in well under a millisecond. */
export class LineChart {
  readonly #canvas: SharpCanvas;
  readonly #options: LineChartOptions;
  #lines: readonly Line[] = [];
  /** A line that is only compared with, with its name. */
  #reference: { readonly value: number; readonly name: string } | undefined;
  #x: readonly [number, number] = [0, 1];
  #y: readonly [number, number] = [0, 1];
  /** While a well is dragged the axis may only grow. */
  held = false;

  constructor(parent: HTMLElement, options: LineChartOptions) {
    this.#options = options;
    this.#canvas = new SharpCanvas(parent, options.label, () => this.#draw());
  }

  get frame(): Frame {
    const { left, right, top, bottom } = MARGIN;
    const { width, height } = this.#canvas;
    return { left, top, width: Math.max(1, width - left - right), height: Math.max(1, height - top - bottom) };
  }

  /** Shows curves whose points are evenly spaced over [from, to). */
  show(lines: readonly Line[], x: readonly [number, number], reference?: { value: number; name: string }): void {
    this.#lines = lines;
    this.#x = x;
    this.#reference = reference;
    this.#y = this.#range();
    this.#draw();
  }

  redraw(): void {
    this.#draw();
  }

  /** Where a point is, in pixels of the chart. */
  toPixels(x: number, y: number): readonly [number, number] {
    const { left, top, width, height } = this.frame;
    return [left + (width * (x - this.#x[0])) / (this.#x[1] - this.#x[0]), top + height * (1 - this.#share(y))];
  }

  /** The inverse of {@link toPixels}, on a linear axis. */
  toData(px: number, py: number): readonly [number, number] {
    const { left, top, width, height } = this.frame;
    const [from, to] = this.#y;
    return [
      this.#x[0] + ((px - left) / width) * (this.#x[1] - this.#x[0]),
      from + (1 - (py - top) / height) * (to - from),
    ];
  }

  #share(y: number): number {
    const scaled = this.#options.logarithmic
      ? (value: number) => Math.log10(Math.max(value, 1e-300))
      : (v: number) => v;
    const [from, to] = this.#y.map(scaled) as [number, number];
    return (scaled(y) - from) / (to - from);
  }

  #range(): readonly [number, number] {
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const see = (value: number) => {
      if (!Number.isFinite(value) || (this.#options.logarithmic && value <= 0)) return;
      if (value < least) least = value;
      if (value > most) most = value;
    };
    for (const { values, band } of this.#lines) {
      for (let i = 0; i < values.length; i++) {
        see(values[i]! + (band?.[i] ?? 0));
        if (band) see(values[i]! - band[i]!);
      }
    }
    if (this.#reference) see(this.#reference.value);
    if (this.#options.zero) see(0);
    if (least > most) return this.#options.logarithmic ? [1e-6, 1] : [0, 1];
    if (this.#options.logarithmic) return [least / 1.8, most * 1.8];
    const room = 0.08 * (most - least || Math.abs(most) || 1);
    const found = [least === 0 ? 0 : least - room, most === 0 ? 0 : most + room] as const;
    if (!this.held) return found;
    return [Math.min(found[0], this.#y[0]), Math.max(found[1], this.#y[1])];
  }

  #draw(): void {
    if (this.#canvas === undefined || this.#canvas.width === 0) return;
    const context = this.#canvas.context();
    this.#drawAxes(context);
    const { left, top, width, height } = this.frame;
    context.save();
    context.beginPath();
    context.rect(left, top - 4, width, height + 8);
    context.clip();
    for (const line of this.#lines) this.#drawLine(context, line);
    context.restore();
  }

  #drawAxes(context: CanvasRenderingContext2D): void {
    const { left, top, width, height } = this.frame;
    const { xLabel, yLabel, logarithmic } = this.#options;
    const count = Math.max(4, Math.floor(height / 34));
    const ys = logarithmic
      ? logarithmicTicks(...this.#y, Math.max(2, Math.floor(height / 30)))
      : niceTicks(...this.#y, count);
    const xs = niceTicks(...this.#x, Math.max(2, Math.floor(width / 80)));
    context.lineWidth = 1;
    context.strokeStyle = themeColor('grid');
    context.fillStyle = themeColor('muted');
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    for (const y of ys) {
      const [, py] = this.toPixels(this.#x[0], y);
      stroke(context, left, py, left + width, py);
      context.fillText(logarithmic ? logarithmicTickText(y) : tickText(y, (ys[1] ?? y) - ys[0]!), left - 7, py);
    }
    context.textAlign = 'center';
    context.textBaseline = 'top';
    for (const x of xs) {
      const [px] = this.toPixels(x, this.#y[0]);
      stroke(context, px, top + height, px, top + height + 4);
      context.fillText(tickText(x, (xs[1] ?? x) - xs[0]!), px, top + height + 6);
    }
    context.textAlign = 'left';
    context.fillText(yLabel, 6, 2);
    context.textAlign = 'right';
    context.fillText(xLabel, left + width, top + height + 20);
    if (this.#reference) this.#drawReference(context);
  }

  #drawReference(context: CanvasRenderingContext2D): void {
    const { left, width } = this.frame;
    const { value, name } = this.#reference!;
    const [, py] = this.toPixels(this.#x[0], value);
    context.strokeStyle = themeColor('muted');
    context.setLineDash([3, 4]);
    stroke(context, left, py, left + width, py);
    context.setLineDash([]);
    context.textAlign = 'right';
    context.textBaseline = 'bottom';
    context.fillText(name, left + width - 4, py - 3);
  }

  #drawLine(context: CanvasRenderingContext2D, line: Line): void {
    const { color, values, dashed, thin, filled } = line;
    if (values.length === 0) return;
    if (line.band) {
      this.#drawBand(context, color, values, line.band);
      return;
    }
    const [from, to] = this.#x;
    context.strokeStyle = themeColor(color);
    context.lineWidth = thin ? 1.25 : 2.25;
    context.lineJoin = 'round';
    context.setLineDash(dashed ? [7, 5] : []);
    context.beginPath();
    for (let i = 0; i < values.length; i++) {
      const x = from + ((to - from) * i) / Math.max(1, values.length);
      context.lineTo(...this.toPixels(x, values[i]!));
    }
    context.stroke();
    context.setLineDash([]);
    if (!filled) return;
    const end = from + ((to - from) * (values.length - 1)) / values.length;
    context.lineTo(...this.toPixels(end, 0));
    context.lineTo(...this.toPixels(from, 0));
    context.globalAlpha = 0.14;
    context.fillStyle = themeColor(color);
    context.fill();
    context.globalAlpha = 1;
  }

  #drawBand(
    context: CanvasRenderingContext2D,
    color: string,
    values: ArrayLike<number>,
    band: ArrayLike<number>,
  ): void {
    const [from, to] = this.#x;
    const { length } = values;
    context.beginPath();
    for (let k = 0; k < 2 * length; k++) {
      // Along the upper edge, and back along the lower one.
      const i = k < length ? k : 2 * length - 1 - k;
      const y = values[i]! + (k < length ? band[i]! : -band[i]!);
      context.lineTo(...this.toPixels(from + ((to - from) * i) / length, y));
    }
    context.globalAlpha = 0.2;
    context.fillStyle = themeColor(color);
    context.fill();
    context.globalAlpha = 1;
  }
}

function stroke(context: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  context.beginPath();
  context.moveTo(Math.round(x0) + 0.5, Math.round(y0) + 0.5);
  context.lineTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
  context.stroke();
}
