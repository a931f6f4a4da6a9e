import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Gives a task to a peer, a script of `bench/peers`, as one JSON line, and returns what it prints, one or several JSON objects
 * in one; or `{ skipped: reason }` where it cannot run. What the environment says of BLAS kernels is not for the peer.
 *
 * @param timeout - Seconds after which it is given up, with what it has printed until then.
 */
export function askPeer(python, script, task, { environment = {}, timeout } = {}) {
  const { OPENBLAS_CORETYPE: _, OPENBLAS_L2_SIZE: __, ...env } = process.env;
  const path = fileURLToPath(new URL(`./peers/${script}`, import.meta.url));
  const { stdout, stderr, error } = spawnSync(python, [path], {
    input: `${JSON.stringify(task)}\n`,
    env: { ...env, ...environment },
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    ...(timeout && { timeout: 1000 * timeout }),
  });
  const lines = (stdout ?? '').split('\n').filter((line) => line.startsWith('{'));
  if (lines.length > 0) return Object.assign({}, ...lines.map((line) => JSON.parse(line)));
  return { skipped: error?.message ?? stderr.trim().split('\n').at(-1) };
}

const DEVICE_WAYS = ['eager', 'graph', 'compiled', 'jitted'];

/**
 * Steps per second of PyTorch (`eager`, as a CUDA `graph`, `compiled`) and JAX (`jitted`) with AdamW, by way; `skipped` says what
 * did not run.
 *
 * @param ways - Those that are wanted; default all. @param timeout - Seconds for each script.
 */
export function devicePeers(python, network, { batch, seconds, ways = DEVICE_WAYS, timeout = seconds + 60 }) {
  const task = { dimension: 1, ...network, batch, seconds, ways };
  const rates = {};
  const skipped = {};
  for (const [peer, script] of [
    ['PyTorch', 'torch_steps.py'],
    ['JAX', 'jax_steps.py'],
  ]) {
    if (script === 'jax_steps.py' && !ways.includes('jitted')) continue;
    const { version, device: _, skipped: reason, ...measured } = askPeer(python, script, task, { timeout });
    if (reason) skipped[peer] = reason;
    for (const [way, rate] of Object.entries(measured)) {
      if (typeof rate === 'number') rates[`${peer} ${version}, ${way}`] = rate;
      else skipped[`${peer} ${version}, ${way}`] = rate;
    }
  }
  return { rates, skipped };
}
