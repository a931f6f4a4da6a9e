/**
 * Elementary functions with the same bits in every JavaScript runtime, within one unit in the last place, `log1p` two.
 *
 * The language leaves the last bits of `Math.exp` and its like open, and Node, Chromium, Deno and Bun differ in them. Addition,
 * subtraction, multiplication, division and `Math.sqrt` are those of IEEE 754 everywhere, and these functions use nothing else.
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
