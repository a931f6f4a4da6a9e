/**
 * Writes the two builds of the module and the program of a worker thread as texts. What a package carries in its code
 * needs no file beside it, so every bundler packs it, and it can be compiled at once.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const dist = new URL('../dist/', import.meta.url);

function embed(file, texts) {
  const lines = Object.entries(texts).map(([name, text]) => `export const ${name} = ${JSON.stringify(text)};\n`);
  const types = Object.keys(texts).map((name) => `export declare const ${name}: string;\n`);
  writeFileSync(new URL(`${file}.js`, dist), lines.join(''));
  writeFileSync(new URL(`${file}.d.ts`, dist), types.join(''));
}

const base64 = (file) => readFileSync(new URL(file, dist)).toString('base64');
embed('engine-binaries', { single: base64('engine.wasm'), shared: base64('engine-shared.wasm') });

const bundle = await build({
  entryPoints: [fileURLToPath(new URL('../src/worker.ts', import.meta.url))],
  bundle: true,
  write: false,
  // A plain script: Node runs it as a text, a browser from a blob.
  format: 'iife',
  target: 'es2022',
  minify: true,
});
embed('worker-program', { workerProgram: bundle.outputFiles[0].text });
