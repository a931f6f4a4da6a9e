import { expect } from 'vitest';
import type { Run } from './fixtures.js';

type Write = typeof process.stdout.write;

/**
 * Runs the command in this process, which spares each run the second that loading takes. What it prints is kept; its exit
 * code is that which the process would have ended with. One at a time; for what signals and workers do, take `dyadic`.
 */
export async function dyadicHere(...args: string[]): Promise<Run> {
  const { main } = await import('../dist/main.js');
  const printed = { stdout: '', stderr: '' };
  const before = { stdout: process.stdout.write, stderr: process.stderr.write, exitCode: process.exitCode };
  const keep = (stream: 'stdout' | 'stderr'): Write =>
    ((chunk: string | Uint8Array) => {
      printed[stream] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      return true;
    }) as Write;
  process.stdout.write = keep('stdout');
  process.stderr.write = keep('stderr');
  process.exitCode = undefined;
  delete process.env.DYADIC_PROFILE;
  try {
    await main([process.execPath, 'dyadic', ...args]);
    return { code: Number(process.exitCode ?? 0), ...printed };
  } finally {
    process.stdout.write = before.stdout;
    process.stderr.write = before.stderr;
    process.exitCode = before.exitCode;
  }
}

/** That a run ends with one clear message and an exit code, and prints no result. */
export async function expectRefusal(run: Promise<Run>, message: RegExp, expected = 1): Promise<void> {
  const { code, stdout, stderr } = await run;
  expect({ code, stdout, stderr }).toEqual({ code: expected, stdout: '', stderr: expect.stringMatching(message) });
  expect(stderr).not.toMatch(/\n {4}at /); // an explanation, not a stack
}
