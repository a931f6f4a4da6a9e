import { base64, embed } from '../../../scripts/embed.mjs';

const dist = new URL('../dist/', import.meta.url);
embed(dist, 'dense-binary', { denseBinary: base64(dist, 'dense.wasm') });
