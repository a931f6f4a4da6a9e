import { basename, resolve } from 'node:path';
import { requireOneOf } from '@dyadic/errors';
import { init } from '@dyadic/pipeline';
import { defineCommand } from '../command.js';
import { flag, PROBLEM, type ProblemFlag, problemsOf } from '../flags.js';

interface Flags extends ProblemFlag {
  readonly equation: string;
  readonly name?: string;
}

export const addInit = defineCommand<Flags>({
  name: 'init',
  summary: 'write a first dataset.json and experiment.json, with comments',
  argument: { syntax: '[folder]', meaning: 'where they go', default: '.' },
  flags: [
    flag('-e, --equation <name>', 'the problem: nlse, kohn-sham, or one of your own', 'nlse'),
    flag('-n, --name <name>', 'of dataset and experiment (default: that of the folder)'),
    PROBLEM,
  ],
  examples: [
    'dyadic init my-wells && dyadic generate my-wells && dyadic train my-wells && dyadic evaluate my-wells',
    'dyadic init densities --equation kohn-sham',
  ],
  async run(folder, flags, { output }) {
    const problems = await problemsOf(flags);
    const equation = requireOneOf('--equation', flags.equation, [...problems.keys()]);
    const name = flags.name ?? basename(resolve(folder));
    const files = await init(folder, { name, problem: problems.get(equation)! });
    output.result(files.join('\n'), { files });
  },
});
