/**
 * The epilogue of a product: what is done with a finished sum before it is stored. `assembly/epilogue.ts` imports these
 * numbers, so this file has to be AssemblyScript as well as TypeScript.
 *
 * Every activation of `@dyadic/mnn` except `linear` has two members, named after it: φ on the way forward, and on the way back, with the
 * suffix `Slope`, the product with φ', taken from the activated value that the forward pass stored.
 *
 * `add`, by itself or on top of any other, first adds to the sum what lies where the result goes.
 */
export enum Epilogue {
  store = 0,
  add = 1,
  relu = 2,
  reluSlope = 4,
  tanh = 6,
  tanhSlope = 8,
  softplus = 10,
  softplusSlope = 12,
  squareplus = 14,
  squareplusSlope = 16,
}
