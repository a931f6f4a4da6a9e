/**
 * `node --import` this file: whatever imports `@dyadic/elementary` gets the runtime's own functions instead. So a solver's
 * numbers can be compared with those of other arithmetic, which is right to a last bit too.
 */
import { register } from 'node:module';

const functions = `
  export const { atan, exp, log, log1p, sin, cos } = Math;
  export const power = (x, n) => x ** n;
  export const square = (x) => x ** 2;`;
const hook = `
  export const resolve = (name, context, next) => name === '@dyadic/elementary'
    ? { url: ${JSON.stringify(`data:text/javascript,${encodeURIComponent(functions)}`)}, shortCircuit: true }
    : next(name, context);`;

register(`data:text/javascript,${encodeURIComponent(hook)}`);
