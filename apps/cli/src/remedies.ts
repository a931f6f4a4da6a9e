import type { DyadicError, Remedy } from '@dyadic/errors';

/** What the command advises for each remedy. */
const ADVICE: { readonly [Code in Remedy['code']]: (remedy: Extract<Remedy, { code: Code }>) => string } = {
  generate: ({ folder, profile }) => `Run: dyadic generate ${folder} --profile ${profile}`,
  'generate-parts': () => 'Compute the missing parts with: dyadic generate --shard k/n',
  repair: () => 'dyadic generate --repair, with the recipe that made it, computes damaged shards again',
  train: ({ folder, profile }) => `Run: dyadic train ${folder} --profile ${profile}`,
  'name-problem': () => 'A problem of your own is named with --problem <module>, or in dyadic.config.mjs',
  'samples-axis': () => 'Say --samples-axis first or --samples-axis last',
  resume: () => 'The same command resumes from there',
};

/** The message of an error, with the advice that goes with it. */
export function withAdvice({ message, remedy }: DyadicError): string {
  if (!remedy) return message;
  const advise = ADVICE[remedy.code] as (remedy: Remedy) => string;
  return `${message}. ${advise(remedy)}`;
}
