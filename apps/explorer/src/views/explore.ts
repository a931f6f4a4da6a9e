/** The view of solver and network side by side. */

import { scientific } from '../charts/ticks.js';
import type { Distance } from '../distance.js';
import { byId, download, element, Later, Measures, showMessage, timeText } from '../elements.js';
import { tableOf } from '../files/table.js';
import { History } from '../history.js';
import { modelBytes, type ShippedModel } from '../models.js';
import { PROBLEMS, type Problem, problemOf, RANDOM_SEED } from '../problems.js';
import {
  decodeScene,
  encodeScene,
  MOST_WELLS,
  potentialOf,
  type Scene,
  type SceneWell,
  sampledScene,
} from '../scene.js';
import type { DistanceRequest } from '../workers/distance.worker.js';
import type { NetworkRequest, Opened, Predicted, PredictRequest, Spread } from '../workers/network.worker.js';
import { AskedWorker, Latest } from '../workers/requests.js';
import type { Solved, SolveRequest } from '../workers/solver.worker.js';
import { Certainty } from './certainty.js';
import { type Plots, plotsOf } from './plots.js';
import { Sliders } from './sliders.js';
import { showTrust } from './trust.js';

/** Names the model that the user opened or trained. */
export const OWN_MODEL = 'your own model';

/** A browser compiles what has run a few times: times of the first would tell nothing. */
const WARMUPS = 5;

/** Milliseconds without a change after which the address follows. */
const ADDRESS_PAUSE = 200;

type Tagged<Request> = Request & { readonly version: number };

export class ExploreView {
  readonly #models: readonly ShippedModel[];
  readonly #solver: Latest<Tagged<SolveRequest>, Solved>;
  readonly #network: Latest<Tagged<PredictRequest>, Predicted>;
  readonly #certainty: Certainty;
  readonly #networkWorker: AskedWorker;
  readonly #distances: Latest<Tagged<DistanceRequest>, Distance>;
  readonly #measures: Measures;
  readonly #history: History;
  readonly #opened = new Set<string>();
  #plots!: Plots;
  #sliders!: Sliders;
  #scene: Scene;
  #selected = 0;
  /** A potential of the user's, in place of the wells. */
  #foreign: Float64Array | undefined;
  #model: string;
  /** Counts what is asked, so that answers to the same are compared with each other. */
  #version = 0;
  #potential: Float64Array = new Float64Array();
  #solved: { readonly version: number; readonly answer: Solved } | undefined;
  #predicted: { readonly version: number; readonly answer: Predicted } | undefined;
  #distance: { readonly problem: string; readonly distance: Distance } | undefined;
  #worst = -1;
  /** Updates of the scene as it is, which are still to come before code is as fast as it gets. */
  #warmups = 0;
  #difference: Float64Array | undefined;
  #random = 0;
  /** Browsers take an entry of the address for a navigation, which costs more than a solution. */
  readonly #address = new Later(ADDRESS_PAUSE, () => {
    if (!this.#foreign) history.replaceState(null, '', `#${encodeScene(this.#scene)}`);
  });
  /** The frame that is going to be drawn. */
  #frame: number | undefined;

  constructor(models: readonly ShippedModel[]) {
    this.#models = models;
    const failed = ({ message }: Error) => showMessage('message', message);
    const solver = new AskedWorker(
      new Worker(new URL('../workers/solver.worker.ts', import.meta.url), { type: 'module' }),
    );
    const distances = new AskedWorker(
      new Worker(new URL('../workers/distance.worker.ts', import.meta.url), { type: 'module' }),
    );
    this.#networkWorker = new AskedWorker(
      new Worker(new URL('../workers/network.worker.ts', import.meta.url), { type: 'module' }),
    );
    this.#solver = new Latest(
      (request) => solver.ask<Solved>(request),
      ({ version }, answer) => {
        this.#solved = { version, answer };
        this.#answered();
      },
      failed,
    );
    this.#network = new Latest(
      (request) => this.#networkWorker.ask<Predicted>(request),
      ({ version }, answer) => {
        this.#predicted = { version, answer };
        this.#answered();
      },
      failed,
    );
    this.#certainty = new Certainty(
      (request) => this.#networkWorker.ask<Spread>(request),
      () => this.#showSoon(),
      failed,
    );
    this.#distances = new Latest(
      (request) => distances.ask<Distance>(request),
      ({ problem }, distance) => {
        this.#distance = { problem, distance };
        this.#showSoon();
      },
      failed,
    );
    this.#measures = new Measures(byId('measures'), [
      { id: 'error', name: 'error ε of the network', color: 'difference' },
      { id: 'bound', name: 'error it expects of itself', color: 'network' },
      { id: 'solver-time', name: 'solver', color: 'solver' },
      { id: 'network-time', name: 'network', color: 'network' },
      { id: 'residual', name: 'residual of the solver' },
    ]);
    this.#history = new History(byId('error-history'), byId('time-history'));
    this.#scene = decodeScene(location.hash.slice(1));
    this.#model = this.#scene.problem.model;
    this.#connect();
    this.#useProblem(this.#scene);
  }

  redraw(): void {
    this.#plots.redraw();
    this.#history.draw();
  }

  /** Predicts by a checkpoint of the user's from now on. @throws Error when it does not fit any problem of the page */
  async useModel(bytes: Uint8Array, id?: string): Promise<Opened> {
    const opened = await this.#open(OWN_MODEL, bytes);
    const wanted = id ? problemOf(id) : this.#problemFor(opened);
    this.#model = OWN_MODEL;
    if (wanted.id !== this.#scene.problem.id) this.#useProblem(decodeScene(`p=${wanted.id}`));
    else this.#update();
    return opened;
  }

  /** Shows a potential that is not made of wells. @throws Error for another number of points */
  usePotential(values: Float64Array): void {
    const fitting = [this.#scene.problem, ...PROBLEMS].find(
      ({ points, dimension }) => points ** dimension === values.length,
    );
    if (!fitting) {
      const sizes = [...new Set(PROBLEMS.map(({ points, dimension }) => points ** dimension))].join(', ');
      throw new Error(`the potential has ${values.length} numbers; the networks here take ${sizes}`);
    }
    if (fitting.id !== this.#scene.problem.id) this.#useProblem(decodeScene(`p=${fitting.id}`));
    this.#foreign = values;
    this.#update();
  }

  #problemFor({ shape, fields, origin }: Opened): Problem {
    const equation = (origin as { problem?: { equation?: string } } | null)?.problem?.equation;
    const fits = PROBLEMS.filter(
      ({ points, dimension }) =>
        dimension === shape.length && shape.every((n) => n === points) && fields.every((n) => n === 1),
    );
    const found =
      fits.find((problem) => (problem.equation === 'field' ? 'kohn-sham' : problem.equation) === equation) ??
      (equation === undefined ? fits[0] : undefined);
    if (found) return found;
    const of = `${fields[0]} fields of ${shape.join(' × ')} points to ${fields[1]} of '${equation}'`;
    throw new Error(`the network maps ${of}, which is none of the problems here`);
  }

  async #open(name: string, bytes: Uint8Array): Promise<Opened> {
    const opened = await this.#networkWorker.ask<Opened>({ kind: 'open', name, bytes } satisfies NetworkRequest);
    this.#opened.add(name);
    return opened;
  }

  #connect(): void {
    const select = byId<HTMLSelectElement>('problem');
    select.replaceChildren(...PROBLEMS.map(({ id, title }) => new Option(title, id)));
    select.addEventListener('change', () => {
      this.#model = problemOf(select.value).model;
      this.#useProblem(decodeScene(`p=${select.value}`));
    });
    const on = (id: string, act: () => void) => byId(id).addEventListener('click', act);
    on('add', () => this.#add());
    on('remove', () => this.#change({ wells: this.#scene.wells.filter((_, i) => i !== this.#selected) }));
    on('random', () => this.#useScene(sampledScene(this.#scene.problem, RANDOM_SEED, this.#random++)));
    on('worst', () => this.#useWorst());
    on('share', () => void this.#share());
    on('save', () => this.#save());
    addEventListener('hashchange', () => {
      if (location.hash.slice(1) === encodeScene(this.#scene)) return;
      const scene = decodeScene(location.hash.slice(1));
      this.#model = scene.problem.model;
      this.#useProblem(scene);
    });
  }

  #useProblem(scene: Scene): void {
    this.#scene = scene;
    this.#foreign = undefined;
    this.#selected = 0;
    this.#worst = -1;
    this.#solved = undefined;
    this.#predicted = undefined;
    this.#measures.set('bound', '–', '');
    this.#warmups = WARMUPS;
    this.#history.clear();
    const { problem } = scene;
    byId<HTMLSelectElement>('problem').value = problem.id;
    byId('formula').replaceChildren(...problem.formula.split(/(?<=,) +/).map((part) => element('span', '', part)));
    byId('intro').textContent = this.#intro(problem);
    this.#plots = plotsOf(byId('plots'), problem, {
      onChange: (wells) => this.#change({ wells }),
      onSelect: (index) => {
        this.#selected = index;
        this.#sliders.show(this.#scene, this.#selected);
      },
      onHold: (held) => this.#plots.hold(held),
    });
    this.#sliders = new Sliders(byId('sliders'), problem, {
      strength: (strength) => {
        const wells = this.#scene.wells.map(
          (well, i): SceneWell => (i === this.#selected ? { ...well, strength } : well),
        );
        this.#change({ wells });
      },
      variance: (variance) => this.#change({ variance }),
      parameter: (parameter) => this.#change({ parameter }),
    });
    const model = this.#shipped();
    if (model && !this.#opened.has(model.name)) {
      modelBytes(model)
        .then((bytes) => this.#open(model.name, bytes))
        .then(
          () => this.#update(),
          (error: Error) => showMessage('message', error.message),
        );
    }
    this.#update();
  }

  /** What the page is about, in a sentence. */
  #intro({ output: { meaning }, equation }: Problem): string {
    const seen = this.#shipped()?.training.toLocaleString('en');
    const network = `a neural network${seen ? ` that has seen ${seen} examples` : ''}`;
    return equation === 'field'
      ? `Drag the wells: the solver iterates eigenproblems to the ${meaning}, and again with ${network} in their place.`
      : `Drag the wells: the solver computes the ${meaning}, ${network} predicts it at once.`;
  }

  #shipped(): ShippedModel | undefined {
    return this.#models.find(({ name }) => name === this.#scene.problem.model);
  }

  #useScene(scene: Scene): void {
    this.#foreign = undefined;
    this.#scene = scene;
    this.#selected = 0;
    this.#update();
  }

  #useWorst(): void {
    const model = this.#shipped();
    if (!model) return;
    this.#worst = (this.#worst + 1) % model.worst.length;
    this.#useScene(sampledScene(this.#scene.problem, model.seed, model.worst[this.#worst]!.sample));
  }

  #add(): void {
    const { wells, problem } = this.#scene;
    const { origin, length } = problem.cell;
    if (wells.length >= MOST_WELLS) return;
    // Golden-ratio steps spread wells wherever there are some.
    const at = (axis: number) => origin + length * ((0.5 + (0.618 + 0.1 * axis) * wells.length) % 1);
    const center = Array.from({ length: problem.dimension }, (_, axis) => at(axis));
    const next = [...wells, { strength: wells[0]!.strength, center }];
    this.#selected = next.length - 1;
    this.#change({ wells: next });
  }

  async #share(): Promise<void> {
    const button = byId('share');
    this.#address.now();
    try {
      await navigator.clipboard.writeText(location.href);
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'It is in the address bar';
    }
    setTimeout(() => (button.textContent = 'Copy link'), 1500);
  }

  /** Saves what is shown as a table, once solver and network have answered to the same. */
  #save(): void {
    const { problem } = this.#scene;
    const [solved, predicted] = [this.#solved, this.#predicted];
    if (!solved || !predicted || solved.version !== predicted.version) return;
    const table = tableOf(problem, this.#potential, solved.answer.solution, predicted.answer.prediction);
    download(`${problem.id}.csv`, table, 'text/csv');
  }

  #change(change: Partial<Scene>): void {
    const next = { ...this.#scene, ...change };
    if (next.wells.length === 0) return;
    if (change.wells) this.#foreign = undefined;
    this.#scene = next;
    this.#selected = Math.min(this.#selected, next.wells.length - 1);
    this.#update();
  }

  /** Asks solver and network for the scene as it is now. */
  #update(): void {
    const { problem, parameter, wells, variance } = this.#scene;
    this.#version++;
    this.#potential = this.#foreign ?? potentialOf(this.#scene);
    const request = { version: this.#version, problem: problem.id, potential: this.#potential, parameter };
    this.#solver.ask(request);
    if (this.#opened.has(this.#model)) this.#network.ask({ ...request, kind: 'predict', name: this.#model });
    const model = this.#shipped();
    const isOpen = this.#opened.has(this.#model) && this.#model !== OWN_MODEL;
    this.#certainty.renew(isOpen ? model : undefined, this.#potential);
    if (model && !this.#foreign) {
      const sample = { family: problem.family, index: 0, variance, wells };
      this.#distances.ask({ version: this.#version, problem: problem.id, seed: model.seed, sample });
    }
    byId<HTMLButtonElement>('remove').disabled = wells.length === 1;
    byId<HTMLButtonElement>('add').disabled = wells.length >= MOST_WELLS;
    byId<HTMLButtonElement>('worst').disabled = !model;
    this.#address.later();
    this.#sliders.show(this.#scene, this.#selected);
    this.#showSoon();
  }

  #answered(): void {
    showMessage('message', undefined);
    const [solved, predicted] = [this.#solved, this.#predicted];
    if (solved && predicted && solved.version === predicted.version) {
      const { solution, milliseconds } = solved.answer;
      const error = relativeError(solution, predicted.answer.prediction);
      this.#history.add(error, milliseconds, predicted.answer.milliseconds);
      if (this.#warmups-- > 0) this.#update();
    }
    this.#showSoon();
  }

  /** Draws with the next frame: the user's change and both answers to it are often drawn at once. */
  #showSoon(): void {
    if (this.#frame !== undefined) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#show();
      this.#history.draw();
    });
  }

  #show(): void {
    const [solved, predicted] = [this.#solved?.answer, this.#predicted?.answer];
    const [solution, prediction] = [solved?.solution, predicted?.prediction];
    const same = this.#solved?.version === this.#predicted?.version;
    const difference = same && solution && prediction ? prediction.map((value, i) => value - solution[i]!) : undefined;
    if (difference || !this.#difference) this.#difference = difference;
    const { expected } = this.#certainty;
    this.#plots.show(this.#scene, this.#selected, {
      potential: this.#potential,
      solution,
      prediction,
      difference: this.#difference,
      uncertainty: expected?.band,
    });
    if (solved) {
      const steps = this.#scene.problem.equation === 'field' ? 'solutions of the map' : 'iterations';
      this.#measures.set('solver-time', timeText(solved.milliseconds), `${solved.iterations} ${steps}`);
      this.#measures.set('residual', scientific(solved.residual), solved.status);
    }
    if (predicted) {
      const calls = predicted.evaluations === 1 ? 'one evaluation' : `${predicted.evaluations} evaluations`;
      this.#measures.set('network-time', timeText(predicted.milliseconds), calls);
    }
    if (expected) this.#measures.set('bound', `≤ ${scientific(expected.bound)}`, expected.share);
    if (same && solution && prediction) {
      this.#measures.set('error', scientific(relativeError(solution, prediction)), this.#usualError());
    }
    const known = this.#foreign || this.#distance?.problem !== this.#scene.problem.id ? undefined : this.#distance;
    showTrust(this.#scene, known?.distance, this.#foreign !== undefined);
  }

  #usualError(): string {
    const model = this.#shipped();
    return model && this.#model !== OWN_MODEL ? `test set: ${scientific(model.testError)}` : this.#model;
  }
}

/** ε = ‖û − u‖ / ‖u‖ */
function relativeError(solution: Float64Array, prediction: Float64Array): number {
  let [difference, norm] = [0, 0];
  for (let i = 0; i < solution.length; i++) {
    difference += (prediction[i]! - solution[i]!) ** 2;
    norm += solution[i]! ** 2;
  }
  return Math.sqrt(difference / norm);
}
