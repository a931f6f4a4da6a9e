/** Which networks an engine is tried on: the product of all that shapes a network, on the smallest grids. */
import { type RandomStream, randomStream } from '@dyadic/random';
import { LOSSES, type Loss } from '../engine.js';
import type { Admissibility, KernelNetwork } from '../extensions.js';
import { ACTIVATIONS, CONNECTIVITIES, type Padding } from '../layer.js';
import { mnn } from '../network.js';
import { type MnnOptions, OUTPUT_STAGES } from '../spec.js';

/** A network, and the loss whose gradient is taken. */
export interface ConformanceCase {
  /** Says what the network is, in one line; unique. */
  readonly name: string;
  readonly options: MnnOptions;
  readonly loss: Loss;
}

/** Options that say which layers and links there are; every combination of them is a case. */
const STRUCTURE = {
  dimension: [1, 2, 3],
  admissibility: ['strong', 'weak'],
  /** Levels beyond the fewest. */
  moreLevels: [0, 1],
  padding: ['periodic', 'zero', 'reflect'],
  restriction: CONNECTIVITIES,
  kernel: CONNECTIVITIES,
  interpolation: CONNECTIVITIES,
  adjacent: CONNECTIVITIES,
  restrictionLayers: [1, 2],
  interpolationLayers: [1, 2],
  kernelNetwork: ['plain', 'residual', 'two-branch'],
} as const satisfies {
  dimension: readonly MnnOptions['dimension'][];
  admissibility: readonly Admissibility[];
  padding: readonly Padding[];
  kernelNetwork: readonly KernelNetwork[];
  [option: string]: readonly unknown[];
};

/** Sizes and functions, of which every structure gets some drawn at random. */
const FILLING = {
  /** From eight on, `engine-wasm` has another algorithm for plane windows of three. */
  channels: [1, 2, 3, 7, 8],
  kernelLayers: [1, 2, 3],
  /** Grid points per axis of a finest box. */
  boxPoints: [1, 2, 3],
  activation: ACTIVATIONS,
  restrictionActivation: ACTIVATIONS,
  interpolationActivation: ACTIVATIONS,
  output: OUTPUT_STAGES,
  loss: LOSSES,
} as const;

type Choice<Table extends Record<string, readonly unknown[]>> = { [Option in keyof Table]: Table[Option][number] };
type Choices = Choice<typeof STRUCTURE> & Choice<typeof FILLING>;

/** Most multiply-adds of a network: the float64 reference does some ten million a second. */
const MOST_PRODUCTS = 100_000;

/**
 * Every combination of dimension, admissibility, levels, padding, connectivity of each part, number of layers at the ends and
 * kind of kernel network, each with sizes, activations, output stage and loss drawn from a stream of its own: some 6,300
 * networks. `pairs` is a part of it, chosen so that for each dimension every two values of any two options meet: some 90.
 */
export function conformanceCases(extent: 'all' | 'pairs' = 'all'): readonly ConformanceCase[] {
  const all = combinations().map((structure, number) => fill(structure, randomStream(1, 'mnn/conformance', number)));
  return (extent === 'all' ? all : coverPairs(all)).map(toCase);
}

function combinations(): Choice<typeof STRUCTURE>[] {
  let rows: Record<string, unknown>[] = [{}];
  for (const [option, values] of Object.entries(STRUCTURE)) {
    rows = rows.flatMap((row) => values.map((value) => ({ ...row, [option]: value })));
  }
  const structures = rows as Choice<typeof STRUCTURE>[];
  // Three levels of strong admissibility are 8³ boxes with windows of 7³.
  return structures.filter(
    ({ dimension, admissibility, moreLevels }) => dimension < 3 || admissibility === 'weak' || moreLevels === 0,
  );
}

/** Draws until the network is a small one. */
function fill(structure: Choice<typeof STRUCTURE>, stream: RandomStream): Choices {
  for (;;) {
    const filling: Record<string, unknown> = {};
    for (const [option, values] of Object.entries(FILLING)) {
      filling[option] = values[Math.floor(stream.uniform(0, values.length))];
    }
    const choices = { ...structure, ...(filling as Choice<typeof FILLING>) };
    const { points } = toOptions(choices);
    if (points >= 4 && products(choices) <= MOST_PRODUCTS) return choices;
  }
}

function products(choices: Choices): number {
  return mnn(toOptions(choices)).layers.reduce(
    (sum, { dimension, sites, window, inputChannels, outputChannels }) =>
      sum + (sites * window) ** dimension * inputChannels * outputChannels,
    0,
  );
}

function toOptions(choices: Choices): MnnOptions {
  const { dimension, admissibility, moreLevels, padding, kernelNetwork, boxPoints } = choices;
  const { restriction, kernel, interpolation, adjacent, restrictionLayers, interpolationLayers } = choices;
  const levels = (admissibility === 'weak' ? 1 : 2) + moreLevels;
  return {
    dimension,
    points: boxPoints * 2 ** levels,
    levels,
    channels: choices.channels,
    kernelLayers: choices.kernelLayers,
    activation: choices.activation,
    output: choices.output,
    admissibility,
    padding,
    connectivity: { restriction, kernel, interpolation, adjacent },
    kernel: kernelNetwork,
    restriction: { layers: restrictionLayers, activation: choices.restrictionActivation },
    // The interpolation itself is linear.
    interpolation: {
      layers: interpolationLayers,
      ...(interpolationLayers > 1 && { activation: choices.interpolationActivation }),
    },
  };
}

function toCase(choices: Choices): ConformanceCase {
  const options = toOptions(choices);
  const { dimension, points, levels, channels, kernelLayers, activation, output, ...structure } = options;
  const sizes = `${dimension}D N=${points} L=${levels} r=${channels} K=${kernelLayers} ${activation} ${output}`;
  return { name: `${sizes} ${JSON.stringify(structure)}, ${choices.loss}`, options, loss: choices.loss };
}

/** Takes, again and again, the case with the most pairs of values, within its dimension, that no case before it has. */
function coverPairs(all: readonly Choices[]): Choices[] {
  const numbers = new Map<string, number>();
  const numberOf = (pair: string) => numbers.get(pair) ?? numbers.set(pair, numbers.size).get(pair)!;
  const candidates = all.map((choices) => {
    const values = Object.entries(choices).map(([option, value]) => `${option}=${value}`);
    const pairs = values.flatMap((a, i) => values.slice(i + 1).map((b) => `${choices.dimension} ${a} ${b}`));
    return { choices, pairs: pairs.map(numberOf) };
  });
  const missing = new Uint8Array(numbers.size).fill(1);
  const chosen: Choices[] = [];
  for (let left = numbers.size; left > 0; ) {
    let [best, most] = [candidates[0]!, 0];
    for (const candidate of candidates) {
      let found = 0;
      for (const pair of candidate.pairs) found += missing[pair]!;
      if (found > most) [best, most] = [candidate, found];
    }
    chosen.push(best.choices);
    for (const pair of best.pairs) missing[pair] = 0;
    left -= most;
  }
  return chosen;
}
