/**
 * Writes texts as a module in a package's `dist`, with its declarations. What a package carries in its code needs no file
 * beside it: every bundler packs it, and WebAssembly can be compiled at once.
 */
import { readFileSync, writeFileSync } from 'node:fs';

/** @param dist - URL of the folder; @param texts - the module's exports, by name */
export function embed(dist, module, texts) {
  const lines = Object.entries(texts).map(([name, text]) => `export const ${name} = ${JSON.stringify(text)};\n`);
  const types = Object.keys(texts).map((name) => `export declare const ${name}: string;\n`);
  writeFileSync(new URL(`${module}.js`, dist), lines.join(''));
  writeFileSync(new URL(`${module}.d.ts`, dist), types.join(''));
}

/** A file of the folder as text. */
export function base64(dist, file) {
  return readFileSync(new URL(file, dist)).toString('base64');
}
