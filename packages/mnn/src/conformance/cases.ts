/** Which networks an engine is tried on: the product of all that shapes a network, on the smallest grids. */
import { type RandomStream, randomStream } from '@dyadic/random';
import { ACTIVATIONS } from '../activations.js';
import { LOSSES, type Loss } from '../engine.js';
import type { Admissibility, KernelNetwork } from '../extensions.js';
import { CONNECTIVITIES, PADDINGS } from '../layer.js';
import { mnn } from '../network.js';
import { OUTPUT_STAGES } from '../output-stage.js';
import type { MnnOptions } from '../spec.js';
import type { ConformanceCase } from './conformance-case.js';
import { fieldCases } from './fields.js';
import { randomFourierGraphs, randomGraphs, randomTrees } from './graphs.js';

/** Options that say which layers and links there are; every combination of them is a case. */
const STRUCTURE = {
  dimension: [1, 2, 3],
  admissibility: ['strong', 'weak'],
  /** Levels beyond the fewest. */
  moreLevels: [0, 1],
  padding: PADDINGS,
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

/** Sites and tiles in the hundreds, and levels on which no window wraps onto itself, which engines cut into blocks. */
const LARGER: readonly MnnOptions[] = [
  { points: 320, levels: 6, channels: 6, kernelLayers: 5 },
  { points: 256, levels: 8, channels: 3, kernelLayers: 1, activation: 'softplus' },
  { points: 96, levels: 5, channels: 2, kernelLayers: 2, padding: 'zero', connectivity: 'local', activation: 'tanh' },
  { points: 64, levels: 4, channels: 5, kernelLayers: 2, padding: 'reflect' },
  {
    points: 64,
    levels: 5,
    channels: 4,
    kernelLayers: 2,
    admissibility: 'weak',
    kernel: 'two-branch',
    output: 'density',
  },
  { dimension: 2, points: 16, levels: 4, channels: 3, kernelLayers: 1, activation: 'tanh' },
  { dimension: 2, points: 16, levels: 4, channels: 8, kernelLayers: 2, admissibility: 'weak', padding: 'zero' },
  { dimension: 2, points: 48, levels: 4, channels: 1, kernelLayers: 2, activation: 'softplus', output: 'wavefunction' },
  { dimension: 2, points: 32, levels: 3, channels: 2, kernelLayers: 2, padding: 'reflect', kernel: 'residual' },
  { dimension: 3, points: 8, levels: 3, channels: 1, kernelLayers: 1, activation: 'tanh' },
  { dimension: 3, points: 16, levels: 3, channels: 2, kernelLayers: 1, admissibility: 'weak', padding: 'zero' },
  { points: 64, levels: 5, channels: 3, kernelLayers: 2, activation: 'tanh', structure: 'h2' },
  { points: 48, levels: 4, channels: 2, kernelLayers: 1, structure: 'h2', connectivity: 'local', padding: 'zero' },
  {
    points: 32,
    levels: 4,
    channels: 8,
    kernelLayers: 3,
    structure: 'h2',
    admissibility: 'weak',
    padding: 'reflect',
    activation: 'softplus',
    output: 'density',
  },
  { dimension: 2, points: 16, levels: 3, channels: 2, kernelLayers: 2, activation: 'tanh', structure: 'h2' },
  { points: [8, 16], levels: 3, channels: 2, kernelLayers: 1, structure: 'h2', connectivity: 'local', padding: 'zero' },
  { dimension: 3, points: 8, levels: 2, channels: 2, kernelLayers: 1, admissibility: 'weak', structure: 'h2' },
];

/** Fourier networks with sides that no register block divides, on grids of odd and of even size. */
const FOURIER: readonly ConformanceCase[] = (
  [
    { points: 40, modes: 12, width: 5, layers: 2, output: 'wavefunction' },
    { points: 45, modes: 23, width: 4, layers: 1, activation: 'tanh' },
    { points: 30, modes: 9, width: 3, layers: 2, padding: 'zero' },
    { points: 24, modes: 20, width: 2, layers: 2, padding: 'reflect', activation: 'relu' },
    { dimension: 2, points: 8, modes: 3, width: 3, layers: 2, output: 'density' },
    { dimension: 2, points: 7, modes: 4, width: 4, layers: 1, padding: 'reflect', activation: 'tanh' },
    { dimension: 2, points: 6, modes: 5, width: 2, layers: 1, padding: 'zero' },
    { dimension: 3, points: 4, modes: 2, width: 2, layers: 2, activation: 'tanh' },
    { points: [12, 24], boxes: 6, modes: 3, width: 3, layers: 1 },
    { points: 40, boxes: 20, modes: 3, near: 5, width: 3, layers: 2 },
    { dimension: 2, points: 8, modes: 2, near: 3, width: 2, layers: 1, padding: 'zero' },
    { dimension: 3, points: 4, modes: 2, width: 3, layers: 1, padding: 'zero' },
    { points: 20, inputs: 2, outputs: 3, modes: 4, width: 3, layers: 1, output: ['mean', 'density', 'linear'] },
  ] as const
).map((options, index) => ({
  name: `Fourier network ${JSON.stringify(options)}`,
  network: { structure: 'fourier', ...options },
  loss: LOSSES[index % LOSSES.length]!,
}));

/** Networks of multiscale operators: dilated windows that wrap, are cut off or mirrored, in every dimension. */
const OPERATORS: readonly ConformanceCase[] = (
  [
    { points: 64, levels: 5, width: 3, layers: 2, output: 'wavefunction' },
    { points: 40, levels: 3, width: 4, layers: 1, window: 3, padding: 'zero', inputs: 2, outputs: 2 },
    { points: 32, levels: 4, width: 2, layers: 2, padding: 'reflect', activation: 'tanh' },
    { dimension: 2, points: 16, levels: 3, width: 2, layers: 1, window: 3, output: 'density' },
    { points: [8, 16], levels: 2, width: 3, layers: 2, window: 3, padding: 'reflect' },
    { dimension: 3, points: 4, levels: 2, width: 2, layers: 1, window: 3, padding: 'zero' },
  ] as const
).map((options, index) => ({
  name: `Multiscale operators ${JSON.stringify(options)}`,
  network: { structure: 'multiscale-operator', ...options },
  loss: LOSSES[index % LOSSES.length]!,
}));

/** Wavelet networks: filters of even and odd width, that wrap, are cut off or mirrored, in every dimension. */
const WAVELETS: readonly ConformanceCase[] = (
  [
    { points: 40, levels: 3, channels: 2, kernelLayers: 2, window: 5, output: 'wavefunction' },
    { points: 32, levels: 4, channels: 1, kernelLayers: 1, vanishingMoments: 4, connectivity: 'local', inputs: 2 },
    { points: 24, levels: 2, channels: 3, kernelLayers: 2, padding: 'zero', activation: 'tanh', outputs: 2 },
    { dimension: 2, points: 16, levels: 3, channels: 2, kernelLayers: 1, window: 3, output: 'density' },
    { points: [8, 16], boxes: 4, levels: 2, channels: 2, kernelLayers: 2, window: 3, padding: 'reflect' },
    { dimension: 3, points: 8, levels: 2, channels: 1, kernelLayers: 1, window: 3, vanishingMoments: 1 },
  ] as const
).map((options, index) => ({
  name: `wavelets ${JSON.stringify(options)}`,
  network: { structure: 'wavelet', ...options },
  loss: LOSSES[index % LOSSES.length]!,
}));

/** Output stages are right for every finite sum of the branches, be it as large as a float32 may be. */
const LARGE_SUMS: readonly ConformanceCase[] = OUTPUT_STAGES.flatMap((output) =>
  [-3e38, -1e20, -1e3, -20, 20, 1e3, 1e20, 3e38].map((sum) => ({
    name: `${output} of about ${sum}`,
    network: { points: 20, levels: 2, channels: 2, kernelLayers: 1, output },
    loss: 'squared-error',
    sum,
  })),
);

type Choice<Table extends Record<string, readonly unknown[]>> = { [Option in keyof Table]: Table[Option][number] };
type Choices = Choice<typeof STRUCTURE> & Choice<typeof FILLING>;

/** Most multiply-adds of a network: the float64 reference does some ten million a second. */
const MOST_PRODUCTS = 100_000;

/**
 * Every combination of dimension, admissibility, levels, padding, connectivity of each part, number of layers at the ends and
 * kind of kernel network, each with sizes, activations, output stage and loss drawn from a stream of its own: some 6,300
 * networks. `pairs` is a part of it, chosen so that for each dimension every two values of any two options meet: some 90. Either ends with
 * random graphs of layers, some larger networks, output stages on very large and very small numbers, networks of several
 * fields and on grids of all shapes, and Fourier networks and graphs with Fourier layers.
 */
export function conformanceCases(extent: 'all' | 'pairs' = 'all'): readonly ConformanceCase[] {
  const all = combinations().map((structure, number) => fill(structure, randomStream(1, 'mnn/conformance', number)));
  const larger = LARGER.map((options, i): ConformanceCase => named(options, LOSSES[i % LOSSES.length]!));
  const graphs = randomGraphs(extent === 'all' ? 500 : 22);
  const fields = fieldCases(extent === 'all' ? 200 : 20);
  const fourier = [...FOURIER, ...OPERATORS, ...WAVELETS, ...randomFourierGraphs(extent === 'all' ? 300 : 32)];
  const trees = randomTrees(extent === 'all' ? 300 : 16);
  const structures = (extent === 'all' ? all : coverPairs(all)).map(toCase);
  return [...structures, ...graphs, ...larger, ...LARGE_SUMS, ...fields, ...fourier, ...trees];
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
    if ((points as number) >= 4 && products(choices) <= MOST_PRODUCTS) return choices;
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
  return named(toOptions(choices), choices.loss);
}

function named(options: MnnOptions, loss: Loss): ConformanceCase {
  const { dimension = 1, points, levels, channels, kernelLayers, activation = 'relu', ...others } = options;
  const { output = 'linear', ...structure } = others;
  const sizes = `${dimension}D N=${points} L=${levels} r=${channels} K=${kernelLayers} ${activation} ${output}`;
  return { name: `${sizes} ${JSON.stringify(structure)}, ${loss}`, network: options, loss };
}

/** Takes, again and again, the case with the most pairs of values, within its dimension, that no case before it has. */
function coverPairs(all: readonly Choices[]): Choices[] {
  const values = Object.entries({ ...STRUCTURE, ...FILLING }).flatMap(([option, some]) =>
    some.map((value) => `${option}=${value}`),
  );
  const numbers = new Map(values.map((value, number) => [value, number]));
  const pairsOf = (choices: Choices) => {
    const own = Object.entries(choices).map(([option, value]) => numbers.get(`${option}=${value}`)!);
    const first = choices.dimension * numbers.size;
    return own.flatMap((a, i) => own.slice(i + 1).map((b) => (first + a) * numbers.size + b));
  };
  const candidates = all.map((choices) => ({ choices, pairs: pairsOf(choices) }));
  const missing = new Uint8Array(4 * numbers.size ** 2);
  for (const { pairs } of candidates) for (const pair of pairs) missing[pair] = 1;
  const chosen: Choices[] = [];
  for (;;) {
    let [best, most] = [candidates[0]!, 0];
    for (const candidate of candidates) {
      let found = 0;
      for (const pair of candidate.pairs) found += missing[pair]!;
      if (found > most) [best, most] = [candidate, found];
    }
    if (most === 0) return chosen;
    chosen.push(best.choices);
    for (const pair of best.pairs) missing[pair] = 0;
  }
}
