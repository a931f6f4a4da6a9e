import { atan, exp, log, log1p, square } from '@dyadic/elementary';
import { ArgumentError } from '@dyadic/errors';
import type { PeriodicGrid } from '@dyadic/spectral';
import type { Interaction } from './interaction.js';

/** Energy per volume e(ρ) of a homogeneous gas, and the potential de/dρ. */
export interface LocalDensity {
  readonly energy: number;
  readonly potential: number;
}

/** γ of Coulomb's interaction in 3D, to rounding. */
const COULOMB = 4 * Math.PI;

/**
 * Exchange and correlation in the local density approximation for electrons of `spin` 1 (all alike) or 2 (pairs).
 *
 * In 1D, exchange of the interaction given, (−d²/dx² + κ²) w = γ δ with κ > 0: with k_F = πρ/spin
 *
 *   e = −spin γ/(4π²) [ (2k_F/κ) atan (2k_F/κ) − ½ ln (1 + (2k_F/κ)²) ],   v = −γ/(2πκ) atan (2k_F/κ),
 *
 * from −(spin/2) ∫∫ ŵ(k − k′) dk dk′/(2π)² over |k|, |k′| < k_F, ŵ(q) = γ/(q² + κ²); no correlation. In 3D with Coulomb's
 * interaction, Dirac's exchange and the correlation of Perdew and Zunger (Phys. Rev. B 23, 1981, appendix C).
 *
 * @throws ArgumentError for an interaction or dimension without such a formula
 */
export function localDensity(
  grid: PeriodicGrid,
  { strength, screening = 0 }: Interaction,
  spin: 1 | 2,
): (density: number) => LocalDensity {
  if (grid.dimension === 1 && screening > 0) return (density) => exchangeOfYukawa(density, strength, screening, spin);
  const coulomb = grid.dimension === 3 && screening === 0 && Math.abs(strength - COULOMB) < 1e-12 * COULOMB;
  if (coulomb) return (density) => perdewZunger(density, spin);
  throw new ArgumentError(
    'options.exchangeCorrelation',
    'lda',
    "an interaction with screening in 1D, or Coulomb's in 3D (strength 4π, no screening)",
  );
}

function exchangeOfYukawa(density: number, strength: number, screening: number, spin: number): LocalDensity {
  const ratio = (2 * Math.PI * Math.max(density, 0)) / (spin * screening);
  const angle = atan(ratio);
  return {
    energy: ((-spin * strength) / (4 * square(Math.PI))) * (ratio * angle - 0.5 * log1p(ratio * ratio)),
    potential: (-strength / (2 * Math.PI * screening)) * angle,
  };
}

/** γ, β₁, β₂ for r_s ≥ 1 and A, B, C, D below: of pairs, and of electrons all alike. */
const PERDEW_ZUNGER = {
  2: [-0.1423, 1.0529, 0.3334, 0.0311, -0.048, 0.002, -0.0116],
  1: [-0.0843, 1.3981, 0.2611, 0.01555, -0.0269, 0.0007, -0.0048],
} as const;

function perdewZunger(density: number, spin: 1 | 2): LocalDensity {
  if (!(density > 0)) return { energy: 0, potential: 0 };
  const exchange = -0.75 * cubeRoot((6 * density) / (spin * Math.PI)); // per electron
  const [gamma, beta1, beta2, a, b, c, d] = PERDEW_ZUNGER[spin];
  const rs = cubeRoot(3 / (4 * Math.PI * density));
  const [root, logarithm] = [Math.sqrt(rs), log(rs)];
  const denominator = 1 + beta1 * root + beta2 * rs;
  const correlation = rs >= 1 ? gamma / denominator : a * logarithm + b + c * rs * logarithm + d * rs;
  const slope = // of the correlation, times r_s
    rs >= 1 ? (-gamma * (0.5 * beta1 * root + beta2 * rs)) / denominator ** 2 : a + c * rs * (logarithm + 1) + d * rs;
  return {
    energy: density * (exchange + correlation),
    potential: (4 / 3) * exchange + correlation - slope / 3,
  };
}

/** By the logarithm, and a step of Newton's for its last bits. */
function cubeRoot(x: number): number {
  const y = exp(log(x) / 3);
  return y - (y * y * y - x) / (3 * y * y);
}
