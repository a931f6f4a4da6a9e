/**
 * Opt-in (`npm run test:bundlers`): the packages in a browser, as a user gets them. Their tarballs are installed in an
 * empty project, whose page is built by Vite, webpack and esbuild as they come, and served by Vite's development server;
 * Chromium opens each, isolated (threads) and not. What it computes must be what Node computes with the same tarballs: the
 * training, its checkpoint and the predictions to the last bit. Prints the sizes of the bundles that the READMEs name.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { chromiumPath, launchChromium, NO_CHROMIUM } from './browser/chromium.mjs';
import { ISOLATION, serve } from './browser/serve.mjs';

if (!chromiumPath()) {
  console.log(`0 passed, 0 failed, 1 skipped: ${NO_CHROMIUM}`);
  process.exit(0);
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Those that a page has a use for, in the order in which they stand on each other. */
const PACKAGES = [
  'elementary',
  'errors',
  'random',
  'spectral',
  'potentials',
  'nlse',
  'kohn-sham',
  'dataset',
  'mnn',
  'engine-wasm',
  'training',
];
const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const BUNDLERS = ['vite', 'webpack', 'esbuild'];

const project = mkdtempSync(join(tmpdir(), 'dyadic-bundlers-'));
const require = createRequire(join(project, 'package.json'));
/** What is run at the end, whatever happened. */
const endings = [() => rmSync(project, { recursive: true, force: true })];
const results = [];

try {
  install();
  const { probe } = await import(pathToFileURL(join(project, 'probe.js')).href);
  const expected = await probe();
  const browser = await launchChromium();
  endings.unshift(() => browser.close());
  const check = async (name, url, isolated) => {
    const found = await opened(browser, url);
    const difference = firstDifference(expected, found, isolated);
    results.push(difference);
    console.log(`${difference ? 'failed' : 'passed'} ${name}${difference ? `: ${difference}` : ''}`);
  };

  for (const [name, build] of Object.entries({ vite: withVite, webpack: withWebpack, esbuild: withEsbuild })) {
    const folder = join(project, `dist-${name}`);
    await build(folder);
    const server = await serve(folder);
    endings.unshift(server.stop);
    await check(`${name} ${require(`${name}/package.json`).version}, built`, server.url, true);
  }
  const development = await viteServer(ISOLATION);
  await check('vite, development', development, true);
  await check('vite, development, no shared memory', await viteServer({}), false);
  await printSizes();
} finally {
  for (const end of endings) await end();
}
const failed = results.filter((difference) => difference !== undefined).length;
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);

/** An empty project with the tarballs and the bundlers. */
function install() {
  const tarballs = join(project, 'tarballs');
  mkdirSync(tarballs);
  const folders = PACKAGES.map((name) => join(ROOT, 'packages', name));
  npm('pack', '--silent', '--pack-destination', tarballs, ...folders);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'plain', private: true, type: 'module' }));
  const files = readdirSync(tarballs).map((name) => join(tarballs, name));
  const bundlers = BUNDLERS.map((name) => `${name}@${devDependencies[name]}`);
  npm('install', '--prefer-offline', '--no-audit', '--no-fund', '--silent', '--prefix', project, ...files, ...bundlers);
  cpSync(join(ROOT, 'scripts/bundlers/probe.js'), join(project, 'probe.js'));
  writeFileSync(
    join(project, 'main.js'),
    `import { probe } from './probe.js';
probe().then((result) => (globalThis.result = result), (error) => (globalThis.result = String(error?.stack ?? error)));`,
  );
  writeFileSync(join(project, 'index.html'), page('/main.js'));
}

function npm(...words) {
  execFileSync('npm', words, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
}

function page(script) {
  return `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`;
}

async function withVite(outDir) {
  const { build } = await import(pathToFileURL(join(project, 'node_modules/vite/dist/node/index.js')).href);
  await build({ root: project, logLevel: 'warn', build: { outDir } });
}

async function withWebpack(path) {
  const webpack = require('webpack');
  const options = { context: project, mode: 'production', entry: './main.js', output: { path, filename: 'main.js' } };
  await new Promise((resolve, reject) =>
    webpack({ ...options, performance: false }, (error, stats) => {
      if (error ?? stats.hasErrors()) reject(error ?? new Error(stats.toString('errors-only')));
      else if (stats.hasWarnings()) reject(new Error(stats.toString('errors-warnings')));
      else resolve();
    }),
  );
  writeFileSync(join(path, 'index.html'), page('main.js'));
}

async function withEsbuild(outdir) {
  await bundled({ entryPoints: [join(project, 'main.js')], outdir, write: true });
  writeFileSync(join(outdir, 'index.html'), page('main.js'));
}

/** esbuild as it comes, for browsers. */
async function bundled(options) {
  const { build } = require('esbuild');
  const result = await build({ bundle: true, minify: true, format: 'esm', absWorkingDir: project, ...options });
  if (result.warnings.length > 0) throw new Error(result.warnings.map(({ text }) => text).join('\n'));
  return result;
}

async function viteServer(headers) {
  const { createServer } = await import(pathToFileURL(join(project, 'node_modules/vite/dist/node/index.js')).href);
  const server = await createServer({ root: project, logLevel: 'warn', server: { headers } });
  endings.unshift(() => server.close());
  await server.listen();
  return server.resolvedUrls.local[0];
}

/** What a page computed. */
async function opened(browser, url) {
  const tab = await browser.newPage();
  const complaints = [];
  tab.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  tab.on('pageerror', (error) => complaints.push(error.message));
  try {
    await tab.goto(url);
    await tab.waitForFunction(() => globalThis.result !== undefined, null, { timeout: 120_000 });
    const result = await tab.evaluate(() => globalThis.result);
    return complaints.length > 0 ? complaints.join('; ') : result;
  } catch (error) {
    return [error.message, ...complaints].join('; ');
  } finally {
    await tab.close();
  }
}

/** In words; undefined where there is none. Energies may differ by rounding: engines for JavaScript have their own exp. */
function firstDifference(expected, found, isolated) {
  if (typeof found === 'string') return found;
  for (const name of ['random', 'statuses']) if (found[name] !== expected[name]) return `${name}: ${found[name]}`;
  if (found.crowded.status !== expected.crowded.status) return `18 electrons: ${found.crowded.status}`;
  const [energy, gap] = [found.energy / expected.energy, found.crowded.gap / expected.crowded.gap];
  if (!(Math.abs(energy - 1) < 1e-12) || !(Math.abs(gap - 1) < 1e-8))
    return `energy, gap: ${found.energy}, ${found.gap}`;
  for (const [i, { engine, ...numbers }] of found.trainings.entries()) {
    const wanted = isolated || i === 0 ? `wasm (SIMD, ${i === 0 ? '1 thread' : '2 threads'})` : 'no shared memory here';
    if (!engine.includes(wanted)) return `engine: ${engine}; expected ${wanted}`;
    for (const [name, value] of Object.entries(numbers)) {
      if (value !== expected.trainings[i][name]) return `${name} with ${engine}: ${value}`;
    }
  }
  return undefined;
}

/** What a page loads for one thing alone, by esbuild: minified, and compressed as servers send it. */
async function printSizes() {
  const uses = {
    'solve (nlse)': "export { groundState } from '@dyadic/nlse'; export { periodicGrid } from '@dyadic/spectral';",
    'solve (kohn-sham)':
      "export { kohnShamMap } from '@dyadic/kohn-sham'; export { periodicGrid } from '@dyadic/spectral';",
    predict: "export { loadModel } from '@dyadic/training';",
    train:
      "export { mnn } from '@dyadic/mnn'; export { wasmEngine } from '@dyadic/engine-wasm'; export { train } from '@dyadic/training';",
    'all of the above': "export * from './probe.js';",
  };
  for (const [use, contents] of Object.entries(uses)) {
    const { outputFiles } = await bundled({ stdin: { contents, resolveDir: project }, write: false });
    const code = outputFiles[0].contents;
    const kilobytes = (bytes) => `${(bytes / 1000).toFixed(0).padStart(4)} kB`;
    console.log(
      `${use.padEnd(18)} ${kilobytes(code.length)}, compressed ${kilobytes(gzipSync(code, { level: 9 }).length)}`,
    );
  }
}
