import {
  ACTIVATION_FUNCTIONS,
  ACTIVATIONS,
  type Admissibility,
  type Connectivity,
  type EndLayers,
  type Fit,
  type FourierOptions,
  type KernelNetwork,
  type MixedConnectivity,
  type MnnOptions,
  type MultiscaleOperatorOptions,
  OUTPUT_FORMULAS,
  OUTPUT_STAGES,
  type OutputGroup,
  type Padding,
  type Structure,
} from '@dyadic/mnn';
import { z } from 'zod';
import { choices, type EntriesOf } from './choices.js';

/** `name: what it is` of every entry of a table. */
const explain = (table: Readonly<Record<string, { readonly description: string }>>) =>
  Object.entries(table)
    .map(([name, { description }]) => `${name}: ${description}`)
    .join('; ');

const activation = z.enum(ACTIVATIONS);
const connectivity = choices<Connectivity>()('convolutional', 'local');

const mixed = z.strictObject({
  restriction: connectivity.optional(),
  kernel: connectivity.optional().describe('of the kernel layers of the levels'),
  interpolation: connectivity.optional(),
  adjacent: connectivity.optional().describe('of the kernel layers of the adjacent part'),
} satisfies EntriesOf<MixedConnectivity>);

const endLayers = z.strictObject({
  layers: z.int().min(1).describe('layers in all, the restriction or interpolation itself included'),
  activation: activation.optional().describe('after each of them; default: the network’s'),
} satisfies EntriesOf<EndLayers>);

const gridPoints = z.int().min(4);

const stage = z.enum(OUTPUT_STAGES);

const outputGroup = z.strictObject({
  stage,
  fields: z.int().min(1).describe('consecutive output fields that have one mean together'),
} satisfies EntriesOf<OutputGroup>);

const outputStages = z.union([stage, z.array(z.union([stage, outputGroup])).min(1)]);

const multiscaleSchema = z
  .strictObject({
    dimension: z.literal([1, 2, 3]).optional().describe('d, the dimension of the domain; default 1'),
    points: z
      .union([gridPoints, z.array(gridPoints).min(1).max(3)])
      .describe('N, grid points per axis, one number or one per axis; multiples of 2^levels unless they are padded'),
    fit: choices<Fit>()('exact', 'pad')
      .optional()
      .describe(
        'what is done with other points: refuse them (default), or pad the input as padding says and crop the output',
      ),
    inputs: z.int().min(1).max(1000).optional().describe('input fields; default as many as there are input columns'),
    outputs: z.int().min(1).max(1000).optional().describe('output fields; default as many as there are output columns'),
    levels: z.int().min(1).describe('L, the finest level; at least 2, or 1 with weak admissibility'),
    channels: z.int().min(1).describe('r, channels per box'),
    kernelLayers: z.int().min(1).describe('K, kernel layers per level and in the adjacent part'),
    activation: activation
      .optional()
      .describe(`φ of the kernel layers, default relu; ${explain(ACTIVATION_FUNCTIONS)}`),
    connectivity: z
      .union([connectivity, mixed])
      .optional()
      .describe('of all layers, or part by part; default convolutional'),
    output: outputStages
      .optional()
      .describe(
        `what happens to the sum of the branches, default linear; ${explain(OUTPUT_FORMULAS)}; a list has one for each output field, or group of fields`,
      ),
    admissibility: choices<Admissibility>()('strong', 'weak')
      .optional()
      .describe('which boxes the kernel layers of a level connect; default strong'),
    padding: choices<Padding>()('periodic', 'zero', 'reflect')
      .optional()
      .describe('what lies beyond the ends of the domain; default periodic'),
    restriction: endLayers.optional().describe('a restriction of several layers; default one, linear'),
    interpolation: endLayers.optional().describe('an interpolation of several layers; default one, linear'),
    kernel: choices<KernelNetwork>()('plain', 'residual', 'two-branch')
      .optional()
      .describe('how the kernel layers of a level are connected; default plain, in a row'),
    structure: choices<Structure>()('h', 'h2')
      .optional()
      .describe(
        'how the levels are connected: each by itself (default), or level by level as in an H²-matrix, 1D only',
      ),
  } satisfies EntriesOf<MnnOptions>)
  .describe('the network, options of mnn(…)');

/** What the structures have whose layers each mix all scales. */
const layeredEntries = {
  dimension: z.literal([1, 2, 3]).optional().describe('d, the dimension of the domain; default 1'),
  points: z.union([gridPoints, z.array(gridPoints).min(1).max(3)]).describe('N, grid points per axis'),
  inputs: z.int().min(1).max(1000).optional().describe('input fields; default as many as there are input columns'),
  outputs: z.int().min(1).max(1000).optional().describe('output fields; default as many as there are output columns'),
  width: z.int().min(1).describe('α, channels that the layers work on'),
  layers: z.int().min(1).describe('K, layers that mix all scales'),
  activation: activation.optional().describe('φ of the layers and of the projection; default softplus'),
  padding: choices<Padding>()('periodic', 'zero', 'reflect')
    .optional()
    .describe('what lies beyond the ends of the domain; default periodic'),
  output: outputStages.optional().describe('what happens to the projected fields; default linear'),
};

const fourierSchema = z
  .strictObject({
    structure: z.literal('fourier').describe('layers that multiply the lower frequencies, a Fourier neural operator'),
    ...layeredEntries,
    boxes: z.int().min(1).optional().describe('boxes per axis that the layers work on, a divisor of N; default N'),
    modes: z.int().min(1).describe('M: frequencies below M along every axis pass'),
  } satisfies EntriesOf<FourierOptions>)
  .describe('the network, options of fourierNetwork(…)');

const multiscaleOperatorSchema = z
  .strictObject({
    structure: z.literal('multiscale-operator').describe('layers that each add up all levels, on the finest boxes'),
    ...layeredEntries,
    levels: z.int().min(1).describe('L: the layers work on 2^L boxes per axis, which divide N'),
    window: z.int().min(1).optional().describe('boxes per axis of a level’s windows, odd; default 7'),
  } satisfies EntriesOf<MultiscaleOperatorOptions>)
  .describe('the network, options of multiscaleOperatorNetwork(…)');

/** The entry `network` of an experiment, for editors and documentation; `networkFromDocument` checks what makes sense together. */
export const networkSchema = z.union([multiscaleSchema, fourierSchema, multiscaleOperatorSchema]);
