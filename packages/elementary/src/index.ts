/**
 * Elementary functions that return the same bits in every JavaScript runtime, within one unit in the last place (`log1p`: two).
 *
 * The language does not specify the last bits of `Math.exp` and similar functions, and Node, Chromium, Deno and Bun differ in them.
 * Addition, subtraction, multiplication, division and `Math.sqrt` follow IEEE 754 everywhere; these functions use nothing else.
 *
 * @packageDocumentation
 */
export { atan } from './arctangent.js';
export { exp } from './exp.js';
export { log } from './log.js';
export { log1p } from './log1p.js';
export { power } from './power.js';
export { square } from './square.js';
export { cos, sin } from './trigonometric.js';
