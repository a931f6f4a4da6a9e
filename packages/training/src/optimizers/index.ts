import { ArgumentError, completeOptions, type OptionsOf, type OptionTable, requireOneOf } from '@dyadic/errors';
import type { Network } from '@dyadic/mnn';
import { adamw } from './adamw.js';
import { holdFixed } from './fixed.js';
import { nadam } from './nadam.js';
import type { Optimizer, OptimizerKind, OptimizerStateShape } from './optimizer.js';
import { soap } from './soap.js';

/** The optimizers that a plan can name. Another one is its file and an entry here. */
const OPTIMIZERS = { nadam, adamw, soap };

type Named<Name extends keyof typeof OPTIMIZERS> = { readonly name: Name } & OptionsOf<
  (typeof OPTIMIZERS)[Name]['options']
>;

/** Which optimizer, with what settings: `{ name: 'adamw', weightDecay: 0.1 }`. */
export type OptimizerOptions = { [Name in keyof typeof OPTIMIZERS]: Named<Name> }[keyof typeof OPTIMIZERS];

/** The options of every optimizer that a plan can name. */
export const OPTIMIZER_OPTIONS: Readonly<Record<string, OptionTable>> = Object.fromEntries(
  Object.entries(OPTIMIZERS).map(([name, { options }]) => [name, options]),
);

/** An optimizer of the user's own. */
export interface OptimizerFactory {
  /** Stands in checkpoints; none of those that options can name. */
  readonly name: string;
  /** Stands in checkpoints beside the name: training resumes only with equal settings. */
  readonly settings?: Readonly<Record<string, string | number | boolean | null>>;
  /** The optimizer before its first step. */
  create(network: Network): Optimizer;
}

export type OptimizerChoice = OptimizerOptions | OptimizerFactory;

/** Builds an optimizer in its first state, which does not move what is fixed. @throws ArgumentError */
export function optimizer(network: Network, choice: OptimizerChoice): Optimizer {
  if (isFactory(choice)) return holdFixed(network, choice.create(network));
  const { kind, settings } = named(choice);
  return holdFixed(network, kind.create(network, settings));
}

/**
 * Checks a choice for a network, and says what the optimizer's state takes, without allocating any of it; undefined for
 * a factory, which alone knows.
 *
 * @throws ArgumentError
 */
export function optimizerStateShape(network: Network, choice: OptimizerChoice): OptimizerStateShape | undefined {
  if (isFactory(choice)) {
    requireForeignName(choice);
    return undefined;
  }
  const { kind, settings } = named(choice);
  return kind.stateShape(network, settings);
}

/** A choice as plain data, as checkpoints hold it: `{ name, …settings }`. */
export function optimizerDocument(choice: OptimizerChoice): { readonly name: string } {
  return isFactory(choice) ? { ...choice.settings, name: choice.name } : choice;
}

/** Whether the optimizer can be made: a factory, or what the table has an entry for. */
export function canBuild(choice: OptimizerChoice): boolean {
  return isFactory(choice) || isKnown(choice?.name);
}

function isKnown(name: unknown): name is OptimizerOptions['name'] {
  return typeof name === 'string' && Object.hasOwn(OPTIMIZERS, name);
}

function isFactory(choice: OptimizerChoice): choice is OptimizerFactory {
  return typeof (choice as Partial<OptimizerFactory> | undefined)?.create === 'function';
}

function requireForeignName({ name }: OptimizerFactory): void {
  const isName = typeof name === 'string' && name !== '' && !isKnown(name);
  if (!isName)
    throw new ArgumentError('optimizer.name', name, `a name other than ${Object.keys(OPTIMIZERS).join(', ')}`);
}

/** The entry that options name, and their settings for it. @throws ArgumentError for an unknown name or setting */
function named(options: OptimizerOptions): { kind: OptimizerKind; settings: object } {
  const names = Object.keys(OPTIMIZERS) as OptimizerOptions['name'][];
  const { name, ...settings } = { ...options };
  const kind: OptimizerKind = OPTIMIZERS[requireOneOf('optimizer.name', name, names)];
  return { kind, settings: completeOptions('optimizer', settings, kind.options) };
}
