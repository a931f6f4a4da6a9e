/**
 * The extensions that §5 of the paper names, as far as they are options of the network. Left out, each is as in the
 * paper; a spec holds an extension only where it differs from that.
 */
import {
  ArgumentError,
  type CompleteOptions,
  type Option,
  type OptionsOf,
  type OptionTable,
  requireOneOf,
  type Value,
} from '@dyadic/errors';
import { ACTIVATIONS, type Activation } from './activations.js';
import { CONNECTIVITIES, type Connectivity, PADDING } from './layer.js';

/**
 * Which boxes a level's kernel layers connect.
 *
 * - `strong` (the paper's): levels 2 … L; windows of 5 boxes per axis on level 2 and of 7 beyond hold the interaction
 *   list, the children of the parent's neighbours that are not neighbours; the adjacent part has windows of 3.
 * - `weak`: levels 1 … L; windows of 3 hold the interaction list, which is the siblings; the adjacent part has windows
 *   of 1, each finest box by itself.
 */
export type Admissibility = (typeof ADMISSIBILITIES)[number];
const ADMISSIBILITIES = ['strong', 'weak'] as const;

/**
 * How the kernel layers of a level, and of the adjacent part, are connected.
 *
 * - `plain` (the paper's): in a row, ξ ← φ(W ξ + b);
 * - `residual`: each around a skip, ξ ← ξ + φ(W ξ + b), but for the linear last layer of the adjacent part;
 * - `two-branch`: two rows of K layers side by side, whose outputs are added.
 */
export type KernelNetwork = (typeof KERNEL_NETWORKS)[number];
const KERNEL_NETWORKS = ['plain', 'residual', 'two-branch'] as const;

/**
 * How the levels are connected.
 *
 * - `h` (the paper's): every level restricts the input and interpolates to the output by itself, as a hierarchical matrix does;
 * - `h2`: level by level, a V, as an H²-matrix does; see `structures/h2.ts`.
 */
export type Structure = (typeof STRUCTURES)[number];
const STRUCTURES = ['h', 'h2'] as const;

const END_OPTIONS = {
  layers: {
    type: 'integer',
    least: 1,
    most: 1000,
    description:
      'layers in all, the restriction or interpolation itself included; the others have r channels and windows of 1',
  },
  activation: {
    type: 'choice',
    choices: ACTIVATIONS,
    absentMeans: 'that of the network',
    description: 'φ after each of them; the interpolation itself, last of all, stays linear',
  },
} as const satisfies OptionTable;

/** Layers at the end of a branch: how many, and what follows each of them. */
export type EndLayers = OptionsOf<typeof END_OPTIONS>;

const connectivity = { type: 'choice', choices: CONNECTIVITIES } as const satisfies Value;

const layerConnectivity = { ...connectivity, default: 'convolutional' } as const;

const MIXED_OPTIONS = {
  restriction: { ...layerConnectivity, description: 'of the restriction' },
  kernel: { ...layerConnectivity, description: 'of the kernel layers of the levels' },
  interpolation: { ...layerConnectivity, description: 'of the interpolation' },
  adjacent: { ...layerConnectivity, description: 'of the kernel layers of the adjacent part' },
} as const satisfies OptionTable;

/** Connectivity layer by layer; what is left out is `convolutional`. */
export type MixedConnectivity = OptionsOf<typeof MIXED_OPTIONS>;

export const CONNECTIVITY = {
  type: 'either',
  of: [connectivity, { type: 'object', options: MIXED_OPTIONS }],
  default: 'convolutional',
  description: 'of all layers, or part by part',
} as const satisfies Option;

/** Options beyond Algorithm 3. */
export const EXTENSION_OPTIONS = {
  admissibility: {
    type: 'choice',
    choices: ADMISSIBILITIES,
    default: 'strong',
    description: 'which boxes the kernel layers of a level connect',
  },
  padding: PADDING,
  restriction: {
    type: 'object',
    options: END_OPTIONS,
    absentMeans: 'one layer, linear',
    description: 'restriction of several layers, or a nonlinear one',
  },
  interpolation: {
    type: 'object',
    options: END_OPTIONS,
    absentMeans: 'one layer, linear',
    description: 'interpolation of several layers',
  },
  kernel: {
    type: 'choice',
    choices: KERNEL_NETWORKS,
    default: 'plain',
    description:
      'how the kernel layers of a level are connected: in a row, each around a skip, or in two rows that are added',
  },
  structure: {
    type: 'choice',
    choices: STRUCTURES,
    default: 'h',
    description:
      'how the levels are connected: each by itself, or level by level as in an H²-matrix, with plain kernels and one linear restriction and interpolation a level',
  },
} as const satisfies OptionTable;

/** What a user asks beyond Algorithm 3. */
export type Extensions = OptionsOf<typeof EXTENSION_OPTIONS>;

/** {@link Extensions} checked: those that differ from the paper, and no others. */
export interface ExtensionSpec extends Extensions {
  readonly restriction?: Required<EndLayers>;
  readonly interpolation?: Required<EndLayers>;
}

/** The coarsest level on which boxes interact. */
export function coarsestLevel({ admissibility }: Extensions): number {
  return admissibility === 'weak' ? 1 : 2;
}

/** Window of a level's kernel layers, boxes per axis: 2 n_b + 1 of Property 1. */
export function levelWindow({ admissibility, structure, padding }: Extensions, level: number): number {
  if (admissibility === 'weak') return 3;
  // Without the other end beyond the first box, level 2 has boxes three apart.
  if (structure === 'h2' && padding !== undefined) return 7;
  return level === 2 ? 5 : 7;
}

/** Window of the adjacent part, boxes per axis. */
export function adjacentWindow({ admissibility }: Extensions): number {
  return admissibility === 'weak' ? 1 : 3;
}

/** Checks what the table does not say, and keeps the extensions that differ from the paper. @throws ArgumentError */
export function completeExtensions(
  { admissibility, padding, kernel, structure, ...ends }: CompleteOptions<typeof EXTENSION_OPTIONS>,
  activation: Activation,
): ExtensionSpec {
  const restriction = completeEnd('restriction', ends.restriction, activation);
  const interpolation = completeEnd('interpolation', ends.interpolation, activation);
  if (structure === 'h2') requirePlainLevels({ kernel, restriction, interpolation });
  return {
    ...(admissibility !== 'strong' && { admissibility }),
    ...(padding !== 'periodic' && { padding }),
    ...(restriction && { restriction }),
    ...(interpolation && { interpolation }),
    ...(kernel !== 'plain' && { kernel }),
    ...(structure !== 'h' && { structure }),
  };
}

function requirePlainLevels({ kernel, restriction, interpolation }: Extensions): void {
  const expected = "what the structure 'h2' has: plain kernels, one linear restriction and interpolation a level";
  if (kernel !== 'plain') throw new ArgumentError('network.kernel', kernel, expected);
  if (restriction !== undefined) throw new ArgumentError('network.restriction', restriction, expected);
  if (interpolation !== undefined) throw new ArgumentError('network.interpolation', interpolation, expected);
}

function completeEnd(
  end: 'restriction' | 'interpolation',
  options: EndLayers | undefined,
  otherwise: Activation,
): Required<EndLayers> | undefined {
  if (options === undefined) return undefined;
  const { layers, activation = otherwise } = options;
  if (layers > 1) return { layers, activation };
  if (end === 'restriction') return activation === 'linear' ? undefined : { layers, activation };
  if (options.activation !== undefined) requireOneOf(`network.${end}.activation`, activation, ['linear']);
  return undefined;
}

/** One word where all layers are alike. */
export function completeConnectivity(connectivity: Connectivity | MixedConnectivity): Connectivity | MixedConnectivity {
  const mixed = connectivityByLayer(connectivity);
  const { restriction, ...others } = mixed;
  return Object.values(others).every((other) => other === restriction) ? restriction : mixed;
}

/** The connectivity of every layer by name. */
export function connectivityByLayer(connectivity: Connectivity | MixedConnectivity): Required<MixedConnectivity> {
  const given = typeof connectivity === 'string' ? {} : connectivity;
  const rest = typeof connectivity === 'string' ? connectivity : 'convolutional';
  const { restriction = rest, kernel = rest, interpolation = rest, adjacent = rest } = given;
  return { restriction, kernel, interpolation, adjacent };
}
