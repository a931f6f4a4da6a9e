/** The view of the user's own files. */
import { FieldMap } from '../charts/field-map.js';
import { LineChart } from '../charts/line-chart.js';
import { scientific } from '../charts/ticks.js';
import { byId, element, showMessage } from '../elements.js';
import { droppedFiles } from '../files/dropped.js';
import { type Found, readFiles, type SampleField, type Samples } from '../files/read.js';
import type { Opened } from '../workers/network.worker.js';

export interface FilesActions {
  useModel(bytes: Uint8Array): Promise<Opened>;
  usePotential(values: Float64Array): void;
  show(view: 'explore' | 'files'): void;
}

const BINS = 40;

export class FilesView {
  readonly #actions: FilesActions;
  #charts: { redraw(): void }[] = [];

  constructor(actions: FilesActions) {
    this.#actions = actions;
    for (const id of ['choose', 'choose-folder']) {
      const input = byId<HTMLInputElement>(id);
      input.addEventListener('change', () => {
        const files = [...(input.files ?? [])];
        input.value = '';
        void this.#open(() => readFiles(files));
      });
    }
  }

  redraw(): void {
    for (const chart of this.#charts) chart.redraw();
  }

  /** Accepts files that are dropped anywhere, and says so meanwhile. */
  acceptDrops(page: HTMLElement, veil: HTMLElement): void {
    page.addEventListener('dragover', (event) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      veil.hidden = false;
    });
    page.addEventListener('dragleave', (event) => {
      if (event.relatedTarget === null) veil.hidden = true;
    });
    page.addEventListener('drop', (event) => {
      event.preventDefault();
      veil.hidden = true;
      const { dataTransfer } = event;
      if (!dataTransfer) return;
      const dropped = droppedFiles(dataTransfer);
      void this.#open(async () => readFiles(await dropped));
    });
  }

  async #open(read: () => Promise<Found>): Promise<void> {
    showMessage('files-message', undefined);
    try {
      await this.#show(await read());
    } catch (error) {
      this.#actions.show('files');
      showMessage('files-message', error instanceof Error ? error.message : String(error));
    }
  }

  async #show(found: Found): Promise<void> {
    const result = byId('files-result');
    switch (found.kind) {
      case 'checkpoint': {
        const opened = await this.#actions.useModel(found.bytes).catch((error: Error) => {
          throw new Error(error.message.replace(/^the checkpoint/, found.name));
        });
        result.replaceChildren(modelCard(found.name, opened));
        this.#actions.show('explore');
        return;
      }
      case 'potential':
        this.#actions.usePotential(found.values);
        result.replaceChildren(
          element('p', 'empty', `${found.name}: ${found.values.length} numbers, in the explorer.`),
        );
        this.#actions.show('explore');
        return;
      case 'samples':
        this.#actions.show('files');
        this.#charts = showSamples(
          result,
          found.samples,
          shardChoice(found, (shard) => void this.#open(() => found.open(shard))),
        );
        return;
      default:
        found satisfies never;
    }
  }
}

function modelCard(name: string, { shape, parameters, epochs, validation }: Opened): HTMLElement {
  const card = element('div', 'card');
  const grid = shape.join(' × ');
  card.append(
    element('h2', '', name),
    element('p', '', `${grid} points, ${parameters.toLocaleString('en')} parameters, ${epochs} epochs.`),
    element('p', '', `Validation error ε ${scientific(validation)}. It predicts in the explorer now.`),
  );
  return card;
}

/** The name of a shard, or a menu where there are several. */
function shardChoice(
  { name, shards }: Extract<Found, { kind: 'samples' }>,
  choose: (shard: string) => void,
): HTMLElement {
  if (shards.length === 1) return element('h2', '', name);
  const select = element('select');
  select.id = 'shard';
  select.ariaLabel = 'Shard';
  select.replaceChildren(...shards.map((shard) => new Option(shard, shard, false, shard === name)));
  select.addEventListener('change', () => choose(select.value));
  return select;
}

/** Fields of one sample at a time, and histograms of the numbers. */
function showSamples(place: HTMLElement, { count, fields }: Samples, heading: HTMLElement): { redraw(): void }[] {
  const shaped = fields.filter(({ shape }) => shape.reduce((product, extent) => product * extent, 1) > 8);
  const numbers = fields.filter((field) => !shaped.includes(field));
  const head = element('div', 'card');
  const label = element('label', 'field');
  const title = element('span', '', `sample of ${count.toLocaleString('en')} `);
  const value = element('output', '', '0');
  const input = element('input');
  Object.assign(input, { type: 'range', id: 'sample', min: '0', max: String(count - 1), step: '1', value: '0' });
  title.append(value);
  label.append(title, input);
  head.append(heading, label);
  place.replaceChildren(head);

  const grid = element('div', 'maps');
  place.append(grid);
  const shows = shaped.map((field) => fieldChart(plotIn(grid, field.shape.length === 2 ? 'square' : ''), field));
  const histograms = numbers.map((field) => histogramOf(plotIn(grid, 'low'), field));
  const show = () => {
    value.textContent = input.value;
    for (const { show: showSample } of shows) showSample(Number(input.value));
  };
  input.addEventListener('input', show);
  show();
  return [...shows.map(({ chart }) => chart), ...histograms];
}

function plotIn(parent: HTMLElement, className: string): HTMLElement {
  const card = element('div', 'card');
  const plot = element('div', `plot ${className}`);
  card.append(plot);
  parent.append(card);
  return plot;
}

function fieldChart(plot: HTMLElement, { name, shape, values }: SampleField) {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const of = (sample: number) => Float64Array.from({ length: size }, (_, i) => values[sample * size + i]!);
  if (shape.length === 2 && shape[0] === shape[1]) {
    const chart = new FieldMap(plot, { label: name, title: name, kind: 'value' });
    return { chart, show: (sample: number) => chart.show(of(sample), shape[0]!, [0, shape[0]!]) };
  }
  const chart = new LineChart(plot, { label: name, xLabel: 'point', yLabel: name });
  return { chart, show: (sample: number) => chart.show([{ color: 'solver', values: of(sample) }], [0, size]) };
}

function histogramOf(plot: HTMLElement, { name, values }: SampleField): LineChart {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    least = Math.min(least, values[i]!);
    most = Math.max(most, values[i]!);
  }
  const width = (most - least) / BINS || 1;
  // Twenty points a bin draw a step.
  const counts = new Float64Array(BINS);
  for (let i = 0; i < values.length; i++) counts[Math.min(BINS - 1, Math.floor((values[i]! - least) / width))]! += 1;
  const steps = Float64Array.from({ length: 20 * BINS }, (_, i) => counts[Math.floor(i / 20)]!);
  const chart = new LineChart(plot, { label: `Histogram of ${name}`, xLabel: name, yLabel: 'samples', zero: true });
  chart.show([{ color: 'solver', values: steps, filled: true }], [least, least + BINS * width]);
  return chart;
}
