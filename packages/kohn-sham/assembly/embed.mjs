import { base64, embed } from '../../../scripts/embed.mjs';

const dist = new URL('../dist/', import.meta.url);
embed(dist, 'panels-binary', { panelsBinary: base64(dist, 'panels.wasm') });
