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
export interface NumberOption extends Described {
  readonly type: 'number';
  /** The value of an option that is not given; without one, and without `absentMeans`, the option is required. */
  readonly default?: number;
  readonly least?: number;
  readonly most?: number;
  readonly above?: number;
  readonly below?: number;
  /** What `null` means, where it is allowed. */
  readonly nullMeans?: string;
}

export interface IntegerOption extends Described {
  readonly type: 'integer';
  readonly default?: number;
  readonly least?: number;
  readonly most?: number;
}

/** One of some texts. */
export interface ChoiceOption extends Described {
  readonly type: 'choice';
  readonly choices: readonly string[];
  readonly default?: string;
}

export type Option = NumberOption | IntegerOption | ChoiceOption;
export type OptionTable = Readonly<Record<string, Option>>;

type ValueOf<O> =
  | (O extends { readonly choices: readonly (infer Choice)[] } ? Choice : number)
  | (O extends { readonly nullMeans: string } ? null : never);
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

function requireOption(argument: string, value: unknown, option: Option): string | number | null | undefined {
  if (value === undefined && option.absentMeans !== undefined) return undefined;
  switch (option.type) {
    case 'choice':
      return requireOneOf(argument, value, option.choices);
    case 'integer':
      return requireInteger(argument, value, { min: option.least, max: option.most });
    case 'number':
      return value === null && option.nullMeans !== undefined ? null : requireNumber(argument, value, option);
    default:
      return option satisfies never;
  }
}

function requireNumber(argument: string, value: unknown, { least, most, above, below }: NumberOption): number {
  const number = requireFinite(argument, value, { min: least, max: most });
  if (above !== undefined && !(number > above))
    throw new ArgumentError(argument, value, `a finite number above ${above}`);
  if (below !== undefined && !(number < below))
    throw new ArgumentError(argument, value, `a finite number below ${below}`);
  return number;
}
