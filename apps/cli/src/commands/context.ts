import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { requireFinite, requireInteger, requireOneOf } from '@dyadic/errors';
import {
  ENGINES,
  type EngineChoice,
  type Experiment,
  type ExperimentOverrides,
  loadProblem,
  type Problems,
  parseExperimentOverride,
  problemsWith,
  RECIPE_FILE,
  type ReadOptions,
  readExperiment,
} from '@dyadic/pipeline';
import { type Command, Option } from 'commander';
import { configuredProblems } from '../configuration.js';
import { humanOutput, jsonOutput, type Output } from '../output/output.js';

/** What every command has at hand. */
export interface Context {
  readonly output: Output;
  /** Aborts on Ctrl-C and on termination. */
  readonly signal: AbortSignal;
}

/** Options that several commands share. */
export const profileOption = () =>
  new Option('-p, --profile <name>', 'which profile of the file to use').env('DYADIC_PROFILE').default('quick');
export const engineOption = () =>
  new Option('--engine <name>', 'what does the arithmetic: auto, wasm or tensorflow').default('auto');
export const dataOption = () =>
  new Option(
    '--data <folder>',
    "the dataset's folder, such as that of a variant (default: data/<profile> of the recipe)",
  );
export const setOption = () =>
  new Option('-s, --set <entry=value>', 'replace an entry of the experiment; may be given several times').argParser(
    (text: string, before: ExperimentOverrides | undefined) => ({
      ...before,
      ...parseExperimentOverride('--set', text),
    }),
  );
export const threadsOption = () => new Option('--threads <count>', 'threads of the wasm engine').default('auto');

export const problemOption = () =>
  new Option('--problem <module>', 'a module that defines a problem of your own; may be given several times').argParser(
    (path: string, before: readonly string[] | undefined) => [...(before ?? []), path],
  );

/** This program's problems, those of `dyadic.config.mjs` in the working folder, and those of {@link problemOption}. */
export async function problemsOf({ problem = [] }: { readonly problem?: readonly string[] }): Promise<Problems> {
  const paths = [...(await configuredProblems(process.cwd())), ...problem.map((path) => resolve(path))];
  return problemsWith(await Promise.all([...new Set(paths)].map(loadProblem)));
}

/** The values of {@link engineOption} and {@link threadsOption}. @throws ArgumentError */
export function engineChoice({ engine, threads }: { engine: string; threads: string }): EngineChoice {
  const name = requireOneOf('--engine', engine, ENGINES);
  return { engine: name, threads: threads === 'auto' ? 'auto' : wholeNumberOption('--threads', threads) };
}

/** Reads the value of an option that counts something. @throws ArgumentError */
export function wholeNumberOption(option: string, text: string): number {
  return requireInteger(option, numberOr(text), { min: 1 });
}

/** Reads the value of an option that is a number of at least 0. @throws ArgumentError */
export function numberOption(option: string, text: string): number {
  return requireFinite(option, numberOr(text), { min: 0 });
}

/** Where the data of a dataset is: the folder itself, or `data/<profile>` in a folder with a `dataset.json`. */
export async function datasetFolder(path: string, profile: string): Promise<string> {
  const isRecipe = await stat(join(path, RECIPE_FILE)).then(
    () => true,
    () => false,
  );
  return isRecipe ? join(path, 'data', profile) : path;
}

/** Reads the experiment in a folder, with the profile and the folders that the options name. @throws DataError */
export async function experimentOf(
  folder: string,
  { profile, data, out, set }: { readonly profile: string } & ReadOptions,
): Promise<Experiment> {
  return readExperiment(folder, profile, {
    ...(data !== undefined && { data: await datasetFolder(data, profile) }),
    ...(out !== undefined && { out }),
    ...(set && { set }),
  });
}

/** Makes the action of a command that Ctrl-C may simply end. */
export function action<Options extends object>(
  run: (argument: string, options: Options, output: Output) => Promise<void>,
): (argument: string, options: Options, command: Command) => Promise<void> {
  return (argument, options, command) => run(argument, options, outputOf(command));
}

/** {@link action} of a command that takes any number of arguments. */
export function actionOfMany<Options extends object>(
  run: (names: readonly string[], options: Options, output: Output) => Promise<void>,
): (names: readonly string[], options: Options, command: Command) => Promise<void> {
  return (names, options, command) => run(names, options, outputOf(command));
}

/**
 * Makes the action of a command with work that can be gone on with: the first Ctrl-C asks it to stop there, the second
 * ends the process.
 */
export function interruptible<Options extends object>(
  run: (argument: string, options: Options, context: Context) => Promise<void>,
): (argument: string, options: Options, command: Command) => Promise<void> {
  return async (argument, options, command) => {
    const output = outputOf(command);
    const controller = new AbortController();
    const stop = () => {
      if (controller.signal.aborted) process.exit(130);
      output.info('stopping …');
      controller.abort();
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);
    try {
      await run(argument, options, { output, signal: controller.signal });
    } finally {
      process.off('SIGINT', stop).off('SIGTERM', stop);
    }
  };
}

function outputOf(command: Command): Output {
  return command.optsWithGlobals<{ json?: boolean }>().json ? jsonOutput() : humanOutput();
}

/** The number that a text writes, or the text, so that an error can show what was typed. */
function numberOr(text: string): number | string {
  const number = Number(text);
  return text.trim() === '' || Number.isNaN(number) ? text : number;
}
