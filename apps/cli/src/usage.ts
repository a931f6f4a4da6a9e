import { ArgumentError, DyadicError } from '@dyadic/errors';
import type { CommanderError } from 'commander';

/** What was typed makes no sense, whatever the files hold. */
export class UsageError extends DyadicError {
  constructor(message: string) {
    super('usage', message);
  }
}

/** Whether an error is that of who typed the command: options are named as they are typed, entries of files are not. */
export function isUsage(error: DyadicError): boolean {
  return error instanceof UsageError || (error instanceof ArgumentError && error.argument.startsWith('--'));
}

/** What commander found wrong, as an error like the others. */
export function usageError({ message }: CommanderError): UsageError {
  return new UsageError(message === '(outputHelp)' ? 'no command is given' : message.replace(/^error: /, ''));
}
