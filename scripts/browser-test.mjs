/**
 * Opt-in: the wasm engine in a headless Chromium, on one thread and, on a cross-origin-isolated page, on two. Loss and
 * gradient must have the bits that Node computes. `npm run build && node scripts/browser-test.mjs [path of chromium]`
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CHROMIUM = process.argv[2] ?? 'chromium';
const PACKAGES = ['errors', 'random', 'mnn', 'engine-wasm'];
const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.html': 'text/html' };

/** What both sides run; returns the description and a digest of loss, gradient and prediction. */
async function compute({ mnn, initialParameters }, { wasmEngine }, threads) {
  const network = mnn({ points: 64, levels: 4, channels: 3, kernelLayers: 2, activation: 'tanh' });
  const count = 21;
  const inputs = Float32Array.from({ length: count * 64 }, (_, i) => ((i * 7919) % 1009) / 504.5 - 1);
  const targets = inputs.map((x, i) => x * inputs[(i * 31) % inputs.length]);
  const weights = new Float32Array(count).fill(1 / 32);
  const engine = await wasmEngine({ threads });
  const session = await engine.open(network);
  const parameters = initialParameters(network, 5);
  const gradient = new Float32Array(network.parameterCount);
  const samples = session.load({ count, inputs, targets, weights });
  const indices = Uint32Array.from({ length: count }, (_, i) => i);
  const loss = await session.lossAndGradient(parameters, samples, indices, gradient);
  const output = await session.predict(parameters, inputs.slice(0, 64));
  session.close();
  const bits = new Uint32Array(Float32Array.from([loss, ...gradient, ...output]).buffer);
  return {
    description: engine.description,
    digest: bits.reduce((hash, word) => Math.imul(hash ^ word, 16777619), 2166136261),
  };
}

const imports = Object.fromEntries(PACKAGES.map((name) => [`@dyadic/${name}`, `/packages/${name}/dist/index.js`]));
const page = `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script><script type="module">
${compute.toString()}
try {
  const [mnn, engine] = await Promise.all([import('@dyadic/mnn'), import('@dyadic/engine-wasm')]);
  const results = [await compute(mnn, engine, 1), await compute(mnn, engine, 2)];
  await fetch('/result', { method: 'POST', body: JSON.stringify({ isolated: crossOriginIsolated, results }) });
} catch (error) {
  await fetch('/result', { method: 'POST', body: JSON.stringify({ error: String(error?.stack ?? error) }) });
}
</script>`;

let report;
const reported = new Promise((resolve) => (report = resolve));
const server = createServer(async (request, response) => {
  if (request.method === 'POST') {
    let body = '';
    for await (const chunk of request) body += chunk;
    response.end();
    report(JSON.parse(body));
    return;
  }
  const path = normalize(new URL(request.url, 'http://localhost').pathname);
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
  response.setHeader('Content-Type', TYPES[extname(path)] ?? 'text/html');
  if (path === '/') return response.end(page);
  const served = PACKAGES.some((name) => path.startsWith(`/packages/${name}/dist/`));
  const content = served ? await readFile(join(ROOT, path)).catch(() => null) : null;
  response.writeHead(content ? 200 : 404).end(content);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

const profile = await mkdtemp(join(tmpdir(), 'dyadic-browser-'));
const url = `http://127.0.0.1:${server.address().port}/`;
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-sync',
];
const browser = spawn(CHROMIUM, [...flags, `--user-data-dir=${profile}`, '--remote-debugging-port=0', url], {
  stdio: 'ignore',
});
browser.on('error', (error) => report({ error: `${CHROMIUM}: ${error.message}` }));
const timeout = setTimeout(() => report({ error: 'no answer within 60 s' }), 60_000);
const found = await reported;
clearTimeout(timeout);
browser.kill();
server.close();

const [mnn, engine] = await Promise.all([import('@dyadic/mnn'), import('@dyadic/engine-wasm')]);
const expected = await compute(mnn, engine, 1);
console.log('node:   ', expected);
console.log('browser:', found);
const same = found.results?.every(({ digest }) => digest === expected.digest) ?? false;
console.log(same ? '1 passed, 0 failed' : '0 passed, 1 failed');
await new Promise((resolve) => setTimeout(resolve, 300));
await rm(profile, { recursive: true, force: true, maxRetries: 5 });
process.exit(same ? 0 : 1);
