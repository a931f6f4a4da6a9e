import { LineChart } from './charts/line-chart.js';

/** Updates that the running charts go back. */
const LENGTH = 150;

/** The errors and times of the last updates. */
export class History {
  readonly #errors: LineChart;
  readonly #times: LineChart;
  readonly #place: HTMLElement;
  #count = 0;
  readonly #values = { error: [] as number[], solver: [] as number[], network: [] as number[] };

  constructor(errors: HTMLElement, times: HTMLElement) {
    this.#place = errors;
    const common = { xLabel: 'updates ago', logarithmic: true } as const;
    this.#errors = new LineChart(errors, { ...common, label: 'Error of the last updates', yLabel: 'error ε' });
    this.#times = new LineChart(times, { ...common, label: 'Times of the last updates', yLabel: 'time, ms' });
  }

  add(error: number, solver: number, network: number): void {
    this.#place.dataset.updates = String(++this.#count);
    const now = { error, solver, network };
    for (const [name, values] of Object.entries(this.#values)) {
      values.push(now[name as keyof typeof now]);
      if (values.length > LENGTH) values.shift();
    }
  }

  clear(): void {
    for (const values of Object.values(this.#values)) values.length = 0;
  }

  draw(): void {
    const { error, solver, network } = this.#values;
    const x = [-Math.max(1, error.length), 0] as const;
    this.#errors.show([{ color: 'difference', values: error }], x);
    this.#times.show(
      [
        { color: 'solver', values: solver },
        { color: 'network', values: network, dashed: true },
      ],
      x,
    );
  }
}
