/**
 * Opt-in: the same samples in every JavaScript runtime that is installed, bit by bit. `npm run test:runtimes -- [path …]`
 *
 * Looks for `node`, `bun`, `deno` and `chromium` on the path, and takes paths of others (another Node) as arguments. Vite bundles
 * `runtimes/samples.mjs` with the packages into one file, each runtime runs it and reports its digests, and all must be those of
 * this Node. A runtime that is not there is printed as skipped, with the reason.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'vite';

const run = promisify(execFile);
const folder = await mkdtemp(join(tmpdir(), 'dyadic-runtimes-'));
await build({
  root: fileURLToPath(new URL('..', import.meta.url)),
  configFile: false,
  logLevel: 'error',
  build: {
    lib: {
      entry: fileURLToPath(new URL('runtimes/samples.mjs', import.meta.url)),
      formats: ['es'],
      fileName: 'samples',
    },
    outDir: folder,
    minify: false,
  },
});
const bundle = join(folder, 'samples.mjs');
await writeFile(bundle, await readFile(join(folder, 'samples.js')).catch(() => readFile(bundle)));
const entry = join(folder, 'entry.mjs');
await writeFile(entry, `import { digests } from './samples.mjs';\nconsole.log(JSON.stringify(digests()));\n`);

/** How each kind of runtime is told to run a file. */
const COMMANDS = {
  node: (file) => [file],
  bun: (file) => ['run', file],
  deno: (file) => ['run', '--quiet', '--no-prompt', file],
};

async function inProcess(path) {
  const kind = Object.keys(COMMANDS).find((name) => basename(path).startsWith(name)) ?? 'node';
  const { stdout: version } = await run(path, ['--version']);
  const { stdout } = await run(path, COMMANDS[kind](entry), { timeout: 300_000, maxBuffer: 2 ** 24 });
  return { version: `${path}, ${version.split('\n')[0]}`, digests: JSON.parse(stdout) };
}

async function inChromium(path) {
  const { stdout: version } = await run(path, ['--version']);
  let report;
  const reported = new Promise((resolve) => (report = resolve));
  const page = `<!doctype html><script type="module">
    const send = (body) => fetch('/result', { method: 'POST', body: JSON.stringify(body) });
    try { send({ digests: (await import('/samples.mjs')).digests() }); } catch (error) { send({ error: String(error?.stack) }); }
  </script>`;
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') {
      let body = '';
      for await (const chunk of request) body += chunk;
      response.end();
      return report(JSON.parse(body));
    }
    const isBundle = request.url === '/samples.mjs';
    response.setHeader('Content-Type', isBundle ? 'text/javascript' : 'text/html');
    return response.end(isBundle ? await readFile(bundle) : page);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    `--user-data-dir=${join(folder, 'profile')}`,
  ];
  const url = `http://127.0.0.1:${server.address().port}/`;
  const browser = spawn(path, [...flags, '--remote-debugging-port=0', url], { stdio: 'ignore' });
  browser.on('error', (error) => report({ error: error.message }));
  const timeout = setTimeout(() => report({ error: 'no answer within 300 s' }), 300_000);
  const found = await reported;
  clearTimeout(timeout);
  browser.kill();
  server.close();
  if (found.error) throw new Error(found.error);
  return { version: version.trim(), digests: found.digests };
}

const { digests } = await import(pathToFileURL(bundle).href);
const expected = digests();
console.log(`node ${process.version}, this one`, expected);
let [passed, failed, skipped] = [0, 0, 0];
for (const path of ['bun', 'deno', 'chromium', ...process.argv.slice(2)]) {
  let found;
  try {
    found = await (basename(path).startsWith('chrom') ? inChromium(path) : inProcess(path));
  } catch (error) {
    const isMissing = error.code === 'ENOENT';
    console.log(isMissing ? `skipped ${path}: not installed` : `FAILED ${path}: ${error.message}`);
    if (isMissing) skipped++;
    else failed++;
    continue;
  }
  const own = Object.keys(expected).filter((name) => !name.startsWith('Math.'));
  const wrong = own.filter((name) => found.digests[name] !== expected[name]);
  const differs = Object.keys(expected).filter(
    (name) => name.startsWith('Math.') && found.digests[name] !== expected[name],
  );
  const remark = differs.length > 0 ? ` (its ${differs.join(', ')} differ from this Node's)` : '';
  console.log(
    wrong.length === 0
      ? `same bits: ${found.version}${remark}`
      : `FAILED ${found.version}: ${wrong.join(', ')}${remark}`,
  );
  if (wrong.length === 0) passed++;
  else failed++;
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
await new Promise((resolve) => setTimeout(resolve, 300));
await rm(folder, { recursive: true, force: true, maxRetries: 5 });
process.exit(failed === 0 ? 0 : 1);
