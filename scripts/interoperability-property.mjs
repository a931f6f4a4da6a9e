/**
 * Whether everything that numpy, h5py, scipy, pyarrow, pandas and Polars write is read back exactly or refused by name:
 * the last part of `npm run test:interoperability -- [python] [arrays] [seed]`.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataError } from '@dyadic/errors';
import { openForeign } from '@dyadic/interchange';

/** Lets the clients write `arrays` random arrays into a folder, and compares every number. Returns the number of failures. */
export async function checkProperty(python, folder, arrays, seed) {
  const script = fileURLToPath(new URL('./interoperability-property.py', import.meta.url));
  const { status, stdout } = spawnSync(python, [script, folder, String(arrays), String(seed)], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`interoperability-property.py failed with ${status}`);
  const counts = { exact: 0, refused: 0, declined: 0 };
  const clients = {};
  const failures = [];
  for (const line of stdout.trim().split('\n')) {
    const { path, client, arrays: expected } = JSON.parse(line);
    for (const [name, right] of Object.entries(expected)) {
      clients[client] = (clients[client] ?? 0) + 1;
      const outcome = await outcomeOf(path, name, right).catch((error) => `throws ${error.stack}`);
      if (Object.hasOwn(counts, outcome)) counts[outcome]++;
      else failures.push(`${client}, ${basename(path)}, '${name}': ${outcome}`);
    }
  }
  for (const failure of failures.slice(0, 20)) console.log(failure);
  const by = Object.entries(clients).map(([client, count]) => `${client} ${count}`);
  console.log(
    `random arrays of seed ${seed} (${by.join(', ')}): ${counts.exact} exact, ${counts.refused} rightly refused, ` +
      `${counts.declined} of types that are declined by name, ${failures.length} wrong`,
  );
  return failures.length;
}

/** `exact`, `refused` (it has to be), `declined` (it may be), or what is wrong. */
async function outcomeOf(path, name, { shape, sha256, may }) {
  let file;
  try {
    file = await openForeign(path);
    const array = file.array(name);
    const values = await array.read(0, array.shape[0] ?? 0);
    if (sha256 === null) return `is read, and has a value that is no finite number`;
    if (shape && shape.join() !== array.shape.join()) return `has shape ${array.shape}; expected ${shape}`;
    const hash = createHash('sha256')
      .update(new Uint8Array(Float64Array.from(values).buffer))
      .digest('hex');
    return hash === sha256 ? 'exact' : 'has other numbers';
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    const isNamed =
      error.message.startsWith(path) && (error.message.includes(`'${name}'`) || /line \d+/.test(error.message));
    if (!isNamed) return `is refused without its name: ${error.message}`;
    if (sha256 === null) return 'refused';
    return may ? 'declined' : `is refused: ${error.message}`;
  } finally {
    await file?.close();
  }
}
