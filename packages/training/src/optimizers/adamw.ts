import { power } from '@dyadic/elementary';
import { requireFinite, requirePositive } from '@dyadic/errors';

import type { UpdateFactors, UpdateRule } from '@dyadic/mnn';
import { momentShape, type Optimizer, type OptimizerKind, requireDecay } from './optimizer.js';

export interface AdamWOptions {
  /** Decay β₁ of the first moment; default 0.9. */
  readonly beta1?: number;
  /** Decay β₂ of the second moment; default 0.999. */
  readonly beta2?: number;
  /** ε in the denominator; default 1e-8. */
  readonly epsilon?: number;
  /** λ, decoupled weight decay; default 0. */
  readonly weightDecay?: number;
}

/**
 * AdamW, Adam with decoupled weight decay (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019):
 *
 *   m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²
 *   θ ← θ − η ( m / (1 − β₁^t) / (√(v / (1 − β₂^t)) + ε) + λ θ )
 */
export class AdamW implements Optimizer {
  readonly vectors: { readonly firstMoment: Float32Array; readonly secondMoment: Float32Array };
  readonly #options: Required<AdamWOptions>;
  #steps = 0;

  constructor(size: number, options: AdamWOptions = {}) {
    this.#options = complete(options);
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

/** Fills in the defaults and checks every option. @throws ArgumentError */
function complete(options: AdamWOptions): Required<AdamWOptions> {
  return {
    beta1: requireDecay('optimizer.beta1', options.beta1 ?? 0.9),
    beta2: requireDecay('optimizer.beta2', options.beta2 ?? 0.999),
    epsilon: requirePositive('optimizer.epsilon', options.epsilon ?? 1e-8),
    weightDecay: requireFinite('optimizer.weightDecay', options.weightDecay ?? 0, { min: 0 }),
  };
}

export const adamw: OptimizerKind<AdamWOptions> = {
  options: { beta1: true, beta2: true, epsilon: true, weightDecay: true },
  stateShape(network, options) {
    complete(options);
    return momentShape(network, ['steps']);
  },
  create: ({ parameterCount }, options) => new AdamW(parameterCount, options),
};
