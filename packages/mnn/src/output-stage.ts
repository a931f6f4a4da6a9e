/** The output stages, each one entry of a table. */

/** The formula of a stage: f = y, f = mean(y), or f = s / mean(s^p)^(1/p) with s = softplus(y) and p the `power`. */
export type OutputFormula = (
  | { readonly kind: 'identity' }
  | { readonly kind: 'mean' }
  | { readonly kind: 'normalized'; readonly power: 1 | 2 }
) & {
  /** What it does, for the page of options. */
  readonly description: string;
};

const STAGES = {
  linear: { description: 'nothing', kind: 'identity' },
  mean: { description: 'its mean, everywhere', kind: 'mean' },
  density: { description: 'positive with mean 1', kind: 'normalized', power: 1 },
  wavefunction: { description: 'positive with mean square 1', kind: 'normalized', power: 2 },
} as const satisfies Record<string, OutputFormula>;

/**
 * What happens to y, the sum of the branches, the numbers of a field (or of a group of fields) of one sample:
 *
 * - `linear`: nothing, f = y;
 * - `mean`: f_i = mean(y), the same number everywhere: what a map gives of a whole sample, an energy for example, as the mean
 *   of a density of it;
 * - `density`: f_i = s_i / mean(s) with s_i = softplus(y_i) = log(1 + e^(y_i)), so that f ≥ 0 and mean(f) = 1 to
 *   rounding. On a domain of volume |Ω| the density ρ = (n_e / |Ω|) f then satisfies eq (4.6),
 *   ρ ≥ 0 and ∫ρ = n_e: n_e / |Ω| is the scale of the output's normalizer, and its shift is 0;
 * - `wavefunction`: f_i = s_i / √mean(s²) with the same s_i, so that f ≥ 0 and mean(f²) = 1. On a domain of volume |Ω| the
 *   ground state u = f / √|Ω| then satisfies the constraints of eq (4.2), ∫u² = 1 and ∫u > 0.
 *
 * This holds for all parameters and inputs for which every y_i is finite in the engine's arithmetic, in float32 below 3.4e38 in
 * size; where some y_i is not, f is not a number (of `mean`, not finite). No stage has parameters, and each commutes with translations.
 */
export type OutputStage = keyof typeof STAGES;

export const OUTPUT_FORMULAS: Readonly<Record<OutputStage, OutputFormula>> = STAGES;

export const OUTPUT_STAGES = Object.keys(STAGES) as readonly OutputStage[];
