/** Flags: how each kind reads what was typed, and those that several commands share. */
import { resolve } from 'node:path';
import { ArgumentError, requireFinite, requireInteger, requireOneOf } from '@dyadic/errors';
import type { SampleAxes, SamplesAxis } from '@dyadic/interchange';
import {
  ENGINES,
  type EngineChoice,
  type ExperimentOverrides,
  loadProblem,
  type Problems,
  parseExperimentOverride,
  problemsWith,
} from '@dyadic/pipeline';
import { Option } from 'commander';
import { configuredProblems } from './configuration.js';

/** A flag that is a text, a switch or a list. */
export function flag(syntax: string, meaning: string, otherwise?: string): Option {
  return new Option(syntax, meaning).default(otherwise);
}

/** A flag that has to be given. */
export function requiredFlag(syntax: string, meaning: string): Option {
  return new Option(syntax, meaning).makeOptionMandatory();
}

/** A flag that may be given several times. */
export function repeatedFlag(syntax: string, meaning: string): Option {
  return new Option(syntax, `${meaning}; may be given several times`).argParser(
    (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
  );
}

/** A flag whose value `read` makes of the text; errors name the flag. */
export function readFlag<T>(syntax: string, meaning: string, read: (name: string, text: string) => T): Option {
  return new Option(syntax, meaning).argParser((text: string) => read(nameOf(syntax), text));
}

/** A flag that counts something, or `auto`. */
export function countFlag(syntax: string, meaning: string, otherwise?: number | 'auto'): Option {
  const read = (name: string, text: string) =>
    text === otherwise ? text : requireInteger(name, numberOr(text), { min: 1 });
  return readFlag(syntax, meaning, read).default(otherwise);
}

/** A flag that is a number of at least 0. */
export function numberFlag(syntax: string, meaning: string, otherwise: number): Option {
  return readFlag(syntax, meaning, (name, text) => requireFinite(name, numberOr(text), { min: 0 })).default(otherwise);
}

/** A flag that is one of some words, which its help lists. */
export function choiceFlag<T extends string>(
  syntax: string,
  meaning: string,
  choices: readonly T[],
  otherwise?: T,
): Option {
  const read = (name: string, text: string) => requireOneOf(name, text, choices);
  return readFlag(syntax, `${meaning}: ${choices.join(', ')}`, read).default(otherwise);
}

export const PROFILE = flag('-p, --profile <name>', 'which profile of the file to use', 'quick').env('DYADIC_PROFILE');
export const DATA = flag(
  '--data <folder>',
  "the dataset's folder, such as that of a variant (default: data/<profile> of the recipe)",
);
export const RUN = flag(
  '-o, --out <folder>',
  'the folder of the run (default: runs/<profile>[+entry=value…] beside experiment.json)',
);
export const SET = new Option(
  '-s, --set <entry=value>',
  'replace an entry of the experiment; may be given several times',
).argParser((text: string, before: ExperimentOverrides | undefined) => ({
  ...before,
  ...parseExperimentOverride('--set', text),
}));
export const THREADS = countFlag('--threads <count>', 'threads of the wasm engine', 'auto');
export const ENGINE = [choiceFlag('--engine <name>', 'what does the arithmetic', ENGINES, 'auto'), THREADS];
export type EngineFlags = Required<Pick<EngineChoice, 'threads'>> & { readonly engine: (typeof ENGINES)[number] };

export const PROBLEM = repeatedFlag('--problem <module>', 'a module that defines a problem of your own');
export interface ProblemFlag {
  readonly problem?: readonly string[];
}

/** This program's problems, those of `dyadic.config.mjs` in the working folder, and those of {@link PROBLEM}. */
export async function problemsOf({ problem = [] }: ProblemFlag): Promise<Problems> {
  const paths = [...(await configuredProblems(process.cwd())), ...problem.map((path) => resolve(path))];
  return problemsWith(await Promise.all([...new Set(paths)].map(loadProblem)));
}

export const HEADER = choiceFlag(
  '--header <answer>',
  'whether the first line of a CSV file names columns',
  ['auto', 'yes', 'no'],
  'auto',
);

/** Flags of all commands that read files of other programs. */
export const FOREIGN = [
  readFlag(
    '--samples-axis <axis>',
    'which axis counts samples: first, last, its number from 0, or auto',
    readAxis,
  ).default('auto'),
  choiceFlag(
    '--axes <order>',
    'axes of a sample, kept as in the file or reversed (HDF5 of MATLAB, Julia, Fortran)',
    ['auto', 'kept', 'reversed'],
    'auto',
  ),
  HEADER,
];
export interface ForeignFlags {
  readonly samplesAxis: SamplesAxis;
  readonly axes: SampleAxes;
  readonly header: 'auto' | 'yes' | 'no';
}

function readAxis(name: string, text: string): SamplesAxis {
  if (/^\d+$/.test(text)) return requireInteger(name, Number(text), { max: 31 });
  return requireOneOf(name, text, ['auto', 'first', 'last'] as const);
}

/** Reads `name=text`. @throws ArgumentError saying what was expected */
export function pairOf(name: string, text: string, expected: string): readonly [string, string] {
  const [, left, right] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (left === undefined) throw new ArgumentError(name, text, expected);
  return [left, right!];
}

/** `--threads` of `-t, --threads <count>`. */
function nameOf(syntax: string): string {
  return /--[a-z-]+/.exec(syntax)![0];
}

/** The number that a text writes, or the text, so that an error can show what was typed. */
function numberOr(text: string): number | string {
  const number = Number(text);
  return text.trim() === '' || Number.isNaN(number) ? text : number;
}
