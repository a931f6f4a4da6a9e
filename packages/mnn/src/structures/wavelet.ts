import {
  ArgumentError,
  completeOptions,
  explainChoices,
  type OptionsOf,
  type OptionTable,
  requireInteger,
  requireOneOf,
} from '@dyadic/errors';
import { ACTIVATION_FUNCTIONS, ACTIVATIONS } from '../activations.js';
import { completeFields, completeOutput, FIELD_OPTIONS, type FieldOptions, OUTPUT } from '../fields.js';
import { DIMENSION, POINTS, requireShape, shortPoints } from '../grid.js';
import { CONNECTIVITIES, type Layer, type LayerShape, PADDING, ParameterLayout } from '../layer.js';
import { assemble, type Network, padGrid } from '../network.js';
import { product } from '../windows.js';

/** The options of {@link waveletNetwork}. */
export const WAVELET_OPTIONS = {
  structure: {
    type: 'choice',
    choices: ['wavelet'],
    description: 'kernel layers on the scaling functions and wavelets of every level, the nonstandard form',
  },
  dimension: DIMENSION,
  points: { ...POINTS, description: 'N, grid points per axis, one number or one per axis; multiples of the boxes' },
  ...FIELD_OPTIONS,
  boxes: {
    type: 'integer',
    least: 1,
    absentMeans: 'N/2, which has to be the same along every axis',
    description: 'B, sites per axis of the finest level; a divisor of N and a multiple of 2^(J−1)',
  },
  levels: { type: 'integer', least: 1, most: 20, description: 'J, levels: B, B/2, … B/2^(J−1) sites per axis' },
  channels: {
    type: 'integer',
    least: 1,
    most: 10_000,
    description: 'α, channels of the scaling functions, and of each of the 2^d − 1 kinds of wavelets',
  },
  kernelLayers: { type: 'integer', least: 1, most: 1000, description: 'K, kernel layers per level' },
  window: {
    type: 'integer',
    least: 1,
    default: 7,
    description: 'w, sites per axis of the kernels’ windows, odd; no more than reach all sites of a level',
  },
  vanishingMoments: {
    type: 'integer',
    least: 1,
    most: 10,
    default: 3,
    description: 'p of the Daubechies wavelets that the filters start from: 2p taps, windows of 2⌊p/2⌋ + 1 sites',
  },
  filters: {
    type: 'choice',
    choices: ['trained', 'fixed'],
    default: 'trained',
    description: 'whether the filters between levels are trained, or stay those of Daubechies',
  },
  activation: {
    type: 'choice',
    choices: ACTIVATIONS,
    default: 'softplus',
    description: `φ of the kernel layers; ${explainChoices(ACTIVATION_FUNCTIONS)}`,
  },
  connectivity: {
    type: 'choice',
    choices: CONNECTIVITIES,
    default: 'convolutional',
    description: 'of the kernel layers; the filters are convolutional',
  },
  padding: PADDING,
  output: OUTPUT,
} as const satisfies OptionTable;

/** What a user asks of {@link waveletNetwork}. */
export type WaveletOptions = OptionsOf<typeof WAVELET_OPTIONS>;

/** {@link WaveletOptions} checked, with the defaults filled in. */
export type WaveletSpec = Required<Omit<WaveletOptions, keyof FieldOptions>> & FieldOptions;

/** A wavelet network, made by {@link waveletNetwork}. */
export interface WaveletNetwork extends Network {
  readonly spec: WaveletSpec;
}

/** Fills in defaults and checks every option. @throws ArgumentError */
function completeSpec(options: WaveletOptions): WaveletSpec {
  const complete = completeOptions('network', options, WAVELET_OPTIONS);
  const { structure, points, levels, channels, kernelLayers, window, vanishingMoments, filters, output } = complete;
  const { activation, connectivity, padding } = complete;
  const { dimension = (Array.isArray(points) ? points.length : 1) as 1 | 2 | 3 } = complete;
  const shape = requireShape(dimension, points, 4);
  const short = shortPoints(shape);
  const boxes = complete.boxes ?? (typeof short === 'number' ? short / 2 : undefined);
  if (boxes === undefined) throw new ArgumentError('network.boxes', boxes, `a divisor of ${shape.join(' and ')}`);
  requireInteger('network.boxes', boxes, { min: 1, max: 2 ** 24 });
  if (shape.some((along) => along % boxes !== 0)) {
    throw new ArgumentError('network.points', points, `multiples of ${boxes}, the boxes per axis`);
  }
  if (boxes % 2 ** (levels - 1) !== 0) {
    throw new ArgumentError('network.boxes', boxes, `a multiple of 2^(levels − 1) = ${2 ** (levels - 1)}`);
  }
  const windows = Array.from({ length: Math.min(boxes, 1024) + 1 }, (_, reach) => 2 * reach + 1);
  const fields = completeFields(complete);
  return {
    structure,
    dimension,
    points: short,
    ...fields,
    boxes,
    levels,
    channels,
    kernelLayers,
    window: requireOneOf('network.window', window, windows),
    vanishingMoments,
    filters,
    activation,
    connectivity,
    padding,
    output: completeOutput(output, fields.outputs ?? 1),
  };
}

/**
 * The network of a matrix in the nonstandard form of wavelets (Beylkin, Coifman and Rokhlin 1991; as a network Fan, Orozco Bohorquez
 * and Ying, BCR-Net, 2019), level j = 1 the finest, of the fewest sites level J:
 *
 *   s_0 = v,   s_j = H s_(j−1),   d_j = G s_(j−1)     from fine to coarse, filters on the 2^d children of a site
 *   z_j = K_j(s_j, d_j)                                on every level, K kernel layers from (s, d) to (s, d)
 *   t_J = 0,   t_(j−1) = H'z_j + G'z_j + H't_j         from coarse to fine
 *   u = t_0.
 *
 * s has α channels, d has (2^d − 1) α, and so z has 2^d α. A filter is a kernel layer whose window is as wide as the 2p taps of
 * Daubechies wavelets ({@link filterWindow}), from which it starts (`initialParameters`). It is trained like everything else, or
 * with `filters: 'fixed'` stays as it is between levels; the ends, which mix fields and channels, are always trained.
 * With K = 1, α = 1 and no activation it is a matrix in nonstandard form (`embed` of `@dyadic/hmatrix`). Periodic and convolutional,
 * it commutes with translations by the points of a coarsest site.
 *
 * Weights and biases, with q = 2^d, f = (2⌊p/2⌋ + 1)^d, m numbers in a finest box, w_j = w^d or what reaches all sites:
 *
 *   level 1: (f m α_in + 1) qα + (f q α + 1) m α_out, and where J > 1 (f α + 1) m α_out;
 *   levels 2 … J each: 2 (f q α + 1) qα, and but for the last (f α + 1) qα;
 *   every level: (w_j q α + 2) qα + (K − 1) (w_j q α + 1) qα (local: times its sites).
 *
 * @example waveletNetwork({ structure: 'wavelet', points: 320, levels: 6, channels: 3, kernelLayers: 5 }).parameterCount // 8896
 * @param mostParameters - Refuses a network of more parameters before its further layers are built; default 2³¹.
 * @throws ArgumentError naming the option that is wrong; unknown options are refused.
 */
export function waveletNetwork(options: WaveletOptions, mostParameters?: number): WaveletNetwork {
  const spec = completeSpec(options);
  const { dimension, boxes, levels, channels, kernelLayers, activation, connectivity, padding, output } = spec;
  const { inputs = 1, outputs = 1 } = spec;
  const grid = padGrid(requireShape(dimension, spec.points, 4), boxes, padding);
  const boxPoints = grid.paddedShape.map((along) => along / boxes);
  const layout = new ParameterLayout(mostParameters);
  const layers: Layer[] = [];
  const sitesOf = (level: number) => boxes / 2 ** (level - 1);
  const add = (level: number, name: string, choices: Choices): number => {
    const common = { kind: 'kernel', connectivity: 'convolutional', activation: 'linear' } as const;
    const place = { name: `level-${level}/${name}`, dimension, sites: sitesOf(level), padding };
    const isFixed = spec.filters === 'fixed' && level > 1 && !name.startsWith('kernel');
    layers.push(layout.place({ ...common, ...place, ...choices, ...(isFixed && { fixed: true }) }));
    return layers.length - 1;
  };
  const all = 2 ** dimension * channels;
  const window = filterWindow(spec);

  const scales: number[] = [];
  const wavelets: number[] = [];
  for (let level = 1; level <= levels; level++) {
    const from = { window, inputChannels: level === 1 ? product(boxPoints) * inputs : all, reads: scales.at(-1) ?? -1 };
    scales.push(add(level, 'scale', { ...from, outputChannels: channels }));
    wavelets.push(add(level, 'wavelet', { ...from, outputChannels: all - channels }));
  }
  let coarser: number | undefined;
  for (let level = levels; level >= 1; level--) {
    const kernel = { connectivity, window: kernelWindow(spec, level), outputChannels: all };
    const [scale, wavelet] = [scales[level - 1]!, wavelets[level - 1]!];
    const addsWithin = add(level, 'kernel-1-scale', { ...kernel, inputChannels: channels, reads: scale });
    const fromWavelet = { inputChannels: all - channels, reads: wavelet, addsWithin };
    let last = add(level, 'kernel-1', { ...kernel, ...fromWavelet, activation });
    for (let k = 2; k <= kernelLayers; k++) {
      last = add(level, `kernel-${k}`, { ...kernel, inputChannels: all, reads: last, activation });
    }
    const filter = { window, outputChannels: level === 1 ? product(boxPoints) * outputs : all };
    const own = add(level, 'reconstruction', { ...filter, inputChannels: all, reads: last });
    coarser =
      coarser === undefined
        ? own
        : add(level, 'refinement', { ...filter, inputChannels: channels, reads: coarser, adds: own });
  }
  const branches = [{ name: 'levels', boxes, boxPoints, layers }];
  return { ...assemble({ dimension, ...grid, inputs, outputs, output, branches }, layout), spec };
}

type Choices = Pick<LayerShape, 'window' | 'inputChannels' | 'outputChannels' | 'reads'> &
  Partial<Pick<LayerShape, 'connectivity' | 'activation' | 'adds' | 'addsWithin'>>;

/**
 * Window of the filters, sites per axis. Tap n of 2p is at child e of the site i beside, n = 2i + e + 2⌊(p − 1)/2⌋, so that filters
 * are centred: i from −⌊(p − 1)/2⌋ to ⌊p/2⌋.
 */
export function filterWindow({ vanishingMoments }: Pick<WaveletSpec, 'vanishingMoments'>): number {
  return 2 * Math.floor(vanishingMoments / 2) + 1;
}

/** Window of the kernel layers of a level: w, or the least that reaches from every site to all. */
function kernelWindow({ boxes, window, padding }: WaveletSpec, level: number): number {
  const sites = boxes / 2 ** (level - 1);
  return Math.min(window, padding === 'periodic' ? 2 * Math.floor(sites / 2) + 1 : 2 * sites - 1);
}
