import type { RecipeInput } from '@dyadic/dataset';

/** Equations by the name under which a recipe's problem has them, in Markdown. */
const EQUATIONS: Readonly<Record<string, string>> = {
  nlse: `Ground states of the nonlinear Schrödinger equation on the periodic unit cell,

> −Δu + V u + β u³ = E u,  ∫ u² = 1,  u > 0

(eq (4.2) of Fan, Lin, Ying and Zepeda-Núñez, 2018) in random potentials V, and the energy E that belongs to each.`,
  'kohn-sham': `Densities of the lowest orbitals of the Kohn-Sham equations on the periodic cell,

> (−½Δ + V) ψᵢ = εᵢ ψᵢ,  ∫ ψᵢ ψⱼ = δᵢⱼ,  ρ = Σᵢ |ψᵢ|²

(eqs (4.5) and (4.6) of Fan, Lin, Ying and Zepeda-Núñez, 2018) in random potentials V.`,
};

/** What the card of a dataset says of its problem; a function of the recipe, as the card's bytes must be. */
export function aboutDataset({ problem }: Pick<RecipeInput, 'problem'>): string {
  return EQUATIONS[String(problem.equation)] ?? '';
}
