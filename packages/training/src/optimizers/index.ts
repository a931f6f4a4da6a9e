import { requireKnownOptions, requireOneOf } from '@dyadic/errors';
import type { Network } from '@dyadic/mnn';
import { AdamW, type AdamWOptions } from './adamw.js';
import { Nadam, type NadamOptions } from './nadam.js';
import type { Optimizer } from './optimizer.js';
import { Soap, type SoapOptions } from './soap.js';

/** Which optimizer, with what settings. */
export type OptimizerOptions =
  | ({ readonly name: 'nadam' } & NadamOptions)
  | ({ readonly name: 'adamw' } & AdamWOptions)
  | ({ readonly name: 'soap' } & SoapOptions);

const SETTINGS = {
  nadam: ['beta1', 'beta2', 'epsilon', 'scheduleDecay'],
  adamw: ['beta1', 'beta2', 'epsilon', 'weightDecay'],
  soap: ['beta1', 'beta2', 'epsilon', 'weightDecay', 'refreshEvery', 'largestSide'],
} as const;

/** Builds an optimizer in its first state. @throws ArgumentError */
export function optimizer(network: Network, options: OptimizerOptions): Optimizer {
  requireOneOf('optimizer.name', options?.name, ['nadam', 'adamw', 'soap']);
  const { name, ...settings } = options;
  requireKnownOptions('optimizer', settings, SETTINGS[name]);
  if (name === 'nadam') return new Nadam(network.parameterCount, settings);
  return name === 'adamw' ? new AdamW(network.parameterCount, settings) : new Soap(network, settings);
}
