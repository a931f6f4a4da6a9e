import { exp, log, power } from '@dyadic/elementary';
import { type CompleteOptions, completeOptions, type OptionsOf, type OptionTable } from '@dyadic/errors';
import type { UpdateFactors, UpdateRule } from '@dyadic/mnn';
import { ADAM_OPTIONS, momentShape, type Optimizer, type OptimizerKind } from './optimizer.js';

const OPTIONS = {
  ...ADAM_OPTIONS,
  scheduleDecay: {
    type: 'number',
    least: 0,
    nullMeans: 'the momentum stays at β₁',
    default: 0.004,
    description: 'ψ of the momentum schedule, the authors’ schedule_decay',
  },
} as const satisfies OptionTable;

export type NadamOptions = OptionsOf<typeof OPTIONS>;
type Settings = CompleteOptions<typeof OPTIONS>;

/**
 * Nadam, Adam with Nesterov momentum and a momentum schedule (Dozat, "Incorporating Nesterov momentum into Adam", 2016):
 *
 *   μ_t = β₁ (1 − 0.96^{tψ}/2)
 *   m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²
 *   m̄ = (1 − μ_t) g / (1 − Π_{i≤t} μ_i) + μ_{t+1} m / (1 − Π_{i≤t+1} μ_i)
 *   θ ← θ − η m̄ / (√(v / (1 − β₂^t)) + ε)
 */
export class Nadam implements Optimizer {
  readonly vectors: { readonly firstMoment: Float32Array; readonly secondMoment: Float32Array };
  readonly #options: Settings;
  #steps = 0;
  /** Π_{i≤t} μ_i */
  #momentumProduct = 1;

  constructor(size: number, options: NadamOptions = {}) {
    this.#options = completeOptions('optimizer', options, OPTIONS);
    this.vectors = { firstMoment: new Float32Array(size), secondMoment: new Float32Array(size) };
  }

  get scalars(): Readonly<Record<string, number>> {
    return { steps: this.#steps, momentumProduct: this.#momentumProduct };
  }

  set scalars({ steps, momentumProduct }: Readonly<Record<string, number>>) {
    this.#steps = steps!;
    this.#momentumProduct = momentumProduct!;
  }

  get rule(): UpdateRule {
    const { beta1, beta2, epsilon } = this.#options;
    return { beta1, beta2, epsilon };
  }

  advance(learningRate: number): UpdateFactors {
    const { gradientFactor, momentFactor, secondFactor } = this.#advance();
    return {
      step: this.#steps - 1,
      learningRate,
      shrink: 1,
      gradient: learningRate * gradientFactor,
      moment: learningRate * momentFactor,
      second: secondFactor,
    };
  }

  step(parameters: Float32Array, gradient: Float32Array, learningRate: number): void {
    const { firstMoment: m, secondMoment: v } = this.vectors;
    const { beta1, beta2, epsilon } = this.#options;
    const { gradientFactor, momentFactor, secondFactor } = this.#advance();
    for (let i = 0; i < parameters.length; i++) {
      const g = gradient[i]!;
      m[i] = beta1 * m[i]! + (1 - beta1) * g;
      v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
      const direction = gradientFactor * g + momentFactor * m[i]!;
      parameters[i]! -= (learningRate * direction) / (Math.sqrt(secondFactor * v[i]!) + epsilon);
    }
  }

  /** Counts a step; the factors of m̄ and of v. */
  #advance(): { gradientFactor: number; momentFactor: number; secondFactor: number } {
    const t = ++this.#steps;
    const mu = this.#momentum(t);
    const nextMu = this.#momentum(t + 1);
    this.#momentumProduct *= mu;
    return {
      gradientFactor: (1 - mu) / (1 - this.#momentumProduct),
      momentFactor: nextMu / (1 - this.#momentumProduct * nextMu),
      secondFactor: 1 / (1 - power(this.#options.beta2, t)),
    };
  }

  /** μ_t */
  #momentum(t: number): number {
    const { beta1, scheduleDecay } = this.#options;
    return scheduleDecay === null ? beta1 : beta1 * (1 - 0.5 * exp(t * scheduleDecay * log(0.96)));
  }
}

export const nadam = {
  options: OPTIONS,
  stateShape: (network) => momentShape(network, ['steps', 'momentumProduct']),
  create: ({ parameterCount }, settings) => new Nadam(parameterCount, settings),
} as const satisfies OptimizerKind<Settings>;
