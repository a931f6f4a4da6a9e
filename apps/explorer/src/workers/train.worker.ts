/** Training in the page: samples are made and the network of the experiment is trained on them, on all cores. */
import { fitNormalizer } from '@dyadic/dataset';
import { wasmEngine } from '@dyadic/engine-wasm';
import { mnn } from '@dyadic/mnn';
import { groundStateSolver } from '@dyadic/nlse';
import { evaluatePotential, samplePotential } from '@dyadic/potentials';
import { decodeCheckpoint, encodeCheckpoint, prepareSamples, type TrainingPlan, train } from '@dyadic/training';
import { gridOf, problemOf } from '../problems.js';

/** Samples of the training, of validation and of the test; numbered as in the data set of the experiment. */
export interface TrainOptions {
  readonly train: number;
  readonly validation: number;
  readonly epochs: number;
}

export type TrainRequest =
  | { readonly kind: 'start'; readonly options: TrainOptions; readonly from: Uint8Array | undefined }
  | { readonly kind: 'stop' };

export type TrainEvent =
  | { readonly kind: 'samples'; readonly done: number; readonly total: number }
  | { readonly kind: 'engine'; readonly description: string; readonly parameters: number }
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
  else if (!running) void start(request.options, request.from);
});

async function start(options: TrainOptions, from: Uint8Array | undefined): Promise<void> {
  running = new AbortController();
  try {
    await run(options, from, running.signal);
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

async function run(options: TrainOptions, from: Uint8Array | undefined, signal: AbortSignal): Promise<void> {
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
  const engine = await wasmEngine();
  const session = await engine.open(network);
  post({ kind: 'engine', description: engine.description, parameters: network.parameterCount });
  const origin = originOf(options);
  // Encoded after every epoch: the state goes on changing, and an epoch that is stopped is given up.
  let last = from;
  let epochs = earlier?.state.epoch ?? 0;
  const report = atMost(PAUSE);
  try {
    await train({
      network,
      session,
      train: prepareSamples(network, training, normalizers),
      validation: prepareSamples(network, part(options.train, options.validation), normalizers),
      plan,
      ...(earlier && { from: earlier.state }),
      signal,
      onStep: (done, total) => report(() => post({ kind: 'step', done, total })),
      onEpoch: async (state) => {
        last = encodeCheckpoint({ network, plan, normalizers, origin, engine: engine.name, state });
        epochs = state.epoch;
        const { epoch, loss, validation } = state.history.at(-1)!;
        post({ kind: 'epoch', epoch, loss, validation });
        // So that a request to stop is heard.
        await new Promise((resolve) => setTimeout(resolve, 0));
      },
    });
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    session.close();
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
