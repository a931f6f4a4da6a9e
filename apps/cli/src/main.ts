import { createRequire } from 'node:module';
import { DyadicError } from '@dyadic/errors';
import { Command, CommanderError } from 'commander';
import { helpAfter, JSON_FLAG } from './command.js';
import { COMMANDS, REPRODUCTION_COMMANDS } from './commands/index.js';
import { humanOutput, jsonOutput, type Output } from './output/output.js';
import { withAdvice } from './remedies.js';
import { isUsage, usageError } from './usage.js';

export { endWithoutReader } from './output/output.js';

/**
 * Exit codes: 0 done, 1 refused or failed with a clear reason, 2 wrong usage, 70 a bug, 130 stopped on request, 141
 * nobody reads the output any more.
 */
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_BUG = 70;
const EXIT_INTERRUPTED = 130;

const EXAMPLES = [
  'dyadic init my-wells                 write a first dataset.json and experiment.json',
  'dyadic generate datasets/nlse-1d     compute potentials and their ground states',
  'dyadic train apps/nlse-1d            learn the map from one to the other',
  'dyadic evaluate apps/nlse-1d         print the errors, write a page with figures',
  'dyadic inspect datasets/nlse-1d      show what is in the dataset',
];
const REPRODUCTION_EXAMPLES = [
  "dyadic reproduce --table 3           compute a table of the paper, print it beside the paper's numbers",
];

/** Runs the `dyadic` command. Sets the process's exit code; never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  const json = argv.includes('--json');
  const program = new Command('dyadic')
    .description('Ground-state solvers, Arrow datasets and multiscale neural networks: generate, train, evaluate.')
    .version(version())
    .addOption(JSON_FLAG)
    .showHelpAfterError('(dyadic --help shows what there is)')
    .exitOverride()
    .configureOutput(json ? { writeErr: () => {} } : {});
  const reproduces = isInstalled('@dyadic/reproduction');
  for (const add of [...COMMANDS, ...(reproduces ? REPRODUCTION_COMMANDS : [])]) add(program);
  program.addHelpText('after', helpAfter(undefined, [...EXAMPLES, ...(reproduces ? REPRODUCTION_EXAMPLES : [])]));
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    process.exitCode = fail(error, json ? jsonOutput() : humanOutput(), json);
  }
}

/** Whether a package can be imported from here. */
function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** The version of this package. */
function version(): string {
  return createRequire(import.meta.url)('../package.json').version as string;
}

function fail(error: unknown, output: Output, json: boolean): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0; // help or the version, as asked for
    // For people commander has said it already, with a hint.
    if (json) output.error('usage', usageError(error).message);
    return EXIT_USAGE;
  }
  if (error instanceof DyadicError) {
    output.error(error.code, withAdvice(error));
    if (isUsage(error)) return EXIT_USAGE;
    return error.code === 'interrupted' ? EXIT_INTERRUPTED : EXIT_FAILED;
  }
  if (isSystemError(error)) {
    const isLimit = error.code === 'EMFILE' || error.code?.startsWith('ERR_');
    output.error(
      'system',
      `${error.message}${isLimit ? '. Allow more open files, for example with ulimit -n 1024' : ''}`,
    );
    return EXIT_FAILED;
  }
  output.error('bug', `this should not happen; please report it.\n${(error as Error)?.stack ?? String(error)}`);
  return EXIT_BUG;
}

/** Whether the operating system refused something, such as another open file or thread: no bug of this program. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  if (!(error instanceof Error) || !('code' in error)) return false;
  // A module that is loaded late and cannot be opened counts as missing.
  return 'syscall' in error || /^ERR_(WORKER_|MODULE_NOT_FOUND)/.test(String(error.code));
}
