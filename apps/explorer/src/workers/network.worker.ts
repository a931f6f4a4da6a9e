/** The networks, away from the page's own thread: predictions, and how far a potential lies from the training data. */
import { selfConsistentField } from '@dyadic/kohn-sham';
import type { Sample } from '@dyadic/potentials';
import { loadModelSync, type SyncModel } from '@dyadic/training';
import { type Distance, TrainingData } from '../distance.js';
import { FIELD_ELECTRONS, FIELD_SCREENING, gridOf, problemOf } from '../problems.js';
import { serveRequests } from './requests.js';

/** Opens a model under a name, or predicts with one that is open. */
export type NetworkRequest = OpenRequest | PredictRequest;

export interface OpenRequest {
  readonly kind: 'open';
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface PredictRequest {
  readonly kind: 'predict';
  readonly name: string;
  readonly problem: string;
  readonly potential: Float64Array;
  readonly parameter: number;
  /** The wells, where the potential is made of such, and the seed of the training data. */
  readonly wells: { readonly sample: Sample; readonly seed: number } | undefined;
}

export interface Predicted {
  readonly prediction: Float64Array;
  /** Evaluations of the network. */
  readonly evaluations: number;
  readonly milliseconds: number;
  readonly distance: Distance | undefined;
}

/** What the page shows of a model. */
export interface Opened {
  /** Points along each axis. */
  readonly shape: readonly number[];
  /** Fields of an input, and of an output. */
  readonly fields: readonly [number, number];
  readonly parameters: number;
  readonly epochs: number;
  readonly validation: number;
  readonly origin: unknown;
}

const models = new Map<string, SyncModel>();
const data = new Map<string, TrainingData>();

serveRequests<NetworkRequest>((request) => (request.kind === 'open' ? open(request) : predict(request)));

function open({ name, bytes }: OpenRequest): Opened {
  const model = loadModelSync(bytes);
  models.get(name)?.close();
  models.set(name, model);
  const { network, origin, state } = model.checkpoint;
  return {
    shape: network.shape,
    fields: [network.inputs, network.outputs],
    parameters: network.parameterCount,
    epochs: state.epoch,
    validation: state.bestError,
    origin,
  };
}

function predict({ name, problem: id, potential, parameter, wells }: PredictRequest): Predicted {
  const model = models.get(name);
  if (!model) throw new Error(`the model ${name} is not open`);
  const problem = problemOf(id);
  const start = performance.now();
  const { prediction, evaluations } =
    problem.equation === 'field' ? fieldOf(model, potential, parameter) : once(model, potential);
  const milliseconds = performance.now() - start;
  return { prediction, evaluations, milliseconds, distance: wells && distanceOf(problem.id, wells) };
}

function once(model: SyncModel, potential: Float64Array) {
  return { prediction: Float64Array.from(model.predict(potential)), evaluations: 1 };
}

/** The self-consistent field with the network in place of the eigensolver. */
function fieldOf(model: SyncModel, external: Float64Array, strength: number) {
  const field = selfConsistentField({
    external,
    grid: gridOf(problemOf('field-1d')),
    electrons: FIELD_ELECTRONS,
    interaction: { strength, screening: FIELD_SCREENING },
    // A network of float32 does not resolve more.
    tolerance: 1e-6,
    map: (potential) => ({ density: Float64Array.from(model.predict(potential)) }),
  });
  return { prediction: field.density, evaluations: field.iterations };
}

function distanceOf(id: string, { sample, seed }: NonNullable<PredictRequest['wells']>): Distance {
  const key = `${id}/${seed}`;
  const known = data.get(key) ?? new TrainingData(problemOf(id), seed);
  data.set(key, known);
  return known.of(sample);
}
