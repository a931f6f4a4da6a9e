import type { DyadicError, Remedy } from '@dyadic/errors';

/** What the command advises for each remedy. */
const ADVICE: { readonly [Code in Remedy['code']]: (remedy: Extract<Remedy, { code: Code }>) => string } = {
  generate: ({ folder, profile }) => `Run: dyadic generate ${folder} --profile ${profile}`,
  'generate-parts': () => 'Compute the missing parts with: dyadic generate --shard k/n',
  repair: ({ generator = '' }) => {
    const maker = { import: 'import', 'dyadic predict': 'predict' }[generator];
    return maker === undefined
      ? 'Rerun the dyadic generate that made it with --repair: it recomputes damaged shards'
      : `Rerun the dyadic ${maker} that made it with --repair: it rewrites damaged shards`;
  },
  train: ({ folder, profile }) => `Run: dyadic train ${folder} --profile ${profile}`,
  'train-anew': () => 'Train with --fresh to start over, or into another folder with --out',
  'name-problem': () => 'A problem of your own is named with --problem <module>, or in dyadic.config.mjs',
  'name-arrays': () => 'Say which: --input <array> --output <array> [--column <array>]',
  'name-array': () => 'Say which is meant: --array <name>',
  'samples-axis': () => 'Say --samples-axis first, last or its number',
  'axis-order': () => 'Say --axes reversed (written by MATLAB, Julia or Fortran) or --axes kept (by Python or C)',
  header: () => 'Say --header yes if that names the columns, --header no if it is a sample',
  resume: () => 'The same command resumes from there',
};

/** The message of an error, with the advice that goes with it. */
export function withAdvice({ message, remedy }: DyadicError): string {
  if (!remedy) return message;
  const advise = ADVICE[remedy.code] as (remedy: Remedy) => string;
  return `${message}. ${advise(remedy)}`;
}
