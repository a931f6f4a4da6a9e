/** Writes the module as a string, so that it can be compiled at once and needs no file in a browser. */
import { readFileSync, writeFileSync } from 'node:fs';

const dist = new URL('../dist/', import.meta.url);
const text = readFileSync(new URL('dense.wasm', dist)).toString('base64');
writeFileSync(new URL('dense-binary.js', dist), `export const denseBinary = '${text}';\n`);
writeFileSync(new URL('dense-binary.d.ts', dist), 'export declare const denseBinary: string;\n');
