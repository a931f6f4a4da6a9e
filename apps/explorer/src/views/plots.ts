/** The plots of a scene: three curves' charts in 1D, four maps in 2D. */
import type { MapKind } from '../charts/colormaps.js';
import { FieldMap } from '../charts/field-map.js';
import { LineChart } from '../charts/line-chart.js';
import { element } from '../elements.js';
import type { Problem } from '../problems.js';
import { type Scene, unitHeight } from '../scene.js';
import { type EditorEvents, WellsEditor } from '../wells-editor.js';

export interface Shown {
  readonly potential: Float64Array;
  readonly solution: Float64Array | undefined;
  readonly prediction: Float64Array | undefined;
  /** û − u, where both are of this potential. */
  readonly difference: Float64Array | undefined;
  /** How far the network may be from the truth, by its own spread, at every grid point. */
  readonly uncertainty: Float64Array | undefined;
}

export interface Plots {
  show(scene: Scene, selected: number, shown: Shown): void;
  redraw(): void;
  hold(held: boolean): void;
}

export function plotsOf(parent: HTMLElement, problem: Problem, events: EditorEvents): Plots {
  parent.replaceChildren();
  return problem.dimension === 1 ? new Curves(parent, problem, events) : new Maps(parent, problem, events);
}

function card(parent: HTMLElement, className: string, legend: readonly (readonly [string, string])[] = []) {
  const box = element('div', 'card');
  if (legend.length > 0) {
    const list = element('ul', 'legend');
    for (const [color, name] of legend) {
      const item = element('li', '', name);
      item.style.setProperty('--mark', `var(--${color})`);
      if (color === 'network') item.classList.add('dashed');
      list.append(item);
    }
    box.append(list);
  }
  const plot = element('div', `plot ${className}`);
  box.append(plot);
  parent.append(box);
  return plot;
}

const withUnit = (symbol: string, unit: string) => (unit ? `${symbol}, ${unit}` : symbol);

class Curves implements Plots {
  readonly #potential: LineChart;
  readonly #solution: LineChart;
  readonly #difference: LineChart;
  readonly #editor: WellsEditor;
  #scene: Scene | undefined;

  constructor(parent: HTMLElement, problem: Problem, events: EditorEvents) {
    const { symbol, meaning, unit } = problem.output;
    const xLabel = withUnit('x', problem.lengthUnit);
    const place = card(parent, 'top');
    this.#potential = new LineChart(place, {
      label: 'The potential V',
      xLabel,
      yLabel: `potential ${withUnit('V', problem.potentialUnit)}`,
      zero: true,
    });
    this.#editor = new WellsEditor(
      place,
      {
        toPixels: ({ center, strength }) => this.#potential.toPixels(center[0]!, -strength * unitHeight(this.#scene!)),
        moved: (_, px, py) => {
          const [x, y] = this.#potential.toData(px, py);
          return { center: [x], strength: -y / unitHeight(this.#scene!) };
        },
        contains: (px, py) => within(this.#potential.frame, px, py),
      },
      events,
    );
    this.#solution = new LineChart(
      card(parent, '', [
        ['solver', 'solver'],
        ['network', 'network'],
      ]),
      { label: `The ${meaning} ${symbol}: solver and network`, xLabel, yLabel: `${meaning} ${withUnit(symbol, unit)}` },
    );
    const expected = [
      ['difference', 'network − solver'],
      ['network', 'what the network expects of itself'],
    ] as const;
    const legend = problem.equation === 'field' ? [] : expected;
    this.#difference = new LineChart(card(parent, 'low', legend), {
      label: 'Network minus solver',
      xLabel,
      yLabel: 'network − solver',
      zero: true,
    });
  }

  show(scene: Scene, selected: number, shown: Shown): void {
    const { potential, solution, prediction, difference, uncertainty } = shown;
    this.#scene = scene;
    const { origin, length } = scene.problem.cell;
    const x = [origin, origin + length] as const;
    this.#potential.show([{ color: 'potential', values: potential, filled: true }], x);
    this.#editor.show(scene, selected);
    this.#solution.show(
      [
        ...(prediction && uncertainty ? [{ color: 'network', values: prediction, band: uncertainty }] : []),
        ...(solution ? [{ color: 'solver', values: solution }] : []),
        ...(prediction ? [{ color: 'network', values: prediction, dashed: true }] : []),
      ],
      x,
    );
    const expected = uncertainty && {
      color: 'network',
      values: new Float64Array(uncertainty.length),
      band: uncertainty,
    };
    this.#difference.show(
      difference ? [...(expected ? [expected] : []), { color: 'difference', values: difference, filled: true }] : [],
      x,
    );
  }

  redraw(): void {
    for (const chart of [this.#potential, this.#solution, this.#difference]) chart.redraw();
  }

  hold(held: boolean): void {
    this.#potential.held = held;
  }
}

class Maps implements Plots {
  readonly #maps: Record<Exclude<keyof Shown, 'uncertainty'>, FieldMap>;
  readonly #editor: WellsEditor;

  constructor(parent: HTMLElement, problem: Problem, events: EditorEvents) {
    const { symbol, meaning, unit } = problem.output;
    const title = `${meaning} ${withUnit(symbol, unit)}`;
    const grid = element('div', 'maps');
    parent.append(grid);
    const map = (heading: string, kind: MapKind) => {
      const place = card(grid, 'square');
      return { place, chart: new FieldMap(place, { label: heading, title: heading, kind }) };
    };
    const potential = map(`potential ${withUnit('V', problem.potentialUnit)}`, 'depth');
    this.#maps = {
      potential: potential.chart,
      solution: map(`${title} · solver`, 'value').chart,
      prediction: map(`${title} · network`, 'value').chart,
      difference: map('network − solver', 'difference').chart,
    };
    this.#editor = new WellsEditor(
      potential.place,
      {
        toPixels: ({ center }) => potential.chart.toPixels(center[0]!, center[1]!),
        moved: (well, px, py) => ({ ...well, center: potential.chart.toData(px, py) }),
        contains: (px, py) => within(potential.chart.frame, px, py),
      },
      events,
    );
  }

  show(scene: Scene, selected: number, shown: Shown): void {
    const { points, cell } = scene.problem;
    const axis = [cell.origin, cell.origin + cell.length] as const;
    for (const [name, map] of Object.entries(this.#maps)) {
      const values = shown[name as keyof Shown];
      // Solver and network in the same colours.
      const range = name === 'prediction' && shown.solution ? this.#maps.solution.range : undefined;
      if (values) map.show(values, points, axis, range);
      if (name === 'potential') this.#editor.show(scene, selected);
    }
  }

  redraw(): void {
    for (const map of Object.values(this.#maps)) map.redraw();
  }

  hold(): void {}
}

function within(
  { left, top, width, height }: { left: number; top: number; width: number; height: number },
  x: number,
  y: number,
) {
  return x >= left && x <= left + width && y >= top && y <= top + height;
}
