/** Small helpers for the elements of the page. */

/** The element of an id. */
export function byId<Type extends HTMLElement = HTMLElement>(id: string): Type {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element ${id}`);
  return found as Type;
}

/** A new element with a class and a text. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className = '',
  text = '',
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

/** Shows one clear message, or none. */
export function showMessage(id: string, text: string | undefined): void {
  const place = byId(id);
  place.hidden = text === undefined;
  place.textContent = text ?? '';
}

/** Numbers with names beside each other; the names are given once. */
export class Measures {
  readonly #values = new Map<string, { value: HTMLElement; note: HTMLElement }>();

  constructor(parent: HTMLElement, names: readonly { readonly id: string; readonly name: string; color?: string }[]) {
    const list = element('dl', 'measure-list');
    for (const { id, name, color } of names) {
      const item = element('div', 'measure');
      const value = element('dd', 'value', '–');
      const note = element('dd', 'note');
      value.id = `measure-${id}`;
      if (color) item.style.setProperty('--mark', `var(--${color})`);
      item.append(element('dt', '', name), value, note);
      list.append(item);
      this.#values.set(id, { value, note });
    }
    parent.replaceChildren(list);
  }

  set(id: string, text: string, note = ''): void {
    const place = this.#values.get(id)!;
    place.value.textContent = text;
    place.note.textContent = note;
  }
}

/** Something that is done when there was no call for it for a while. */
export class Later {
  readonly #pause: number;
  readonly #act: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(pause: number, act: () => void) {
    this.#pause = pause;
    this.#act = act;
  }

  later(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#act, this.#pause);
  }

  now(): void {
    clearTimeout(this.#timer);
    this.#act();
  }
}

/** Milliseconds, as people read them. */
export function timeText(milliseconds: number): string {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${milliseconds >= 10 ? milliseconds.toFixed(0) : milliseconds.toFixed(1)} ms`;
}

/** Gives the user a file. */
export function download(name: string, content: BlobPart, type: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  // The click only begins the download.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
