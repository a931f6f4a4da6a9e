/**
 * Opt-in: `dyadic-tensorflow-native` in a fresh folder. `@tensorflow/tfjs-node` is installed without its own install step, bound to
 * the TensorFlow of a Python wheel, tried on the conformance suite, and left as it was.
 * `npm run test:tensorflow-native [-- --python PATH]`
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(new URL('../packages/engine-tensorflow', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'dyadic-tfjs-node-'));
const native = (...args) =>
  execFileSync(process.execPath, [join(PACKAGE, 'bin/dyadic-tensorflow-native.js'), ...args], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
  });

try {
  writeFileSync(join(folder, 'package.json'), '{}');
  const options = ['--ignore-scripts', '--no-audit', '--no-fund'];
  execFileSync('npm', ['install', ...options, '@tensorflow/tfjs-node@4.22.0'], { cwd: folder, stdio: 'inherit' });
  const installed = join(folder, 'node_modules/@tensorflow/tfjs-node');
  const before = readdirSync(installed).sort().join(' ');
  native(...process.argv.slice(2));
  await conformance();
  native('--remove');
  const after = readdirSync(installed).sort().join(' ');
  if (after !== before) throw new Error(`left behind: ${after}; there was ${before}`);
  console.log('passed, and undone');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);

async function conformance() {
  const { firstWorking } = await import(`${PACKAGE}/dist/chain.js`);
  const { TensorflowSession } = await import(`${PACKAGE}/dist/session.js`);
  const { checkConformance, conformanceCases } = await import('@dyadic/mnn/conformance');
  const require = createRequire(join(folder, 'package.json'));
  const load = async (name) => (name.startsWith('@tensorflow/tfjs-node') ? require(name) : import(name));
  const { runtime } = await firstWorking(['node'], load);
  const engine = {
    name: 'tensorflow-node',
    description: runtime.detail,
    open: async (network) => new TensorflowSession(runtime, network),
  };
  const cases = conformanceCases('pairs');
  const failures = [];
  for (const conformanceCase of cases) {
    await checkConformance(engine, conformanceCase).catch((error) => failures.push(error.message));
  }
  console.log(`conformance on tfjs-node: ${cases.length - failures.length} of ${cases.length} cases`);
  if (failures.length > 0) throw new Error(failures.join('\n'));
}
