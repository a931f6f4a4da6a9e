/** Writes the module as a string, so that it can be compiled at once and needs no file in a browser. */
import { readFileSync, writeFileSync } from 'node:fs';

const dist = new URL('../dist/', import.meta.url);
const text = readFileSync(new URL('panels.wasm', dist)).toString('base64');
writeFileSync(new URL('panels-binary.js', dist), `export const panelsBinary = '${text}';\n`);
writeFileSync(new URL('panels-binary.d.ts', dist), 'export declare const panelsBinary: string;\n');
