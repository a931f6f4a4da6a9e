/**
 * Tables of options. A table states each option once: its allowed values, default and meaning. The TypeScript type, the check, the
 * JSON Schema and the reference page of options derive from it.
 */
import { requireFinite, requireInteger, requireKnownOptions, requireOneOf } from './checks.js';
import { ArgumentError } from './errors.js';

interface Described {
  /** One line: the symbol, if there is one, and the meaning. Does not repeat the default. */
  readonly description: string;
  /** Makes an option without a default optional, and states the meaning of leaving it out. */
  readonly absentMeans?: string;
}

/** A finite number x with `least` ≤ x ≤ `most` and `above` < x < `below`; an absent bound does not apply. */
export interface NumberValue {
  readonly type: 'number';
  readonly least?: number;
  readonly most?: number;
  readonly above?: number;
  readonly below?: number;
  /** Allows `null`, and states its meaning. */
  readonly nullMeans?: string;
}

/** A safe integer from `least` to `most`, inclusive; an absent bound does not apply. */
export interface IntegerValue {
  readonly type: 'integer';
  readonly least?: number;
  readonly most?: number;
}

/** One of the listed strings or numbers. */
export interface ChoiceValue {
  readonly type: 'choice';
  readonly choices: readonly (string | number)[];
}

/** A list of 1 to `most` values of one kind; default no upper limit. */
export interface ListValue {
  readonly type: 'list';
  readonly of: Value;
  readonly most?: number;
}

/** A nested object, with its own table of options. */
export interface ObjectValue {
  readonly type: 'object';
  readonly options: OptionTable;
}

/** A value of one of several kinds, distinguished by JSON type: at most one list, one object and one scalar. */
export interface EitherValue {
  readonly type: 'either';
  readonly of: readonly Value[];
}

/** The allowed values of an option or list entry. */
export type Value = NumberValue | IntegerValue | ChoiceValue | ListValue | ObjectValue | EitherValue;

interface Defaulted<T> extends Described {
  /** The value of an absent option. An option with neither `default` nor `absentMeans` is required. */
  readonly default?: T;
}

export type NumberOption = NumberValue & Defaulted<number>;
export type IntegerOption = IntegerValue & Defaulted<number>;
export type ChoiceOption = ChoiceValue & Defaulted<string | number>;
export type ListOption = ListValue & Defaulted<never>;
export type ObjectOption = ObjectValue & Defaulted<never>;
export type EitherOption = EitherValue & Defaulted<string | number>;

export type Option = NumberOption | IntegerOption | ChoiceOption | ListOption | ObjectOption | EitherOption;
/** Options by name. */
export interface OptionTable {
  readonly [name: string]: Option;
}

/** The TypeScript type of the values that `V` allows. */
export type ValueOf<V> = V extends { readonly choices: readonly (infer Choice)[] }
  ? Choice
  : V extends { readonly type: 'list'; readonly of: infer Entry }
    ? readonly ValueOf<Entry>[]
    : V extends { readonly options: infer Table }
      ? OptionsOf<Table>
      : V extends { readonly type: 'either'; readonly of: readonly (infer Kind)[] }
        ? ValueOf<Kind>
        : number | (V extends { readonly nullMeans: string } ? null : never);
type Omissible = { readonly default: string | number } | { readonly absentMeans: string };
type OmissibleIn<Table> = { [Name in keyof Table]: Table[Name] extends Omissible ? Name : never }[keyof Table];

/** The type of options that callers pass: those with `default` or `absentMeans` are optional. */
export type OptionsOf<Table> = { readonly [Name in Exclude<keyof Table, OmissibleIn<Table>>]: ValueOf<Table[Name]> } & {
  readonly [Name in OmissibleIn<Table>]?: ValueOf<Table[Name]>;
};

/** The type of completed options: defaults filled in, `undefined` only for absent options with `absentMeans`. */
export type CompleteOptions<Table> = {
  readonly [Name in keyof Table]:
    | ValueOf<Table[Name]>
    | (Table[Name] extends { readonly absentMeans: string } ? undefined : never);
};

/**
 * Fills in the defaults and checks every option, nested objects included.
 *
 * @param argument - Name of the options in error messages.
 * @throws ArgumentError for an unknown option, a missing one, or a value that the table does not allow
 */
export function completeOptions<const Table extends OptionTable>(
  argument: string,
  options: unknown,
  table: Table,
): CompleteOptions<Table> {
  requireKnownOptions(argument, options, Object.keys(table));
  const given = options as Readonly<Record<string, unknown>>;
  const complete = Object.entries(table).map(([name, option]) => {
    const value = given[name] === undefined ? option.default : given[name];
    return [name, requireOption(`${argument}.${name}`, value, option)];
  });
  return Object.fromEntries(complete) as CompleteOptions<Table>;
}

function requireOption(argument: string, value: unknown, option: Option): unknown {
  return value === undefined && option.absentMeans !== undefined ? undefined : checkedValue(argument, value, option);
}

/** Returns `value` if it is allowed, with the defaults of objects filled in. @throws ArgumentError otherwise */
export function requireValue<const V extends Value>(argument: string, value: unknown, allowed: V): ValueOf<V> {
  return checkedValue(argument, value, allowed) as ValueOf<V>;
}

function checkedValue(argument: string, value: unknown, allowed: Value): unknown {
  switch (allowed.type) {
    case 'choice':
      return requireOneOf(argument, value, allowed.choices);
    case 'integer':
      return requireInteger(argument, value, { min: allowed.least, max: allowed.most });
    case 'number':
      return value === null && allowed.nullMeans !== undefined ? null : requireNumber(argument, value, allowed);
    case 'list':
      return requireList(argument, value, allowed);
    case 'object':
      return completeOptions<OptionTable>(argument, value, allowed.options);
    case 'either':
      return checkedValue(argument, value, kindLike(value, allowed.of));
    default:
      return allowed satisfies never;
  }
}

function requireList(argument: string, value: unknown, { of, most = Number.POSITIVE_INFINITY }: ListValue): unknown[] {
  if (!Array.isArray(value) || value.length < 1 || value.length > most) {
    throw new ArgumentError(
      argument,
      value,
      most < Number.POSITIVE_INFINITY ? `a list of 1 to ${most} entries` : 'a list of at least one entry',
    );
  }
  return value.map((entry, index) => checkedValue(`${argument}[${index}]`, entry, of));
}

/** The kind to check `value` against: the one of its JSON type, else the first. */
function kindLike(value: unknown, kinds: readonly Value[]): Value {
  const type = Array.isArray(value) ? 'list' : typeof value === 'object' && value !== null ? 'object' : undefined;
  const like = kinds.find((kind) => (type ? kind.type === type : kind.type !== 'list' && kind.type !== 'object'));
  return like ?? kinds[0]!;
}

/** Joins `name: description` of every choice with semicolons, for the description of an option. */
export function explainChoices(choices: Readonly<Record<string, { readonly description: string }>>): string {
  return Object.entries(choices)
    .map(([name, { description }]) => `${name}: ${description}`)
    .join('; ');
}

function requireNumber(argument: string, value: unknown, { least, most, above, below }: NumberValue): number {
  const number = requireFinite(argument, value, { min: least, max: most });
  if (above !== undefined && !(number > above))
    throw new ArgumentError(argument, value, `a finite number above ${above}`);
  if (below !== undefined && !(number < below))
    throw new ArgumentError(argument, value, `a finite number below ${below}`);
  return number;
}
