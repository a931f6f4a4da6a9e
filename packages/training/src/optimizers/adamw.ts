import { power } from '@dyadic/elementary';
import { type CompleteOptions, completeOptions, type OptionsOf, type OptionTable } from '@dyadic/errors';
import type { UpdateFactors, UpdateRule } from '@dyadic/mnn';
import { ADAM_OPTIONS, momentShape, type Optimizer, type OptimizerKind, WEIGHT_DECAY } from './optimizer.js';

const OPTIONS = { ...ADAM_OPTIONS, ...WEIGHT_DECAY } as const satisfies OptionTable;

export type AdamWOptions = OptionsOf<typeof OPTIONS>;
type Settings = CompleteOptions<typeof OPTIONS>;

/**
 * AdamW, Adam with decoupled weight decay (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019):
 *
 *   m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²
 *   θ ← θ − η ( m / (1 − β₁^t) / (√(v / (1 − β₂^t)) + ε) + λ θ )
 */
export class AdamW implements Optimizer {
  readonly vectors: { readonly firstMoment: Float32Array; readonly secondMoment: Float32Array };
  readonly #options: Settings;
  #steps = 0;

  constructor(size: number, options: AdamWOptions = {}) {
    this.#options = completeOptions('optimizer', options, OPTIONS);
    this.vectors = { firstMoment: new Float32Array(size), secondMoment: new Float32Array(size) };
  }

  get scalars(): Readonly<Record<string, number>> {
    return { steps: this.#steps };
  }

  set scalars({ steps }: Readonly<Record<string, number>>) {
    this.#steps = steps!;
  }

  get rule(): UpdateRule {
    const { beta1, beta2, epsilon } = this.#options;
    return { beta1, beta2, epsilon };
  }

  advance(learningRate: number): UpdateFactors {
    const { beta1, beta2, weightDecay } = this.#options;
    const t = ++this.#steps;
    return {
      step: t - 1,
      learningRate,
      shrink: 1 - learningRate * weightDecay,
      gradient: 0,
      moment: learningRate / (1 - power(beta1, t)),
      second: 1 / (1 - power(beta2, t)),
    };
  }

  step(parameters: Float32Array, gradient: Float32Array, learningRate: number): void {
    const { firstMoment: m, secondMoment: v } = this.vectors;
    const { beta1, beta2, epsilon } = this.rule;
    const { shrink, moment, second } = this.advance(learningRate);
    for (let i = 0; i < parameters.length; i++) {
      const g = gradient[i]!;
      m[i] = beta1 * m[i]! + (1 - beta1) * g;
      v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
      parameters[i] = shrink * parameters[i]! - (moment * m[i]!) / (Math.sqrt(second * v[i]!) + epsilon);
    }
  }
}

export const adamw = {
  options: OPTIONS,
  stateShape: (network) => momentShape(network, ['steps']),
  create: ({ parameterCount }, settings) => new AdamW(parameterCount, settings),
} as const satisfies OptimizerKind<Settings>;
