import { type Frame, SharpCanvas, themeColor } from './canvas.js';
import { colorTable, type MapKind } from './colormaps.js';
import { niceTicks, scientific, tickText } from './ticks.js';

export interface FieldMapOptions {
  readonly label: string;
  readonly title: string;
  readonly kind: MapKind;
}

const MARGIN = { left: 34, right: 74, top: 24, bottom: 34 };
const BAR = { gap: 10, width: 10 };

/** A field of the plane in colours, with its axes and a bar that says which colour is which value. */
export class FieldMap {
  readonly #canvas: SharpCanvas;
  readonly #options: FieldMapOptions;
  readonly #image = document.createElement('canvas');
  #field: { readonly values: ArrayLike<number>; readonly points: number } | undefined;
  #axis: readonly [number, number] = [0, 1];
  #range: readonly [number, number] = [0, 1];

  constructor(parent: HTMLElement, options: FieldMapOptions) {
    this.#options = options;
    this.#canvas = new SharpCanvas(parent, options.label, () => this.redraw());
  }

  /** The square of the field, centered in what the canvas leaves. */
  get frame(): Frame {
    const { left, right, top, bottom } = MARGIN;
    const { width, height } = this.#canvas;
    const side = Math.max(1, Math.min(width - left - right, height - top - bottom));
    return { left: left + Math.max(0, (width - left - right - side) / 2), top, width: side, height: side };
  }

  /**
   * Shows a field of points × points values, the first axis downwards as x₁.
   *
   * @param range - Of the colours. Default: that of the values, symmetric for a difference.
   */
  show(values: ArrayLike<number>, points: number, axis: readonly [number, number], range?: readonly [number, number]) {
    this.#field = { values, points };
    this.#axis = axis;
    this.#range = range ?? this.#rangeOf(values);
    this.redraw();
  }

  get range(): readonly [number, number] {
    return this.#range;
  }

  /** Where (x₁, x₂) is, in pixels of the map: x₁ to the right, x₂ upwards. */
  toPixels(x: number, y: number): readonly [number, number] {
    const { left, top, width, height } = this.frame;
    const share = (value: number) => (value - this.#axis[0]) / (this.#axis[1] - this.#axis[0]);
    return [left + width * share(x), top + height * (1 - share(y))];
  }

  toData(px: number, py: number): readonly [number, number] {
    const { left, top, width, height } = this.frame;
    const [from, to] = this.#axis;
    return [from + ((px - left) / width) * (to - from), from + (1 - (py - top) / height) * (to - from)];
  }

  redraw(): void {
    if (this.#canvas === undefined || this.#canvas.width === 0) return;
    const context = this.#canvas.context();
    const { left, top, width, height } = this.frame;
    context.fillStyle = themeColor('muted');
    context.textBaseline = 'top';
    context.fillText(this.#options.title, left, 4);
    if (this.#field === undefined) return;
    const { values, points } = this.#field;
    const table = colorTable(this.#options.kind, document.documentElement.dataset.theme === 'dark');
    this.#paint(values, points, table);
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = 'high';
    context.drawImage(this.#image, left, top, width, height);
    this.#drawAxes(context);
    this.#drawBar(context, table);
  }

  #paint(values: ArrayLike<number>, points: number, table: Uint32Array): void {
    const [least, most] = this.#range;
    this.#image.width = points;
    this.#image.height = points;
    const context = this.#image.getContext('2d')!;
    const picture = context.createImageData(points, points);
    const pixels = new Uint32Array(picture.data.buffer);
    const scale = 255 / (most - least || 1);
    for (let i = 0; i < points; i++) {
      for (let j = 0; j < points; j++) {
        const share = Math.round((values[i * points + j]! - least) * scale);
        // Row i of the values is x₁, which goes to the right; x₂ goes upwards.
        pixels[(points - 1 - j) * points + i] = table[Math.min(255, Math.max(0, share))]!;
      }
    }
    context.putImageData(picture, 0, 0);
  }

  #drawAxes(context: CanvasRenderingContext2D): void {
    const { left, top, width, height } = this.frame;
    context.fillStyle = themeColor('muted');
    const ticks = niceTicks(...this.#axis, 2);
    context.textAlign = 'center';
    context.textBaseline = 'top';
    const text = (tick: number) => tickText(tick, ticks[1]! - ticks[0]!);
    for (const tick of ticks) context.fillText(text(tick), this.toPixels(tick, this.#axis[0])[0], top + height + 6);
    context.fillText('x₁', left + width / 4, top + height + 18);
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    for (const tick of ticks) context.fillText(text(tick), left - 6, this.toPixels(this.#axis[0], tick)[1]);
    context.fillText('x₂', left - 8, top + height / 4);
  }

  #drawBar(context: CanvasRenderingContext2D, table: Uint32Array): void {
    const { left, top, width, height } = this.frame;
    const x = left + width + BAR.gap;
    for (let y = 0; y < height; y++) {
      const color = table[Math.round(255 * (1 - y / height))]!;
      context.fillStyle = `rgb(${color & 255} ${(color >> 8) & 255} ${(color >> 16) & 255})`;
      context.fillRect(x, top + y, BAR.width, 1.5);
    }
    context.fillStyle = themeColor('muted');
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    const [least, most] = this.#range;
    const ticks = niceTicks(least, most, 4);
    const step = (ticks[1] ?? most) - (ticks[0] ?? least);
    const small = Math.max(Math.abs(least), Math.abs(most)) < 1e-2;
    for (const tick of ticks) {
      const y = top + height * (1 - (tick - least) / (most - least || 1));
      context.fillText(small ? scientific(tick, 1) : tickText(tick, step), x + BAR.width + 4, y);
    }
  }

  #rangeOf(values: ArrayLike<number>): readonly [number, number] {
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = 0; i < values.length; i++) {
      least = Math.min(least, values[i]!);
      most = Math.max(most, values[i]!);
    }
    if (this.#options.kind !== 'difference') return [least, most];
    const size = Math.max(Math.abs(least), Math.abs(most), 1e-12);
    return [-size, size];
  }
}
