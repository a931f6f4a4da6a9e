/**
 * The epilogue of a product: what is done with a finished sum before it is stored. `assembly/epilogue.ts` imports these
 * numbers, so this file has to be AssemblyScript as well as TypeScript.
 *
 * Every activation of `@dyadic/mnn` except `linear` has two members, named after it: φ on the way forward, and on the way back, with the
 * suffix `Slope`, the product with φ', taken from the activated value that the forward pass stored.
 *
 * `within`, added to any of them, adds what lies where the result goes to the sum first; to `store`, that is `add`.
 */
export enum Epilogue {
  store = 0,
  within = 1,
  add = 1,
  relu = 2,
  reluSlope = 4,
  tanh = 6,
  tanhSlope = 8,
  softplus = 10,
  softplusSlope = 12,
}
