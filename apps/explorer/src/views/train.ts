/** The view in which a network is trained. */
import { LineChart } from '../charts/line-chart.js';
import { scientific } from '../charts/ticks.js';
import { byId, download, Measures, showMessage, timeText } from '../elements.js';
import { chosenEngine, engineChoice, keepEngine } from '../engine-choice.js';
import type { TrainEvent, TrainOptions, TrainRequest } from '../workers/train.worker.js';

/** Validation error of Table 1 of the paper with 1,000 training samples. */
const PAPER = { value: 2e-4, name: 'the paper, 1,000 samples: 2·10⁻⁴' };
const VALIDATION = 100;

export class TrainView {
  readonly #worker = new Worker(new URL('../workers/train.worker.ts', import.meta.url), { type: 'module' });
  readonly #chart: LineChart;
  readonly #measures: Measures;
  readonly #use: (bytes: Uint8Array) => void;
  #validation: number[] = [];
  #loss: number[] = [];
  #options: TrainOptions | undefined;
  #checkpoint: Uint8Array | undefined;
  #running = false;
  #finished = false;
  #started = 0;

  /** @param use - Takes the checkpoint of a training to the explorer. */
  constructor(use: (bytes: Uint8Array) => void) {
    this.#use = use;
    this.#measures = new Measures(byId('train-measures'), [
      { id: 'train-error', name: 'validation error ε', color: 'network' },
      { id: 'train-paper', name: 'of the paper’s' },
      { id: 'train-epoch', name: 'epoch' },
      { id: 'train-time', name: 'time' },
    ]);
    this.#chart = new LineChart(byId('train-chart'), {
      label: 'Errors by epoch, of the training and the validation samples',
      xLabel: 'epoch',
      yLabel: 'mean relative error ε',
      logarithmic: true,
    });
    this.#worker.onmessage = ({ data }: MessageEvent<TrainEvent>) => this.#on(data);
    this.#worker.onerror = ({ message }) => this.#on({ kind: 'failed', message });
    byId('train-start').addEventListener('click', () => this.#start());
    byId('train-stop').addEventListener('click', () => this.#post({ kind: 'stop' }));
    byId('train-save').addEventListener('click', () => this.#save());
    byId('train-use').addEventListener('click', () => this.#checkpoint && this.#use(this.#checkpoint));
    const engine = byId<HTMLSelectElement>('train-engine');
    engine.value = chosenEngine();
    engine.addEventListener('change', () => keepEngine(engineChoice(engine.value)));
    for (const id of ['train-samples', 'train-epochs']) {
      byId(id).addEventListener('input', () => this.#showState());
    }
    this.redraw();
    this.#showState();
  }

  redraw(): void {
    const epochs = Math.max(this.#options?.epochs ?? 0, this.#loss.length, 2);
    // Missing epochs leave the rest of the axis empty.
    const padded = (values: readonly number[]) =>
      Float64Array.from({ length: epochs }, (_, i) => values[i] ?? Number.NaN);
    this.#chart.show(
      [
        { color: 'muted', values: padded(this.#loss), thin: true },
        { color: 'network', values: padded(this.#validation) },
      ],
      [1, epochs + 1],
      PAPER,
    );
  }

  #post(request: TrainRequest): void {
    this.#worker.postMessage(request);
  }

  /** Starts a training, or goes on where it was stopped. */
  #start(): void {
    const number = (id: string) => Number(byId<HTMLInputElement>(id).value);
    const options = { train: number('train-samples'), validation: VALIDATION, epochs: number('train-epochs') };
    const goesOn = this.#checkpoint !== undefined && !this.#finished && sameTraining(options, this.#options);
    if (!goesOn) {
      this.#loss = [];
      this.#validation = [];
      this.#checkpoint = undefined;
    }
    this.#options = options;
    this.#finished = false;
    this.#running = true;
    this.#started = performance.now();
    showMessage('train-message', undefined);
    this.#post({ kind: 'start', options, engine: chosenEngine(), from: goesOn ? this.#checkpoint : undefined });
    this.#showState();
    this.redraw();
  }

  #on(event: TrainEvent): void {
    const status = byId('train-status');
    const progress = byId<HTMLProgressElement>('train-progress');
    switch (event.kind) {
      case 'samples':
        status.textContent = `Solving: ${event.done} of ${event.total} samples.`;
        progress.value = event.done / event.total;
        return;
      case 'engine':
        status.textContent = `Training ${event.parameters.toLocaleString('en')} parameters.`;
        showMessage('train-why', `Engine: ${event.description}; ${event.why}.`);
        return;
      case 'step':
        progress.value = event.done / event.total;
        this.#measures.set('train-time', timeText(performance.now() - this.#started));
        return;
      case 'epoch':
        this.#onEpoch(event.epoch, event.loss, event.validation);
        return;
      case 'checkpoint':
        this.#checkpoint = event.bytes;
        this.#finished = event.finished;
        this.#running = false;
        if (event.finished) progress.value = 1;
        status.textContent = event.finished ? 'Done. The checkpoint is the file that the command reads.' : 'Stopped.';
        this.#showState();
        return;
      case 'failed':
        this.#running = false;
        showMessage('train-message', event.message);
        this.#showState();
        return;
      default:
        event satisfies never;
    }
  }

  #onEpoch(epoch: number, loss: number, validation: number | null): void {
    this.#loss[epoch - 1] = loss;
    this.#validation[epoch - 1] = validation ?? Number.NaN;
    const error = validation ?? Number.NaN;
    this.#measures.set('train-error', scientific(error), '100 samples not trained on');
    const ratio = error / PAPER.value;
    this.#measures.set(
      'train-paper',
      ratio >= 10 ? `${ratio.toFixed(0)} ×` : `${ratio.toFixed(2)} ×`,
      ratio < 1 ? 'below it' : 'above it',
    );
    this.#measures.set('train-epoch', `${epoch}`, `of ${this.#options?.epochs}`);
    this.redraw();
  }

  #showState(): void {
    for (const name of ['train-samples', 'train-epochs']) {
      byId(`${name}-value`).textContent = byId<HTMLInputElement>(name).value;
      byId<HTMLInputElement>(name).disabled = this.#running;
    }
    byId<HTMLSelectElement>('train-engine').disabled = this.#running;
    const canGoOn = this.#checkpoint !== undefined && !this.#finished;
    byId('train-start').textContent = canGoOn ? 'Go on' : 'Start';
    byId<HTMLButtonElement>('train-start').disabled = this.#running;
    byId<HTMLButtonElement>('train-stop').disabled = !this.#running;
    byId<HTMLButtonElement>('train-save').disabled = this.#running || !this.#checkpoint;
    byId<HTMLButtonElement>('train-use').disabled = this.#running || !this.#checkpoint;
  }

  #save(): void {
    if (this.#checkpoint) download('nlse-1d.safetensors', this.#checkpoint.slice(), 'application/octet-stream');
  }
}

function sameTraining(a: TrainOptions, b: TrainOptions | undefined): boolean {
  return b !== undefined && a.train === b.train && a.validation === b.validation && a.epochs === b.epochs;
}
