/**
 * Packs, checks and publishes every package: `npm run release -- --dry-run` does everything but the last.
 *
 * Each tarball is checked for what a user needs (license, keywords, Node versions, declarations that every module resolution
 * finds) and for what nobody needs (tests, build state); then all of them are installed in an empty project, where the
 * examples of their READMEs run (`apps/cli/test/packaging.long.test.ts`).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const DRY_RUN = '--dry-run';
const unknown = process.argv.slice(2).filter((word) => word !== DRY_RUN);
if (unknown.length > 0) fail(`unknown: ${unknown.join(' ')}; expected ${DRY_RUN} or nothing`);
const isDryRun = process.argv.includes(DRY_RUN);

const ENTRIES = ['version', 'description', 'license', 'keywords', 'engines', 'sideEffects', 'files'];
/** What a package of ES modules may be told: old CommonJS programs import it, and do not require it. */
const EXPECTED = ['CJSResolvesToESM'];

const packages = await published();
const tarballs = mkdtempSync(join(tmpdir(), 'dyadic-release-'));
try {
  // Built anew, so that nothing is left of modules that have moved.
  for (const { folder } of packages) rmSync(`${folder}/dist`, { recursive: true, force: true });
  run('npx', ['turbo', 'run', 'build', '--output-logs=errors-only']);
  const problems = [];
  for (const one of packages) {
    const found = await problemsOf(one);
    problems.push(...found.map((problem) => `${one.manifest.name}: ${problem}`));
  }
  const versions = new Set(packages.map(({ manifest }) => manifest.version));
  if (versions.size > 1) problems.push(`versions differ: ${[...versions].join(', ')}`);
  if (problems.length > 0) fail(problems.join('\n'));
  console.log('Installing all of them in an empty project, and running their READMEs …');
  run('npx', ['vitest', 'run', '--config', '../../vitest.long.config.ts', 'test/packaging.long.test.ts'], 'apps/cli');
  if (isDryRun) console.log(`Dry run: ${packages.length} packages of version ${[...versions]} could be published.`);
  else publish();
} finally {
  rmSync(tarballs, { recursive: true, force: true });
}

/** The packages that are not private, those first that others need. */
async function published() {
  const folders = [...(await readdir('packages')).sort().map((name) => `packages/${name}`), 'apps/cli'];
  const all = folders
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) }))
    .filter(({ manifest }) => !manifest.private);
  const sorted = [];
  const add = (one) => {
    if (sorted.includes(one)) return;
    const needed = { ...one.manifest.dependencies, ...one.manifest.peerDependencies };
    for (const name of Object.keys(needed)) {
      const other = all.find(({ manifest }) => manifest.name === name);
      if (other) add(other);
    }
    sorted.push(one);
  };
  all.forEach(add);
  return sorted;
}

/** What is wrong with a package, one line each; packs it. */
async function problemsOf({ folder, manifest }) {
  const missing = ENTRIES.filter((entry) => manifest[entry] === undefined).map((entry) => `no entry '${entry}'`);
  const [{ filename, files, size }] = JSON.parse(
    run('npm', ['pack', '--json', '--pack-destination', tarballs], folder),
  );
  const names = files.map(({ path }) => path);
  const absent = ['LICENSE', 'README.md'].filter((name) => !names.includes(name)).map((name) => `no ${name}`);
  const leftovers = names.filter((name) =>
    /(^|\/)(test|node_modules)\/|tsbuildinfo|\.turbo|-results\.json$/.test(name),
  );
  const { messages } = await publint({ pkgDir: folder, strict: true });
  const advice = messages
    .filter(({ code }) => !(code === 'USE_TYPE' || (isDryRun && /REPOSITORY/.test(code))))
    .map((message) => formatMessage(message, manifest));
  const types = manifest.exports ? await typeProblems(join(tarballs, filename)) : [];
  console.log(`${manifest.name.padEnd(28)} ${manifest.version}  ${(size / 1024).toFixed(0).padStart(5)} kB`);
  return [...missing, ...absent, ...leftovers.map((name) => `packs ${name}`), ...advice, ...types];
}

async function typeProblems(tarball) {
  const { problems = [] } = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))));
  return problems
    .filter(({ kind, resolutionKind }) => !EXPECTED.includes(kind) && resolutionKind !== 'node10')
    .filter(({ entrypoint }) => !entrypoint?.endsWith('.wasm'))
    .map(({ kind, entrypoint, resolutionKind }) => `types: ${kind} of ${entrypoint ?? ''} by ${resolutionKind ?? ''}`);
}

function publish() {
  for (const { manifest } of packages) {
    if (!manifest.repository)
      fail(`${manifest.name}: no entry 'repository'; npm pkg set repository=… says where the source is`);
  }
  for (const { folder } of packages) run('npm', ['publish', '--access', 'public'], folder);
}

function run(program, words, cwd = '.') {
  return execFileSync(program, words, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

function fail(message) {
  console.error(`error: ${message}`);
  process.exit(1);
}
