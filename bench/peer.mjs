import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Gives a task to a peer, a script of `bench/peers`, as one JSON line, and returns what it prints last; or
 * `{ skipped: reason }` where it cannot run. What the environment says of BLAS kernels is not for the peer.
 */
export function askPeer(python, script, task, environment = {}) {
  const { OPENBLAS_CORETYPE: _, OPENBLAS_L2_SIZE: __, ...env } = process.env;
  const path = fileURLToPath(new URL(`./peers/${script}`, import.meta.url));
  const { stdout, stderr, status, error } = spawnSync(python, [path], {
    input: `${JSON.stringify(task)}\n`,
    env: { ...env, ...environment },
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status === 0) return JSON.parse(stdout.trim().split('\n').at(-1));
  return { skipped: error?.message ?? stderr.trim().split('\n').at(-1) };
}
