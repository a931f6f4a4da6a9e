import { ArgumentError } from '@dyadic/errors';
import type { ReproductionEvent } from '@dyadic/reproduction';
import { type Command, Option } from 'commander';
import { eventsTo } from './output/events.js';
import { humanOutput, jsonOutput, type Output } from './output/output.js';

/** What a command has at hand while it runs. */
export interface Context {
  readonly output: Output;
  /** Puts what the library tells into words, bars and lines. */
  readonly onEvent: (event: ReproductionEvent) => void;
  /** Aborts on Ctrl-C and on termination, where the command resumes. */
  readonly signal: AbortSignal;
}

/** A command of `dyadic`: its words, its flags, and what it does. */
export interface CommandDefinition<Flags extends object, Argument extends string | readonly string[]> {
  readonly name: string;
  readonly summary: string;
  readonly argument: { readonly syntax: string; readonly meaning: string; readonly default?: string };
  readonly flags: readonly Option[];
  /** What else there is to say, after the flags. */
  readonly notes?: string;
  readonly examples: readonly string[];
  /** The first Ctrl-C asks the command to stop where it can resume, the second ends the process. Default: the first ends it. */
  readonly resumes?: boolean;
  /** Which flag said an option of the library, for errors that name the option. */
  readonly words?: Readonly<Record<string, string>>;
  /** @param argument - A list where the syntax takes several, as `<runs...>` does. */
  run(argument: Argument, flags: Flags, context: Context): Promise<void>;
}

/** Adds a command to the program. */
export type AddCommand = (program: Command) => void;

export const JSON_FLAG = new Option('--json', 'print one JSON object per line, for programs');

export function defineCommand<Flags extends object, Argument extends string | readonly string[] = string>(
  definition: CommandDefinition<Flags, Argument>,
): AddCommand {
  const { name, summary, argument, flags, notes, examples, resumes = false, words = {} } = definition;
  return (program) => {
    const command = program.command(name).description(summary);
    command.argument(argument.syntax, argument.meaning, argument.default);
    for (const flag of [...flags, JSON_FLAG]) command.addOption(flag);
    command.addHelpText('after', helpAfter(notes, examples));
    command.action(async (value: Argument, given: Flags) => {
      const output = command.optsWithGlobals<{ json?: boolean }>().json ? jsonOutput() : humanOutput();
      const run = (signal: AbortSignal) => definition.run(value, given, { output, onEvent: eventsTo(output), signal });
      try {
        await (resumes ? interruptible(output, run) : run(new AbortController().signal));
      } catch (error) {
        throw asTyped(error, words);
      }
    });
  };
}

/** An error about an option of the library, in the words of the flag that said it. */
function asTyped(error: unknown, words: Readonly<Record<string, string>>): unknown {
  if (!(error instanceof ArgumentError) || !Object.hasOwn(words, error.argument)) return error;
  return new ArgumentError(words[error.argument]!, error.value, error.expected);
}

/** What a help text ends with. */
export function helpAfter(notes: string | undefined, examples: readonly string[]): string {
  const parts = [...(notes === undefined ? [] : [notes, '']), 'Examples:', ...examples.map((line) => `  ${line}`)];
  return `\n${parts.join('\n')}`;
}

/** The first Ctrl-C aborts, the second ends the process. */
async function interruptible(output: Output, run: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(130);
    output.info('stopping …');
    controller.abort();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    await run(controller.signal);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
