import { exp, log1p } from '@dyadic/elementary';
import { requireInteger, requireKnownOptions, requireOneOf, requirePositive } from '@dyadic/errors';

/** How electrons spread over orbitals around the chemical potential μ: f((ε − μ)/T) of an orbital is occupied. */
export interface Occupations {
  /** k_B T or the width of the smearing, in units of energy. */
  readonly temperature: number;
  /** Default `fermi-dirac`, the physical one; the others are smearings whose free energy is nearer to that of T = 0. */
  readonly kind?: 'fermi-dirac' | 'gaussian' | 'methfessel-paxton';
  /** Order of Methfessel and Paxton; default 1. */
  readonly order?: number;
}

/** Fills in the defaults. @throws ArgumentError */
export function completeOccupations(occupations: Occupations): Required<Occupations> {
  const name = 'options.occupations';
  requireKnownOptions(name, occupations, ['temperature', 'kind', 'order']);
  const kinds = ['fermi-dirac', 'gaussian', 'methfessel-paxton'] as const;
  return {
    temperature: requirePositive(`${name}.temperature`, occupations.temperature),
    kind: requireOneOf<(typeof kinds)[number]>(`${name}.kind`, occupations.kind ?? 'fermi-dirac', kinds),
    order: requireInteger(`${name}.order`, occupations.order ?? 1, { min: 1, max: 10 }),
  };
}

/** f(x), its entropy s(x) with s′ = x f′, and −f′(x), at x = (ε − μ)/T. */
export interface Occupation {
  readonly f: number;
  readonly s: number;
  readonly slope: number;
}

/** Beyond this |x| everything is 0 or 1 to the last bit. */
const FAR = 40;

/**
 * The occupation of an orbital. Because s′ = x f′, the free energy F = Σ f_i ε_i − T Σ s_i changes with the levels by
 * ∂F/∂ε_i = f_i at a fixed number of electrons.
 *
 * Fermi-Dirac: f = 1/(1 + eˣ), s = −f ln f − (1 − f) ln (1 − f). Gaussian: f = ½ erfc x, s = exp(−x²)/(2√π). Methfessel
 * and Paxton (Phys. Rev. B 40, 1989) of order N, with A_n = (−1)ⁿ/(n! 4ⁿ √π) and Hermite's polynomials H:
 * f = ½ erfc x + Σ_{n=1}^N A_n H_{2n−1}(x) exp(−x²), s = ½ A_N H_{2N}(x) exp(−x²).
 */
export function occupation({ kind, order }: Required<Occupations>, x: number): Occupation {
  if (Math.abs(x) > FAR) return { f: x > 0 ? 0 : 1, s: 0, slope: 0 };
  if (kind === 'fermi-dirac') {
    const small = exp(-Math.abs(x)); // of the rarer: the occupied above μ, the empty below
    const rare = small / (1 + small);
    const s = rare * (Math.abs(x) + log1p(small)) + (1 - rare) * log1p(small);
    return { f: x > 0 ? rare : 1 - rare, s, slope: rare * (1 - rare) };
  }
  return hermiteSmearing(kind === 'gaussian' ? 0 : order, x);
}

function hermiteSmearing(order: number, x: number): Occupation {
  const gauss = exp(-x * x);
  let coefficient = 1 / Math.sqrt(Math.PI); // A_n
  let [even, odd] = [1, 2 * x]; // H_{2n}, H_{2n+1}
  let f = 0.5 * complementaryErrorFunction(x);
  let slope = coefficient * gauss;
  for (let n = 1; n <= order; n++) {
    coefficient *= -1 / (4 * n);
    f += coefficient * odd * gauss;
    even = 2 * x * odd - 2 * (2 * n - 1) * even;
    odd = 2 * x * even - 4 * n * odd;
    slope += coefficient * even * gauss; // (H_{2n−1} exp(−x²))′ = −H_{2n} exp(−x²)
  }
  return { f, s: 0.5 * coefficient * even * gauss, slope };
}

/** erfc, by its series and its continued fraction (Abramowitz and Stegun, 7.1.5 and 7.1.14). */
export function complementaryErrorFunction(x: number): number {
  if (x < 0) return 2 - complementaryErrorFunction(-x);
  if (x < 2) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * sum; n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = x;
  for (let n = 80; n >= 1; n--) fraction = x + n / 2 / fraction;
  return exp(-x * x) / (Math.sqrt(Math.PI) * fraction);
}

/** Steps of bisection: as many as a number has bits, and some for the exponent. */
const BISECTIONS = 80;

/** μ such that Σ f((ε_i − μ)/T) is `count`, by bisection. @param levels - Ascending */
export function chemicalPotential(occupations: Required<Occupations>, levels: Float64Array, count: number): number {
  const { temperature } = occupations;
  let low = levels[0]! - FAR * temperature;
  let high = levels[levels.length - 1]! + FAR * temperature;
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = 0.5 * (low + high);
    const sum = levels.reduce((total, level) => total + occupation(occupations, (level - middle) / temperature).f, 0);
    if (sum < count) low = middle;
    else high = middle;
  }
  return 0.5 * (low + high);
}
