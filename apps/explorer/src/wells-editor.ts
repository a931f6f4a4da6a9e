/** Handles on the wells of a chart or a map: dragged by mouse and touch, moved by the keyboard. */
import { clamp, MOST_WELLS, type Scene, type SceneWell, wrapped } from './scene.js';

/** Where the handles lie: on the chart of a potential, or on its map. */
export interface Place {
  /** Pixels of a well's handle. */
  toPixels(well: SceneWell): readonly [number, number];
  /** What a well becomes when its handle is dragged to some pixels. */
  moved(well: SceneWell, px: number, py: number): SceneWell;
  /** The frame within which a double click adds a well. */
  contains(px: number, py: number): boolean;
}

export interface EditorEvents {
  onChange(wells: readonly SceneWell[]): void;
  onSelect(index: number): void;
  /** While a handle is held, axes keep their ranges. */
  onHold(held: boolean): void;
}

/** Part of the cell that an arrow key moves a well by, and with Shift. */
const STEP = 0.01;
const FINE_STEP = 0.001;
const STRENGTH_FACTOR = 1.05;

export class WellsEditor {
  readonly #overlay = document.createElement('div');
  readonly #place: Place;
  readonly #events: EditorEvents;
  #scene: Scene | undefined;
  #selected = 0;

  constructor(parent: HTMLElement, place: Place, events: EditorEvents) {
    this.#place = place;
    this.#events = events;
    this.#overlay.className = 'wells';
    this.#overlay.addEventListener('dblclick', (event) => this.#addAt(event));
    parent.append(this.#overlay);
    new ResizeObserver(() => this.#position()).observe(parent);
  }

  /** Shows the handles of a scene. */
  show(scene: Scene, selected: number): void {
    this.#scene = scene;
    this.#selected = Math.min(selected, scene.wells.length - 1);
    while (this.#overlay.children.length > scene.wells.length) this.#overlay.lastElementChild!.remove();
    while (this.#overlay.children.length < scene.wells.length) this.#overlay.append(this.#handle());
    this.#position();
  }

  #position(): void {
    this.#scene?.wells.forEach((well, index) => {
      const handle = this.#overlay.children[index] as HTMLElement;
      const [x, y] = this.#place.toPixels(well);
      handle.style.transform = `translate(${x}px, ${y}px)`;
      handle.toggleAttribute('data-selected', index === this.#selected);
      const where = well.center.map((c) => c.toFixed(2)).join(', ');
      handle.ariaLabel = `Well ${index + 1} at ${where}, strength ${well.strength.toFixed(2)}. ${KEYS}`;
      handle.textContent = String(index + 1);
    });
  }

  #handle(): HTMLElement {
    const handle = document.createElement('button');
    handle.className = 'well';
    handle.type = 'button';
    const index = () => [...this.#overlay.children].indexOf(handle);
    handle.addEventListener('focus', () => this.#select(index()));
    handle.addEventListener('pointerdown', (event) => {
      handle.setPointerCapture(event.pointerId);
      this.#select(index());
      this.#events.onHold(true);
    });
    handle.addEventListener('pointermove', (event) => {
      if (!handle.hasPointerCapture(event.pointerId)) return;
      const { left, top } = this.#overlay.getBoundingClientRect();
      this.#replace(index(), (well) => this.#place.moved(well, event.clientX - left, event.clientY - top));
    });
    for (const end of ['pointerup', 'pointercancel'] as const) {
      handle.addEventListener(end, () => this.#events.onHold(false));
    }
    handle.addEventListener('keydown', (event) => this.#onKey(event, index()));
    return handle;
  }

  #select(index: number): void {
    this.#selected = index;
    this.#events.onSelect(index);
    this.#position();
  }

  #onKey(event: KeyboardEvent, index: number): void {
    const { problem, wells } = this.#scene!;
    const step = problem.cell.length * (event.shiftKey ? FINE_STEP : STEP);
    const along = (axis: number, distance: number) =>
      this.#replace(index, (well) => ({ ...well, center: well.center.map((c, a) => (a === axis ? c + distance : c)) }));
    const stronger = (factor: number) =>
      this.#replace(index, (well) => ({ ...well, strength: well.strength * factor }));
    const vertical = (sign: number) =>
      problem.dimension === 2 ? along(1, sign * step) : stronger(STRENGTH_FACTOR ** -sign);
    const acts: Record<string, () => void> = {
      ArrowLeft: () => along(0, -step),
      ArrowRight: () => along(0, step),
      ArrowUp: () => vertical(1),
      ArrowDown: () => vertical(-1),
      '+': () => stronger(STRENGTH_FACTOR),
      '-': () => stronger(1 / STRENGTH_FACTOR),
      Delete: () => this.#remove(index),
      Backspace: () => this.#remove(index),
    };
    const act = acts[event.key];
    if (!act || (event.key === 'Delete' && wells.length === 1)) return;
    event.preventDefault();
    act();
  }

  #replace(index: number, change: (well: SceneWell) => SceneWell): void {
    const { problem, wells } = this.#scene!;
    const well = change(wells[index]!);
    const next = {
      strength: clamp(well.strength, problem.strength),
      center: well.center.map((c) => wrapped(problem, c)),
    };
    this.#events.onChange(wells.map((old, i) => (i === index ? next : old)));
  }

  #remove(index: number): void {
    const { wells } = this.#scene!;
    if (wells.length === 1) return;
    this.#events.onChange(wells.filter((_, i) => i !== index));
    (this.#overlay.children[Math.max(0, index - 1)] as HTMLElement | undefined)?.focus();
  }

  #addAt(event: MouseEvent): void {
    const { wells } = this.#scene!;
    const { left, top } = this.#overlay.getBoundingClientRect();
    const [px, py] = [event.clientX - left, event.clientY - top];
    if (event.target !== this.#overlay || wells.length >= MOST_WELLS || !this.#place.contains(px, py)) return;
    const { dimension } = this.#scene!.problem;
    const blank = { strength: wells[0]!.strength, center: new Array<number>(dimension).fill(0) };
    this.#events.onChange([...wells, this.#place.moved(blank, px, py)]);
    this.#events.onSelect(wells.length);
  }
}

const KEYS = 'Arrow keys move it, plus and minus change its strength, Delete removes it.';
