import { declarations as declared, errors, PROBLEM } from '../../../packages/reproduction/test/declarations.js';

export { errors, PROBLEM };

/** Declarations of a table, a figure and a study of other data, and the words of a command that reproduces some of it. */
export async function declarations(changes: Parameters<typeof declared>[0] = {}) {
  const { root, results } = await declared(changes);
  return { root, results, reproduce: (...args: string[]) => ['reproduce', root, '--results', results, ...args] };
}

/** The objects that a run with --json printed. */
export const events = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
