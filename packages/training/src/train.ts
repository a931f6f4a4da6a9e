import { ArgumentError, InterruptedError, NumericalError } from '@dyadic/errors';
import { type Descent, initialParameters, type LoadedSamples, type Network, type Session } from '@dyadic/mnn';
import { meanError, relativeErrors } from './error-measure.js';
import { optimizer } from './optimizers/index.js';
import type { Optimizer } from './optimizers/optimizer.js';
import { requirePlan, type TrainingPlan } from './plan.js';
import { type Schedule, schedule } from './schedule.js';
import { checkedSource, holdSamples, type SampleData, watchLeftOut, weighFields } from './source.js';
import { holdsValidation, type TrainingWindow, WindowFeed } from './windows.js';

/** One line of the training log. */
export interface EpochRecord {
  readonly epoch: number;
  /**
   * Mean over the epoch's samples of the loss, the squared relative error or the relative error itself; without those whose
   * target is zero everywhere.
   */
  readonly loss: number;
  /** Mean relative error ε of the validation samples after the epoch; null when it was not measured. */
  readonly validation: number | null;
  /** Learning rate of the epoch's last step. */
  readonly learningRate: number;
}

/** Everything that the rest of a training run depends on. */
export interface TrainingState {
  /** Epochs done. */
  epoch: number;
  readonly parameters: Float32Array;
  /** The parameters, or their average, with the least validation error so far: the result of the training. */
  readonly best: Float32Array;
  bestEpoch: number;
  bestError: number;
  readonly optimizer: Optimizer;
  readonly history: EpochRecord[];
  /** θ̄, where the plan has an `averageDecay`. */
  readonly average?: Float32Array;
}

/**
 * Whether nothing is left to train: all epochs are done, or the plan's patience has run out. A run that is finished can be
 * resumed with a plan of more epochs: epochs that are done stay what they are, and the new plan says all of the others,
 * as if it had been the plan from the beginning.
 */
export function isFinished(plan: TrainingPlan, { epoch, bestEpoch, history }: TrainingState): boolean {
  if (epoch >= plan.epochs) return true;
  const without = history.filter((record) => record.epoch > bestEpoch && record.validation !== null).length;
  return plan.patience !== undefined && without >= plan.patience;
}

export interface TrainingTask {
  readonly network: Network;
  readonly session: Session;
  /** In memory, or read window by window while the session computes. */
  readonly train: SampleData;
  readonly validation: SampleData;
  readonly plan: TrainingPlan;
  /** Where an earlier run was; by default the beginning. */
  readonly from?: TrainingState;
  /** Called after every step with the steps done and to do. */
  readonly onStep?: (done: number, total: number) => void;
  /** Called after every epoch with the live state; the place to save it. Awaited. */
  readonly onEpoch?: (state: TrainingState) => void | Promise<void>;
  /** Stops the training between two steps; the epoch at hand is given up. */
  readonly signal?: AbortSignal;
}

/** The state before the first step. @throws ArgumentError for a wrong plan */
export function initialState(network: Network, plan: TrainingPlan): TrainingState {
  const parameters = initialParameters(network, plan.seed, plan.initial);
  return {
    epoch: 0,
    parameters,
    best: Float32Array.from(parameters),
    bestEpoch: 0,
    bestError: Number.POSITIVE_INFINITY,
    optimizer: optimizer(network, plan.optimizer),
    history: [],
    ...(plan.averageDecay !== undefined && { average: Float32Array.from(parameters) }),
  };
}

/**
 * Minimises the mean squared relative error (4.1) over the training samples, or the mean relative error, by mini-batch
 * steps; the validation samples choose the epoch whose parameters are kept. Stopping after any epoch and resuming from
 * its state gives the same bits as not stopping.
 *
 * @returns The final state.
 * @throws InterruptedError on the signal; NumericalError, naming epoch, batch and sample, when the loss is no
 * longer finite
 */
export async function train(task: TrainingTask): Promise<TrainingState> {
  const { network, session, plan, onEpoch } = task;
  requirePlan(network, plan);
  const validateEvery = plan.validateEvery ?? 1;
  const stepsPerEpoch = Math.ceil(task.train.count / plan.batchSize);
  const learningRate = schedule(plan.epochs * stepsPerEpoch, plan.schedule);
  const state = task.from ?? initialState(network, plan);
  const throwIfAborted = () => {
    if (task.signal?.aborted) throw new InterruptedError(`training was stopped in epoch ${state.epoch + 1}`);
  };
  const stoppable = (data: SampleData) => ('readInto' in data ? checkedSource(data, throwIfAborted) : data);
  const { data, leftOut } = watchLeftOut(network, weighFields(network, stoppable(task.train), plan.fieldWeights));
  const feed = new WindowFeed(network, session, data, plan);
  const { rule } = state.optimizer;
  // An average needs the parameters of every step, which such an engine keeps to itself.
  const descent = rule && !state.average ? await session.descend?.(rule) : undefined;
  const pace = { steps: 1 };
  try {
    descent?.write(state.parameters, state.optimizer.vectors);
    const validation = await validationData(task, stoppable(task.validation));
    while (!isFinished(plan, state)) {
      const lossSum = descent
        ? await descendEpoch(task, state, feed, learningRate, throwIfAborted, descent, pace)
        : await runEpoch(task, state, feed, learningRate, throwIfAborted);
      const counted = task.train.count - leftOut.size; // an epoch has read every sample
      if (counted === 0) throw nothingToMeasure('train');
      const loss = lossSum / counted;
      state.epoch++;
      const measured = state.epoch % validateEvery === 0 || state.epoch === plan.epochs;
      const error = measured ? await validate(task, validation, state) : null;
      requireFiniteParameters(state);
      const lastRate = learningRate(state.epoch * stepsPerEpoch - 1);
      state.history.push({ epoch: state.epoch, loss, validation: error, learningRate: lastRate });
      await onEpoch?.(state);
    }
  } finally {
    descent?.close();
    await feed.close();
  }
  return state;
}

/** In memory where there is room for them; else they are read for each validation. The numbers are the same either way. */
async function validationData({ network, plan, train }: TrainingTask, validation: SampleData): Promise<SampleData> {
  return holdsValidation(network, train.count, validation.count, plan) ? holdSamples(network, validation) : validation;
}

/**
 * How often to yield to the event loop: an engine that computes on this thread would otherwise keep the signal that stops
 * the training from arriving.
 */
const YIELD_INTERVAL_MS = 50;

/** One pass over the samples, window by window, in the order of this epoch's streams. Returns the sum of the losses. */
async function runEpoch(
  { network, session, plan, train, onStep }: TrainingTask,
  state: TrainingState,
  feed: WindowFeed,
  learningRate: Schedule,
  throwIfAborted: () => void,
): Promise<number> {
  const gradient = new Float32Array(network.parameterCount);
  const stepsPerEpoch = Math.ceil(train.count / plan.batchSize);
  let lossSum = 0;
  let step = 0;
  let lastYield = performance.now();
  for (let k = 0; k < feed.windows; k++) {
    const { loaded, order, movesOf, numberOf } = await feed.open(state.epoch, k);
    for (let first = 0; first < order.length; first += plan.batchSize) {
      if (feed.reading || performance.now() - lastYield > YIELD_INTERVAL_MS) {
        await eventLoopTurn();
        lastYield = performance.now();
      }
      throwIfAborted();
      const indices = order.subarray(first, first + plan.batchSize);
      const moves = movesOf(indices);
      const loss = await session.lossAndGradient(state.parameters, loaded, indices, gradient, plan.loss, moves);
      if (!Number.isFinite(loss)) {
        const place = await firstBadPlace(session, state.parameters, loaded, indices, movesOf);
        const sample = place === null ? null : numberOf(place);
        throw divergence(state.epoch + 1, step + 1, stepsPerEpoch, sample, loss);
      }
      const t = state.epoch * stepsPerEpoch + step++;
      state.optimizer.step(state.parameters, gradient, learningRate(t));
      if (state.average) moveAverage(state.average, state.parameters, t + 1, plan.averageDecay!);
      lossSum += loss * indices.length;
      onStep?.(t + 1, plan.epochs * stepsPerEpoch);
    }
  }
  return lossSum;
}

/** θ̄ ← θ̄ + max(1 − d, 1/t) (θ − θ̄) */
function moveAverage(average: Float32Array, parameters: Float32Array, t: number, decay: number): void {
  const share = Math.max(1 - decay, 1 / t);
  for (let i = 0; i < average.length; i++) average[i]! += share * (parameters[i]! - average[i]!);
}

/** Most steps that are submitted at once where the engine has the optimizer; while they run, as many again are submitted. */
const MOST_AHEAD = 64;

/** {@link runEpoch} by an engine that does whole steps: it is asked for the losses one portion later, for the state in the end. */
async function descendEpoch(
  { plan, session, train, onStep }: TrainingTask,
  state: TrainingState,
  feed: WindowFeed,
  learningRate: Schedule,
  throwIfAborted: () => void,
  descent: Descent,
  pace: { steps: number },
): Promise<number> {
  const stepsPerEpoch = Math.ceil(train.count / plan.batchSize);
  let lossSum = 0;
  let submitted = 0;
  let done = 0;
  for (let k = 0; k < feed.windows; k++) {
    const { loaded, order, movesOf, numberOf } = await feed.open(state.epoch, k);
    const account = async (losses: Promise<ArrayLike<number>>, indices: Uint32Array) => {
      for (const [i, loss] of Array.from(await losses).entries()) {
        const batch = indices.subarray(i * plan.batchSize, (i + 1) * plan.batchSize);
        if (!Number.isFinite(loss)) {
          await descent.read(state.parameters, state.optimizer.vectors);
          // An engine that goes on from a bad loss has parameters at which every sample is bad.
          const known = state.parameters.every(Number.isFinite);
          const place = known ? await firstBadPlace(session, state.parameters, loaded, batch, movesOf) : null;
          throw divergence(state.epoch + 1, done + 1, stepsPerEpoch, place === null ? null : numberOf(place), loss);
        }
        lossSum += loss * batch.length;
        onStep?.(state.epoch * stepsPerEpoch + ++done, plan.epochs * stepsPerEpoch);
      }
    };
    let before: Parameters<typeof account> | undefined;
    for (let first = 0, steps = 0; first < order.length; first += steps * plan.batchSize) {
      const start = performance.now();
      await eventLoopTurn();
      throwIfAborted();
      steps = pace.steps;
      const indices = order.subarray(first, first + steps * plan.batchSize);
      const factors = Array.from({ length: Math.ceil(indices.length / plan.batchSize) }, () =>
        state.optimizer.advance!(learningRate(state.epoch * stepsPerEpoch + submitted++)),
      );
      const losses = descent.run(loaded, indices, plan.batchSize, factors, plan.loss, movesOf(indices));
      losses.catch(() => {}); // reported where they are awaited
      if (before) await account(...before);
      before = [losses, indices];
      const elapsed = performance.now() - start;
      if (elapsed < YIELD_INTERVAL_MS / 2) pace.steps = Math.min(MOST_AHEAD, 2 * steps);
      else if (elapsed > 2 * YIELD_INTERVAL_MS) pace.steps = Math.ceil(steps / 2);
    }
    feed.drawAhead(state.epoch, k);
    if (before) await account(...before);
  }
  await descent.read(state.parameters, state.optimizer.vectors);
  // What an optimizer keeps beside its vectors follows from them.
  state.optimizer.scalars = { ...state.optimizer.scalars };
  return lossSum;
}

/** Resolves once the event loop has run what was waiting. */
function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}

/** Mean ε of the validation samples; keeps the parameters, or their average, if they are the best yet. */
async function validate(
  { network, session }: TrainingTask,
  validation: SampleData,
  state: TrainingState,
): Promise<number> {
  const candidate = state.average ?? state.parameters;
  const mean = meanError(await relativeErrors(network, session, candidate, validation));
  if (Number.isNaN(mean)) throw nothingToMeasure('validation');
  if (!Number.isFinite(mean)) throw new NumericalError(`the validation error is ${mean} after epoch ${state.epoch}`);
  if (mean < state.bestError) {
    state.best.set(candidate);
    state.bestEpoch = state.epoch;
    state.bestError = mean;
  }
  return mean;
}

function nothingToMeasure(part: 'train' | 'validation'): ArgumentError {
  return new ArgumentError(part, 'zero in every target', 'at least one sample whose target is not zero everywhere');
}

/** Refuses non-finite parameters, so that they are never saved. */
function requireFiniteParameters({ parameters, epoch }: TrainingState): void {
  if (parameters.every(Number.isFinite)) return;
  throw new NumericalError(`parameters are no longer finite after epoch ${epoch}; try a smaller learning rate`);
}

/** The first place of a batch whose sample's own loss is not finite; null if all are, and only their sum is not. */
async function firstBadPlace(
  session: Session,
  parameters: Float32Array,
  loaded: LoadedSamples,
  batch: Uint32Array,
  movesOf: TrainingWindow['movesOf'],
): Promise<number | null> {
  const gradient = new Float32Array(parameters.length);
  for (const place of batch) {
    const one = Uint32Array.of(place);
    const loss = await session.lossAndGradient(parameters, loaded, one, gradient, undefined, movesOf(one));
    if (!Number.isFinite(loss)) return place;
  }
  return null;
}

function divergence(
  epoch: number,
  batch: number,
  batches: number,
  sample: number | null,
  loss: number,
): NumericalError {
  const which = sample === null ? '' : `, first at training sample ${sample}`;
  return new NumericalError(
    `the loss is ${loss} in epoch ${epoch}, batch ${batch} of ${batches}${which}. The last checkpoint is untouched; try a smaller learning rate`,
  );
}
