/**
 * Tables of options. A table states each option once: what it may be, its default, what it means. Its type, its check, and its
 * entry in a JSON Schema or on a page of options follow.
 */
import { requireFinite, requireInteger, requireKnownOptions, requireOneOf } from './checks.js';
import { ArgumentError } from './errors.js';

interface Described {
  /** One line: the symbol if there is one, and what it is. The default is not repeated. */
  readonly description: string;
  /** What it means that the option is not given, where it has no default value and may be left out. */
  readonly absentMeans?: string;
}

/** A finite number, `least` ≤ x ≤ `most` and `above` < x < `below` as far as they are given. */
export interface NumberValue {
  readonly type: 'number';
  readonly least?: number;
  readonly most?: number;
  readonly above?: number;
  readonly below?: number;
  /** What `null` means, where it is allowed. */
  readonly nullMeans?: string;
}

export interface IntegerValue {
  readonly type: 'integer';
  readonly least?: number;
  readonly most?: number;
}

/** One of some texts or numbers. */
export interface ChoiceValue {
  readonly type: 'choice';
  readonly choices: readonly (string | number)[];
}

/** A list of at least one value, all of one kind. */
export interface ListValue {
  readonly type: 'list';
  readonly of: Value;
  readonly most?: number;
}

/** An object with options of its own. */
export interface ObjectValue {
  readonly type: 'object';
  readonly options: OptionTable;
}

/** A value of one of several kinds, which are told apart by what they are in JSON: at most a list, an object, and one that is neither. */
export interface EitherValue {
  readonly type: 'either';
  readonly of: readonly Value[];
}

export type Value = NumberValue | IntegerValue | ChoiceValue | ListValue | ObjectValue | EitherValue;

interface Defaulted<T> extends Described {
  /** The value of an option that is not given; without one, and without `absentMeans`, the option is required. */
  readonly default?: T;
}

export type NumberOption = NumberValue & Defaulted<number>;
export type IntegerOption = IntegerValue & Defaulted<number>;
export type ChoiceOption = ChoiceValue & Defaulted<string | number>;
export type ListOption = ListValue & Defaulted<never>;
export type ObjectOption = ObjectValue & Defaulted<never>;
export type EitherOption = EitherValue & Defaulted<string | number>;

export type Option = NumberOption | IntegerOption | ChoiceOption | ListOption | ObjectOption | EitherOption;
export interface OptionTable {
  readonly [name: string]: Option;
}

/** What a value may be, as a type. */
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

/** What callers give: options with a default, or with a meaning when they are absent, may be left out. */
export type OptionsOf<Table> = { readonly [Name in Exclude<keyof Table, OmissibleIn<Table>>]: ValueOf<Table[Name]> } & {
  readonly [Name in OmissibleIn<Table>]?: ValueOf<Table[Name]>;
};

/** All options, with their defaults filled in; `undefined` where absence has a meaning. */
export type CompleteOptions<Table> = {
  readonly [Name in keyof Table]:
    | ValueOf<Table[Name]>
    | (Table[Name] extends { readonly absentMeans: string } ? undefined : never);
};

/**
 * Fills in the defaults and checks every option.
 *
 * @param argument - what the options are called in messages
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

/** Returns `value`, in objects with their defaults filled in, if it is what the table allows. @throws ArgumentError */
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

/** The kind that `value` is probably meant to be. */
function kindLike(value: unknown, kinds: readonly Value[]): Value {
  const type = Array.isArray(value) ? 'list' : typeof value === 'object' && value !== null ? 'object' : undefined;
  const like = kinds.find((kind) => (type ? kind.type === type : kind.type !== 'list' && kind.type !== 'object'));
  return like ?? kinds[0]!;
}

/** `name: what it is` of every choice, for a description. */
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
