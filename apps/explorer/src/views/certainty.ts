/** How certain a network is of what it predicts, by its spread over positions of the torus. */
import { Later } from '../elements.js';
import type { ShippedModel } from '../models.js';
import type { Spread, SpreadRequest } from '../workers/network.worker.js';
import { Latest } from '../workers/requests.js';

/** Milliseconds without a change after which the network is asked: predictions more would make dragging slower. */
const REST = 100;

export interface Expected {
  /** ε is at most this for `share` of the samples. */
  readonly bound: number;
  /** The same factor times the standard deviation at every grid point. */
  readonly band: Float64Array;
  readonly share: string;
}

export class Certainty {
  readonly #spreads: Latest<SpreadRequest, Spread>;
  readonly #later = new Later(REST, () => this.#ask());
  #wanted: { readonly model: ShippedModel; readonly potential: Float64Array } | undefined;
  #spread: Spread | undefined;

  constructor(ask: (request: SpreadRequest) => Promise<Spread>, changed: () => void, failed: (error: Error) => void) {
    const answered = ({ potential }: SpreadRequest, spread: Spread) => {
      if (potential !== this.#wanted?.potential) return;
      this.#spread = spread;
      changed();
    };
    this.#spreads = new Latest(ask, answered, failed);
  }

  /** Forgets what it knows, and asks the model once the potential is at rest; nothing of no model. */
  renew(model: ShippedModel | undefined, potential: Float64Array): void {
    this.#spread = undefined;
    this.#wanted = model && { model, potential };
    this.#later.later();
  }

  /** Undefined while it is not known, and of networks whose spread was not measured. */
  get expected(): Expected | undefined {
    const known = this.#wanted?.model.uncertainty;
    if (!known || !this.#spread) return undefined;
    const { spread, deviation } = this.#spread;
    const band = deviation.map((value) => known.factor * value);
    return { bound: known.factor * spread, band, share: `for ${100 * known.coverage} % of its test set` };
  }

  #ask(): void {
    if (!this.#wanted?.model.uncertainty) return;
    const { model, potential } = this.#wanted;
    this.#spreads.ask({ kind: 'spread', name: model.name, positions: model.uncertainty!.positions, potential });
  }
}
