/** Asks PyTorch and JAX, on the same device, for the same: steps per second with AdamW. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** @param seconds - After so many for each peer it is given up. */
export function askPeer(python, problem, seconds) {
  const ask = (script) => {
    const path = fileURLToPath(new URL(script, import.meta.url));
    const { stdout, stderr, error } = spawnSync(python, [path], {
      input: `${JSON.stringify(problem)}\n`,
      encoding: 'utf8',
      timeout: 1000 * (seconds + 30),
    });
    // A line for each way that worked before the time was up.
    const lines = (stdout ?? '').split('\n').filter((line) => line.startsWith('{'));
    if (lines.length > 0) return Object.assign({}, ...lines.map((line) => JSON.parse(line)));
    return { failed: error?.message ?? stderr?.trim().split('\n').at(-1) ?? 'it said nothing' };
  };
  return { torch: ask('torch_peer.py'), jax: ask('jax_peer.py') };
}
