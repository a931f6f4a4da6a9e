import { element } from '../elements.js';
import type { Problem } from '../problems.js';
import { clamp, type Scene } from '../scene.js';

/** What is done when a slider is moved. */
export interface SliderEvents {
  /** Of the selected well. */
  strength(value: number): void;
  variance(value: number): void;
  parameter(value: number): void;
}

/** The sliders of a problem: depth of the selected well, width of all, and the number of the equation. */
export class Sliders {
  readonly #problem: Problem;
  readonly #inputs = new Map<keyof SliderEvents, { readonly input: HTMLInputElement; readonly value: HTMLElement }>();

  constructor(place: HTMLElement, problem: Problem, events: SliderEvents) {
    this.#problem = problem;
    const { parameter, strength, variance } = problem;
    const widths = variance.map(Math.sqrt) as [number, number];
    const width = (value: number) => events.variance(clamp(value ** 2, variance));
    const range = [parameter.least, parameter.most] as const;
    place.replaceChildren(
      this.#slider('strength', 'depth of the selected well', strength, 0.01, events.strength),
      this.#slider('variance', 'width of the wells, √T', widths, 0.0005, width),
      this.#slider('parameter', `${parameter.symbol}, ${parameter.meaning}`, range, parameter.step, events.parameter),
    );
  }

  show({ wells, variance, parameter }: Scene, selected: number): void {
    this.#set('strength', wells[selected]?.strength ?? 0, 2);
    this.#set('variance', Math.sqrt(variance), 3);
    this.#set('parameter', parameter, this.#problem.parameter.step < 1 ? 1 : 0);
  }

  #set(name: keyof SliderEvents, value: number, digits: number): void {
    const slider = this.#inputs.get(name)!;
    slider.input.value = String(value);
    slider.value.textContent = value.toFixed(digits);
  }

  #slider(
    name: keyof SliderEvents,
    text: string,
    [least, most]: readonly [number, number],
    step: number,
    act: (value: number) => void,
  ): HTMLElement {
    const label = element('label', 'field');
    const title = element('span', '', `${text} `);
    const value = element('output');
    const input = element('input');
    const range = { type: 'range', min: String(least), max: String(most), step: String(step) };
    Object.assign(input, { ...range, id: `slider-${name}` });
    input.addEventListener('input', () => act(Number(input.value)));
    title.append(value);
    label.append(title, input);
    this.#inputs.set(name, { input, value });
    return label;
  }
}
