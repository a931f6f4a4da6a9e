/** Training in the page: samples are made and the network of the experiment is trained on them, on the graphics device or all cores. */
import { fitNormalizer } from '@dyadic/dataset';
import { mnn } from '@dyadic/mnn';
import { groundStateSolver } from '@dyadic/nlse';
import { evaluatePotential, samplePotential } from '@dyadic/potentials';
import { decodeCheckpoint, encodeCheckpoint, prepareSamples, type TrainingPlan, train } from '@dyadic/training';
import type { EngineChoice } from '../engine-choice.js';
import { gridOf, problemOf } from '../problems.js';
import { isDeviceError, openEngine, openWasm, PATIENCE, type TrainingEngine, within } from './training-engine.js';

/** Samples of the training, of validation and of the test; numbered as in the data set of the experiment. */
export interface TrainOptions {
  readonly train: number;
  readonly validation: number;
  readonly epochs: number;
}

export type TrainRequest =
  | {
      readonly kind: 'start';
      readonly options: TrainOptions;
      readonly engine: EngineChoice;
      readonly from: Uint8Array | undefined;
    }
  | { readonly kind: 'stop' };

export type TrainEvent =
  | { readonly kind: 'samples'; readonly done: number; readonly total: number }
  | { readonly kind: 'engine'; readonly description: string; readonly why: string; readonly parameters: number }
  | { readonly kind: 'step'; readonly done: number; readonly total: number }
  | { readonly kind: 'epoch'; readonly epoch: number; readonly loss: number; readonly validation: number | null }
  | { readonly kind: 'checkpoint'; readonly bytes: Uint8Array; readonly finished: boolean }
  | { readonly kind: 'failed'; readonly message: string };

const SEED = 2018;
const PROBLEM = problemOf('nlse-1d');
/** Between two reports of the same kind, in milliseconds. */
const PAUSE = 50;

const post = (event: TrainEvent) => (globalThis as unknown as Worker).postMessage(event);
let running: AbortController | undefined;

globalThis.addEventListener('message', (event: Event) => {
  const request = (event as MessageEvent<TrainRequest>).data;
  if (request.kind === 'stop') running?.abort();
  else if (!running) void start(request);
});

async function start(request: Extract<TrainRequest, { kind: 'start' }>): Promise<void> {
  running = new AbortController();
  try {
    await run(request, running.signal);
  } catch (error) {
    post({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  } finally {
    running = undefined;
  }
}

/** As `apps/nlse-1d/experiment.json` has it, but for the number of epochs. */
function planOf(epochs: number): TrainingPlan {
  return {
    epochs,
    batchSize: 10,
    seed: 1,
    optimizer: { name: 'soap', beta2: 0.99 },
    schedule: { shape: 'cosine', learningRate: 0.003, warmup: 0.02 },
    loss: 'error',
    initial: { scheme: 'fan-in', gain: 0.3, bias: 0.1 },
    augment: 'torus',
  };
}

async function run(
  { options, from, engine: choice }: Extract<TrainRequest, { kind: 'start' }>,
  signal: AbortSignal,
): Promise<void> {
  const network = mnn({
    points: PROBLEM.points,
    levels: 6,
    channels: 6,
    kernelLayers: 5,
    activation: 'softplus',
    output: 'wavefunction',
  });
  const plan = planOf(options.epochs);
  const raw = await samples(options.train + options.validation, signal);
  if (signal.aborted) return;
  const part = (first: number, count: number) => ({
    first,
    count,
    inputs: raw.inputs.subarray(first * PROBLEM.points, (first + count) * PROBLEM.points),
    targets: raw.targets.subarray(first * PROBLEM.points, (first + count) * PROBLEM.points),
  });
  const training = part(0, options.train);
  const earlier = from && decodeCheckpoint('the training so far', from);
  const normalizers = earlier?.normalizers ?? {
    input: fitNormalizer(training.inputs, 'standard'),
    output: fitNormalizer(training.targets, 'rms-scale'),
  };
  const origin = originOf(options);
  const data = {
    train: prepareSamples(network, training, normalizers),
    validation: prepareSamples(network, part(options.train, options.validation), normalizers),
  };
  // Encoded after every epoch: the state goes on changing, and an epoch that is stopped is given up.
  let last = from;
  let epochs = earlier?.state.epoch ?? 0;
  const report = atMost(PAUSE);
  /** From the last epoch that was done, to the end or until the signal. @throws Error when the device is lost, or late */
  const trainOn = async ({ name, description, why, session, close }: TrainingEngine) => {
    post({ kind: 'engine', description, why, parameters: network.parameterCount });
    const given = new AbortController();
    let training!: Promise<unknown>;
    const begun = new Promise<void>((begin) => {
      training = train({
        network,
        session,
        ...data,
        plan,
        ...(last && { from: decodeCheckpoint('the training so far', last).state }),
        signal: AbortSignal.any([signal, given.signal]),
        onStep: (done, total) => {
          begin();
          report(() => post({ kind: 'step', done, total }));
        },
        onEpoch: async (state) => {
          last = encodeCheckpoint({ network, plan, normalizers, origin, engine: name, state });
          epochs = state.epoch;
          const { epoch, loss, validation } = state.history.at(-1)!;
          post({ kind: 'epoch', epoch, loss, validation });
          // So that a request to stop is heard.
          await new Promise((resolve) => setTimeout(resolve, 0));
        },
      });
    });
    try {
      // Its shaders are compiled when they are first used.
      if (name === 'webgpu') await within(PATIENCE, Promise.race([begun, training]));
      await training;
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      given.abort();
      close();
    }
  };
  try {
    await trainOn(await openEngine(choice, { network, batchSize: plan.batchSize }));
  } catch (error) {
    if (!isDeviceError(error)) throw error;
    const from = epochs > 0 ? `it goes on from epoch ${epochs + 1}` : 'it begins again';
    await trainOn(await openWasm({ network, batchSize: plan.batchSize }, `${error.message}; ${from}`));
  }
  if (last) post({ kind: 'checkpoint', bytes: last, finished: epochs >= options.epochs });
}

/** What the checkpoint says it is of, in the words of a checkpoint that the command writes. */
function originOf({ train, validation }: TrainOptions) {
  const { name: _, height: __, ...family } = PROBLEM.family;
  return {
    experiment: 'nlse-1d',
    input: 'potential',
    output: 'solution',
    splits: { train, validation },
    problem: { equation: 'nlse', potential: { ...family, equation: 'nlse', preset: 'paper' } },
  };
}

/** Ground states of the first samples of the data set. */
async function samples(count: number, signal: AbortSignal) {
  const grid = gridOf(PROBLEM);
  const solve = groundStateSolver(grid, { beta: PROBLEM.parameter.trained });
  const inputs = new Float32Array(count * grid.size);
  const targets = new Float32Array(count * grid.size);
  let paused = performance.now();
  for (let index = 0; index < count && !signal.aborted; index++) {
    const potential = evaluatePotential(samplePotential(PROBLEM.family, SEED, index), grid);
    const { u, status } = solve(potential);
    if (status !== 'converged') throw new Error(`sample ${index}: the solver ended with ${status}`);
    inputs.set(potential, index * grid.size);
    targets.set(u, index * grid.size);
    if (performance.now() - paused < PAUSE && index < count - 1) continue;
    post({ kind: 'samples', done: index + 1, total: count });
    await new Promise((resolve) => setTimeout(resolve, 0));
    paused = performance.now();
  }
  return { inputs, targets };
}

/** Lets through what comes no sooner than so many milliseconds after the last. */
function atMost(pause: number) {
  let last = 0;
  return (act: () => void) => {
    if (performance.now() - last < pause) return;
    last = performance.now();
    act();
  };
}
