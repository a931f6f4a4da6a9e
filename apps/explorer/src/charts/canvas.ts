/** What line charts and maps share: a canvas as sharp as the screen, its frame, and the colours of the page. */

export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Colours of the page, light or dark; kept until the theme changes. */
const known = new Map<string, string>();

export function themeColor(name: string): string {
  const found = known.get(name) ?? getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  known.set(name, found);
  return found;
}

/** To be called when the theme has changed. */
export function forgetColors(): void {
  known.clear();
}

/** A canvas that fills its parent, and is drawn again whenever that changes size. */
export class SharpCanvas {
  readonly element = document.createElement('canvas');
  readonly #draw: () => void;
  width = 0;
  height = 0;

  constructor(parent: HTMLElement, label: string, draw: () => void) {
    this.#draw = draw;
    this.element.setAttribute('role', 'img');
    this.element.setAttribute('aria-label', label);
    parent.append(this.element);
    new ResizeObserver(() => this.#resize(parent)).observe(parent);
    this.#resize(parent);
  }

  #resize(parent: HTMLElement): void {
    const ratio = globalThis.devicePixelRatio || 1;
    this.width = parent.clientWidth;
    this.height = parent.clientHeight;
    this.element.width = Math.round(this.width * ratio);
    this.element.height = Math.round(this.height * ratio);
    this.#draw();
  }

  /** The context, cleared, in CSS pixels. */
  context(): CanvasRenderingContext2D {
    const context = this.element.getContext('2d')!;
    const ratio = this.element.width / Math.max(1, this.width);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    context.font = `12px ${FONT}`;
    return context;
  }
}

export const FONT = 'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif';
