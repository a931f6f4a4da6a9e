/** The activations in WGSL, written from their formulas in `@dyadic/mnn`. */
import { ACTIVATION_FUNCTIONS, ACTIVATIONS, type Activation, type Arithmetic } from '@dyadic/mnn';

/** Formulas as WGSL, with the elementary functions of `functions.ts`. */
const WGSL: Arithmetic<string> = {
  constant: (value) => `f32(${value})`,
  add: (x, y) => `(${x} + ${y})`,
  subtract: (x, y) => `(${x} - ${y})`,
  multiply: (x, y) => `(${x} * ${y})`,
  divide: (x, y) => `(${x} / ${y})`,
  negate: (x) => `(-${x})`,
  positivePart: (x) => `positivePart(${x})`,
  step: (x) => `heaviside(${x})`,
  sqrt: (x) => `sqrt(${x})`,
  tanh: (x) => `hyperbolicTangent(${x})`,
  softplus: (x) => `softplus(${x})`,
  expm1: (x) => `exponentialMinusOne(${x})`,
};

/** The number by which shaders know an activation: its place in the table of `@dyadic/mnn`. */
export const activationNumber = (activation: Activation): number => ACTIVATIONS.indexOf(activation);

/** A function of an activation's number and x, a case each. */
function switchOf(name: string, part: 'value' | 'slope'): string {
  const cases = ACTIVATIONS.map(
    (activation) =>
      `    case ${activationNumber(activation)}u: { return ${ACTIVATION_FUNCTIONS[activation][part](WGSL, 'x')}; }`,
  );
  return `fn ${name}(activation: u32, x: f32) -> f32 {
  switch activation {
${cases.join('\n')}
    default: { return x; }
  }
}
`;
}

export const ACTIVATION_SHADERS = /* wgsl */ `
${switchOf('activated', 'value')}
// φ'(z) as a function of a = φ(z).
${switchOf('slope', 'slope')}`;
