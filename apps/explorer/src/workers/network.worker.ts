/** The networks, away from the page's own thread. */
import { selfConsistentField } from '@dyadic/kohn-sham';
import { type Ensemble, ensembleOf, inPositions, loadModelSync, type SyncModel } from '@dyadic/training';
import { FIELD, gridOf, problemOf } from '../problems.js';
import { serveRequests } from './requests.js';

/** Opens a model under a name, or predicts with one that is open, in its position or in several. */
export type NetworkRequest = OpenRequest | PredictRequest | SpreadRequest;

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
}

/** Predicts in several positions of the torus, see `inPositions`. */
export interface SpreadRequest {
  readonly kind: 'spread';
  readonly name: string;
  readonly positions: number;
  readonly potential: Float64Array;
}

export interface Spread {
  /** Of a prediction from the mean of all, relative to it. */
  readonly spread: number;
  /** The standard deviation at every grid point. */
  readonly deviation: Float64Array;
}

export interface Predicted {
  readonly prediction: Float64Array;
  /** Evaluations of the network. */
  readonly evaluations: number;
  readonly milliseconds: number;
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

/** Of models that were asked for their spread. */
const ensembles = new Map<string, Ensemble>();

serveRequests<NetworkRequest>((request) => {
  if (request.kind === 'open') return open(request);
  return request.kind === 'spread' ? spreadOf(request) : predict(request);
});

function open({ name, bytes }: OpenRequest): Opened {
  const model = loadModelSync(bytes);
  models.get(name)?.close();
  models.set(name, model);
  ensembles.delete(name);
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

function predict({ name, problem: id, potential, parameter }: PredictRequest): Predicted {
  const model = models.get(name);
  if (!model) throw new Error(`the model ${name} is not open`);
  const problem = problemOf(id);
  const start = performance.now();
  const { prediction, evaluations } =
    problem.equation === 'field' ? fieldOf(model, potential, parameter) : once(model, potential);
  const milliseconds = performance.now() - start;
  return { prediction, evaluations, milliseconds };
}

async function spreadOf({ name, positions, potential }: SpreadRequest): Promise<Spread> {
  const model = models.get(name);
  if (!model) throw new Error(`the model ${name} is not open`);
  const ensemble = ensembles.get(name) ?? ensembleOf(inPositions(model, positions));
  ensembles.set(name, ensemble);
  const { mean, outputs, spread } = await ensemble.predict(potential);
  const deviation = Float64Array.from(mean, (center, i) => {
    const squares = outputs.reduce((sum, output) => sum + (output[i]! - center) ** 2, 0);
    return Math.sqrt(squares / (outputs.length - 1));
  });
  return { spread: spread[0]!, deviation };
}

function once(model: SyncModel, potential: Float64Array) {
  return { prediction: Float64Array.from(model.predict(potential)), evaluations: 1 };
}

/** The self-consistent field with the network in place of the eigensolver. */
function fieldOf(model: SyncModel, external: Float64Array, strength: number) {
  const { screening, ...settings } = FIELD;
  const field = selfConsistentField({
    ...settings,
    external,
    grid: gridOf(problemOf('field-1d')),
    interaction: { strength, screening },
    // A network of float32 does not resolve more.
    tolerance: 1e-6,
    map: (potential) => ({ density: Float64Array.from(model.predict(potential)) }),
  });
  return { prediction: field.density, evaluations: field.iterations };
}
