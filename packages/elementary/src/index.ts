/**
 * Elementary functions with the same bits in every JavaScript runtime, within one unit in the last place.
 *
 * The language leaves the last bits of `Math.exp` and its like open, and Node, Chromium, Deno and Bun differ in them. Addition,
 * subtraction, multiplication, division and `Math.sqrt` are those of IEEE 754 everywhere, and these functions use nothing else.
 *
 * @packageDocumentation
 */
export { exp } from './exp.js';
export { log } from './log.js';
export { power } from './power.js';
export { square } from './square.js';
export { cos, sin } from './trigonometric.js';
