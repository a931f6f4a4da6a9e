/**
 * Counter-based random number streams: the only source of randomness in Dyadic.
 *
 * @packageDocumentation
 */
export { philox4x32 } from './philox.js';
export { RandomStream, randomStream } from './stream.js';
