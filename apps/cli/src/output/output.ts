import { createBar, createLines, type Progress } from './progress.js';

/** How a command talks: to a person at a terminal, to a log, or to a program. Results go to stdout, the rest to stderr. */
export interface Output {
  /** A line for people. */
  info(line: string): void;
  /** Something that went other than hoped, but not wrong. */
  warn(line: string): void;
  /** The outcome of the command: `text` for people, `data` for programs. */
  result(text: string, data: object): void;
  /** Progress of `total` pieces of work called `unit`. */
  progress(title: string, total: number, unit: string): Progress;
  error(code: string, message: string): void;
}

/** 128 + SIGPIPE, with which Unix tools end. */
const EXIT_NO_READER = 141;

/** Ends the process without a word when nobody reads its output any more, as in `dyadic … | head -1`. */
export function endWithoutReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit(EXIT_NO_READER);
    });
  }
}

export function humanOutput(): Output {
  const terminal = process.stderr.isTTY === true;
  return {
    info: (line) => process.stderr.write(`${line}\n`),
    warn: (line) => process.stderr.write(`note: ${line}\n`),
    result: (text) => process.stdout.write(`${text}\n`),
    progress: (title, total, unit) => (terminal ? createBar : createLines)(title, total, unit),
    error: (_code, message) => process.stderr.write(`error: ${message}\n`),
  };
}

/** One JSON object a line, all on stdout; `event` says which kind. */
export function jsonOutput(): Output {
  const write = (event: string, data: object) => process.stdout.write(`${JSON.stringify({ event, ...data })}\n`);
  return {
    info: (message) => write('info', { message }),
    warn: (message) => write('warning', { message }),
    result: (_text, data) => write('result', data),
    progress: (title, total, unit) =>
      createLines(title, total, unit, (report) => write('progress', { title, unit, ...report })),
    error: (code, message) => write('error', { code, message }),
  };
}
