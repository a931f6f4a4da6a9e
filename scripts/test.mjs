/**
 * `npm test`: lint, build, type check of the tests, tests of every workspace, then one summary.
 * `npm run test:all` (`--all`): the same, then the long tests (`*.long.test.ts`), then the explorer and the site in a browser.
 * What `npm test` has just run is not run again.
 * The last line reads "N passed, N failed"; the exit code is 0 only if everything passed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { chromiumPath, NO_CHROMIUM } from './browser/chromium.mjs';

/** Each suite is a script of the workspaces, and leaves its results in a file beside it. */
const SUITES = { test: 'test-results.json', 'test:long': 'long-test-results.json' };
const isAll = process.argv.includes('--all');
const suites = isAll ? ['test', 'test:long'] : ['test'];
const runs = suites.flatMap((suite) => workspacesWith(suite).map((workspace) => ({ ...workspace, suite })));
for (const { folder, suite } of runs) rmSync(`${folder}/${SUITES[suite]}`, { force: true });

const tasks = ['//#lint', 'build', '//#types', ...suites];
const turbo = spawnSync(
  'npx',
  ['turbo', 'run', ...tasks, '--continue', '--concurrency=2', '--output-logs=errors-only', '--log-prefix=none'],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  },
);
if (turbo.status !== 0) process.stdout.write(turbo.stdout);

const totals = { passed: 0, failed: 0, skipped: 0 };
for (const { name, folder, suite } of runs) {
  summarize(suite === 'test' ? name : `${name} (long)`, readResults(`${folder}/${SUITES[suite]}`));
}
if (isAll) testInBrowser();
// Lint, build and type errors count as one failure: turbo's exit code knows them.
if (turbo.status !== 0 && totals.failed === 0) totals.failed = 1;
const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
console.log(`${totals.passed} passed, ${totals.failed} failed${skipped}`);
process.exit(totals.failed > 0 ? 1 : 0);

/** Prints what came out of a suite of a workspace, and adds it to the totals. */
function summarize(name, results) {
  const title = name.padEnd(35);
  if (!results) {
    totals.failed++;
    console.log(`${title} no results: it was not run, or did not start`);
    return;
  }
  const { passed, failed, skipped, seconds, failures, reasons } = results;
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped;
  console.log(
    `${title} ${String(passed).padStart(4)} passed ${String(failed).padStart(3)} failed ${seconds.padStart(6)} s`,
  );
  for (const failure of failures) console.log(`  failed: ${failure}`);
  for (const reason of reasons) console.log(`  skipped: ${reason}`);
}

/** Browsers compete with nothing else: how fast the page answers is tested too. */
function testInBrowser() {
  if (!chromiumPath()) {
    totals.skipped++;
    return console.log(`the explorer and the site in a browser: skipped: ${NO_CHROMIUM}`);
  }
  const file = 'apps/explorer/test-results.json';
  rmSync(file, { force: true });
  spawnSync(process.execPath, ['scripts/browser-test.mjs', '--reporter', 'json'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  summarize('@dyadic/explorer (browser)', readResults(file));
}

function workspacesWith(script) {
  const { workspaces: patterns } = JSON.parse(readFileSync('package.json', 'utf8'));
  return patterns
    .flatMap((pattern) => {
      const parent = pattern.replace('/*', '');
      return parent === pattern ? [parent] : readdirSync(parent).map((name) => `${parent}/${name}`);
    })
    .map((folder) => `${folder}/package.json`)
    .filter(existsSync)
    .sort()
    .map((path) => ({ folder: path.slice(0, -'/package.json'.length), ...JSON.parse(readFileSync(path, 'utf8')) }))
    .filter(({ folder, scripts }) => scripts?.[script] || (script === 'test:long' && hasLongTests(folder)));
}

/** A workspace with long tests and no script for them is named as one without results. */
function hasLongTests(folder) {
  return existsSync(`${folder}/test`) && readdirSync(`${folder}/test`).some((name) => name.endsWith('.long.test.ts'));
}

function readResults(path) {
  if (!existsSync(path)) return null;
  const { numPassedTests, numPendingTests, testResults, startTime } = JSON.parse(readFileSync(path, 'utf8'));
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  // A file that fails before its tests has none, or skips them all.
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  );
  const failures = tests.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
  failures.push(...brokenFiles.map(({ name, message }) => `${name}: ${message.split('\n')[0]}`));
  const reasons = tests
    .filter(({ status }) => status === 'skipped' || status === 'pending')
    .map(({ fullName }) => fullName);
  const seconds = ((Math.max(...testResults.map(({ endTime }) => endTime)) - startTime) / 1000).toFixed(1);
  return { passed: numPassedTests, failed: failures.length, skipped: numPendingTests, seconds, failures, reasons };
}
