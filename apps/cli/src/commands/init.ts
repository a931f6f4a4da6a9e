import { basename, resolve } from 'node:path';
import { requireOneOf } from '@dyadic/errors';
import { init } from '@dyadic/pipeline';
import type { Command } from 'commander';
import { action, problemOption, problemsOf } from './context.js';

interface Options {
  readonly equation: string;
  readonly name?: string;
  readonly problem?: readonly string[];
}

export function addInit(program: Command): void {
  program
    .command('init')
    .description('write a first dataset.json and experiment.json, with comments')
    .argument('[folder]', 'where they go', '.')
    .option('-e, --equation <name>', 'the problem: nlse, kohn-sham, or one of your own', 'nlse')
    .option('-n, --name <name>', 'of dataset and experiment (default: that of the folder)')
    .addOption(problemOption())
    .addHelpText(
      'after',
      `
Examples:
  dyadic init my-wells && dyadic generate my-wells && dyadic train my-wells && dyadic evaluate my-wells
  dyadic init densities --equation kohn-sham`,
    )
    .action(
      action<Options>(async (folder, options, output) => {
        const problems = await problemsOf(options);
        const equation = requireOneOf('--equation', options.equation, [...problems.keys()]);
        const name = options.name ?? basename(resolve(folder));
        const files = await init(folder, { name, problem: problems.get(equation)! });
        output.result(files.join('\n'), { files });
      }),
    );
}
