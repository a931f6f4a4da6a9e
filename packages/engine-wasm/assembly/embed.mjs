/** Embeds the two builds of the module and the program of a worker thread. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { base64, embed } from '../../../scripts/embed.mjs';

const dist = new URL('../dist/', import.meta.url);
embed(dist, 'engine-binaries', { single: base64(dist, 'engine.wasm'), shared: base64(dist, 'engine-shared.wasm') });

const bundle = await build({
  entryPoints: [fileURLToPath(new URL('../src/worker.ts', import.meta.url))],
  bundle: true,
  write: false,
  // A plain script: Node runs it as a text, a browser from a blob.
  format: 'iife',
  target: 'es2022',
  minify: true,
});
embed(dist, 'worker-program', { workerProgram: bundle.outputFiles[0].text });
