/**
 * The extensions that §5 of the paper names, as far as they are options of the network. Left out, each is as in the
 * paper; a spec holds an extension only where it differs from that.
 */
import { ArgumentError, requireInteger, requireKnownOptions, requireOneOf } from '@dyadic/errors';
import { ACTIVATIONS, type Activation } from './activations.js';
import { CONNECTIVITIES, type Connectivity, PADDINGS, type Padding } from './layer.js';

/**
 * Which boxes a level's kernel layers connect.
 *
 * - `strong` (the paper's): levels 2 … L; windows of 5 boxes per axis on level 2 and of 7 beyond hold the interaction
 *   list, the children of the parent's neighbours that are not neighbours; the adjacent part has windows of 3.
 * - `weak`: levels 1 … L; windows of 3 hold the interaction list, which is the siblings; the adjacent part has windows
 *   of 1, each finest box by itself.
 */
export type Admissibility = 'strong' | 'weak';

/**
 * How the kernel layers of a level, and of the adjacent part, are connected.
 *
 * - `plain` (the paper's): in a row, ξ ← φ(W ξ + b);
 * - `residual`: each around a skip, ξ ← ξ + φ(W ξ + b), but for the linear last layer of the adjacent part;
 * - `two-branch`: two rows of K layers side by side, whose outputs are added.
 */
export type KernelNetwork = 'plain' | 'residual' | 'two-branch';

/**
 * How the levels are connected.
 *
 * - `h` (the paper's): every level restricts the input and interpolates to the output by itself, as a hierarchical matrix does;
 * - `h2`: level by level, a V, as an H²-matrix does; see {@link h2Branch}.
 */
export type Structure = 'h' | 'h2';

/** Layers at the end of a branch: how many, and what follows each of them. */
export interface EndLayers {
  /** The restriction (or interpolation) itself included; the paper has 1. The others have r channels and windows of 1. */
  readonly layers: number;
  /** φ; default the network's. The interpolation itself, last of all, stays linear. */
  readonly activation?: Activation;
}

/** Connectivity layer by layer; what is left out is `convolutional`. */
export interface MixedConnectivity {
  readonly restriction?: Connectivity;
  /** Of the kernel layers of the levels. */
  readonly kernel?: Connectivity;
  readonly interpolation?: Connectivity;
  /** Of the kernel layers of the adjacent part. */
  readonly adjacent?: Connectivity;
}

/** Options beyond Algorithm 3. */
export interface Extensions {
  /** Default `strong`. */
  readonly admissibility?: Admissibility;
  /** What lies beyond the ends of the domain; default `periodic`. */
  readonly padding?: Padding;
  /** Restriction of several layers, or a nonlinear one; default one layer, linear. */
  readonly restriction?: EndLayers;
  /** Interpolation of several layers; default one, linear. */
  readonly interpolation?: EndLayers;
  /** Default `plain`. */
  readonly kernel?: KernelNetwork;
  /** Default `h`. `h2` is for one dimension, with plain kernels and one linear restriction and interpolation a level. */
  readonly structure?: Structure;
}

/** {@link Extensions} checked: those that differ from the paper, and no others. */
export interface ExtensionSpec extends Extensions {
  readonly restriction?: Required<EndLayers>;
  readonly interpolation?: Required<EndLayers>;
}

export const EXTENSIONS: readonly (keyof Extensions)[] = [
  'admissibility',
  'padding',
  'restriction',
  'interpolation',
  'kernel',
  'structure',
];

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

/** Checks the extensions and keeps those that differ from the paper. @throws ArgumentError */
export function completeExtensions(options: Extensions, activation: Activation): ExtensionSpec {
  const { admissibility = 'strong', padding = 'periodic', kernel = 'plain', structure = 'h' } = options;
  requireOneOf<Admissibility>('network.admissibility', admissibility, ['strong', 'weak']);
  requireOneOf<Padding>('network.padding', padding, PADDINGS);
  requireOneOf<KernelNetwork>('network.kernel', kernel, ['plain', 'residual', 'two-branch']);
  const restriction = completeEnd('restriction', options.restriction, activation);
  const interpolation = completeEnd('interpolation', options.interpolation, activation);
  requireOneOf<Structure>('network.structure', structure, ['h', 'h2']);
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
  const argument = `network.${end}`;
  requireKnownOptions(argument, options, ['layers', 'activation']);
  const layers = requireInteger(`${argument}.layers`, options.layers, { min: 1, max: 1000 });
  const { activation = otherwise } = options;
  requireOneOf(`${argument}.activation`, activation, ACTIVATIONS);
  if (layers > 1) return { layers, activation };
  if (end === 'restriction') return activation === 'linear' ? undefined : { layers, activation };
  if (options.activation !== undefined) requireOneOf(`${argument}.activation`, activation, ['linear']);
  return undefined;
}

/** One word where all layers are alike. @throws ArgumentError */
export function completeConnectivity(connectivity: Connectivity | MixedConnectivity): Connectivity | MixedConnectivity {
  if (typeof connectivity !== 'object' || connectivity === null) {
    return requireOneOf<Connectivity>('network.connectivity', connectivity, CONNECTIVITIES);
  }
  const mixed = connectivityByLayer(connectivity);
  requireKnownOptions('network.connectivity', connectivity, Object.keys(mixed));
  for (const [layer, value] of Object.entries(mixed)) {
    requireOneOf<Connectivity>(`network.connectivity.${layer}`, value, CONNECTIVITIES);
  }
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
