/** What the user has set up: a problem, its wells and parameters. All of it stands in the address of the page. */
import { evaluatePotential, samplePotential } from '@dyadic/potentials';
import { gridOf, type Problem, problemOf, RANDOM_SEED } from './problems.js';

export interface SceneWell {
  readonly strength: number;
  readonly center: readonly number[];
}

export interface Scene {
  readonly problem: Problem;
  readonly wells: readonly SceneWell[];
  /** T, the variance of all wells. */
  readonly variance: number;
  /** β, nₑ or γ. */
  readonly parameter: number;
}

export const MOST_WELLS = 12;

/** V at the grid points. */
export function potentialOf({ problem, wells, variance }: Scene): Float64Array {
  return evaluatePotential({ family: problem.family, index: 0, variance, wells }, gridOf(problem));
}

/** The height of a well of strength 1. */
export function unitHeight({ problem: { family }, variance }: Scene): number {
  return family.height === 'normal-density' ? 1 / Math.sqrt(2 * Math.PI * variance) : family.depth;
}

/** A potential of the family that the network was trained on, by the number of a sample. */
export function sampledScene(problem: Problem, seed: number, index: number): Scene {
  const { wells, variance } = samplePotential(problem.family, seed, index);
  return { problem, wells, variance, parameter: problem.parameter.trained };
}

/** A coordinate moved into the periodic cell. */
export function wrapped(problem: Problem, x: number): number {
  const { length, origin } = problem.cell;
  return x - length * Math.floor((x - origin) / length);
}

export const clamp = (value: number, [least, most]: readonly [number, number]) =>
  Math.min(most, Math.max(least, value));

/** Entries of the address after `#`: problem, wells as strength and center, T, and the parameter. */
export function encodeScene({ problem, wells, variance, parameter }: Scene): string {
  const number = (value: number) => String(Number(value.toPrecision(5)));
  const list = wells.map(({ strength, center }) => [strength, ...center].map(number).join('~')).join('_');
  return new URLSearchParams({ p: problem.id, w: list, T: number(variance), k: number(parameter) }).toString();
}

/** The scene of an address; whatever is missing or no number in range is left at what the problem begins with. */
export function decodeScene(text: string): Scene {
  const entries = new URLSearchParams(text);
  const problem = problemOf(entries.get('p') ?? undefined);
  const start = sampledScene(problem, RANDOM_SEED, problem.start);
  const wells = (entries.get('w') ?? '')
    .split('_')
    .slice(0, MOST_WELLS)
    .flatMap((well) => parseWell(problem, well));
  const { least, most } = problem.parameter;
  return {
    problem,
    wells: wells.length > 0 ? wells : start.wells,
    variance: clamp(parseNumber(entries.get('T')) ?? start.variance, problem.variance),
    parameter: clamp(parseNumber(entries.get('k')) ?? start.parameter, [least, most]),
  };
}

function parseWell(problem: Problem, text: string): SceneWell[] {
  const numbers = text.split('~').map(parseNumber);
  if (numbers.length !== 1 + problem.dimension || numbers.some((value) => value === undefined)) return [];
  const [strength, ...center] = numbers as number[];
  return [{ strength: clamp(strength!, problem.strength), center: center.map((x) => wrapped(problem, x)) }];
}

function parseNumber(text: string | null | undefined): number | undefined {
  return text && /^-?\d+(\.\d+)?(e-?\d+)?$/.test(text) ? Number(text) : undefined;
}
