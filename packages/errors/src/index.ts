/**
 * The errors that every Dyadic package throws, and the checks of arguments and options that throw them. Each error names what was
 * wrong, the value found and what was expected, and carries a stable `code` for programs.
 *
 * @packageDocumentation
 */

export {
  type Range,
  requireFinite,
  requireFiniteArray,
  requireInteger,
  requireKnownOptions,
  requireLength,
  requireOneOf,
  requirePositive,
} from './checks.js';
export {
  ArgumentError,
  DataError,
  DyadicError,
  type DyadicErrorOptions,
  InterruptedError,
  NumericalError,
  type Remedy,
  show,
} from './errors.js';
export {
  type ChoiceOption,
  type CompleteOptions,
  completeOptions,
  type EitherOption,
  explainChoices,
  type IntegerOption,
  type ListOption,
  type NumberOption,
  type ObjectOption,
  type Option,
  type OptionsOf,
  type OptionTable,
  requireValue,
  type Value,
  type ValueOf,
} from './options.js';
