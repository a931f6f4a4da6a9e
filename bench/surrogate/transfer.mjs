/**
 * A network trained on a box, applied to one of twice the cells: boxes of equal size have equal weights, so that every level
 * moves up by one, and the coarsest of the larger box is new. It stays absent, or all is trained on for a while.
 */
import { wasmEngine } from '@dyadic/engine-wasm';
import { initialParameters, networkFromDocument } from '@dyadic/mnn';
import { findCheckpoint } from '@dyadic/pipeline';
import { initialState, prepareSamples, relativeErrors, summarizeErrors, train } from '@dyadic/training';

/** Samples of the larger box and epochs that the moved network is trained on. */
const TUNINGS = [
  { samples: 50, epochs: 20 },
  { samples: 200, epochs: 20 },
];
/** Learning rate, relative to that of the training. */
const GENTLE = 0.2;

/**
 * Parameters of the larger network: those of the smaller, a level up. A window that is wider there gets zeros at its ends, and
 * the coarsest level interpolates nothing, whatever it computes, or in layers that add up levels is zero.
 */
export function enlarge(small, parameters, large, initial) {
  const moved = initialParameters(large, 1, initial);
  const byName = new Map(small.layers.map((layer) => [layer.name, layer]));
  const copy = (to, from, slice) =>
    moved.set(parameters.subarray(from.offset, from.offset + from.size), to.offset + slice);
  for (const layer of large.layers) {
    const [, before, level, rest] = /^(.*)level-(\d+)(.*)$/.exec(layer.name) ?? [];
    const source = byName.get(level === undefined ? layer.name : `${before}level-${level - 1}${rest}`);
    if (!source) {
      if (layer.kind !== 'interpolation' && before === '') continue;
      for (const { offset, size } of [layer.weight, layer.bias]) moved.fill(0, offset, offset + size);
      continue;
    }
    copy(layer.bias, source.bias, 0);
    if (source.weight.size === layer.weight.size) copy(layer.weight, source.weight, 0);
    else widen(moved, layer, parameters, source);
  }
  return moved;
}

/** Weights [out, window^d, in] in the middle of a wider window. */
function widen(moved, layer, parameters, source) {
  const { dimension, inputChannels, outputChannels, weight } = layer;
  const margin = (layer.window - source.window) / 2;
  moved.fill(0, weight.offset, weight.offset + weight.size);
  const places = source.window ** dimension;
  for (let out = 0; out < outputChannels; out++) {
    for (let place = 0; place < places; place++) {
      let [rest, wide, stride] = [place, 0, 1];
      for (let axis = 0; axis < dimension; axis++) {
        wide += ((rest % source.window) + margin) * stride;
        rest = Math.floor(rest / source.window);
        stride *= layer.window;
      }
      const from = source.weight.offset + (out * places + place) * inputChannels;
      moved.set(
        parameters.subarray(from, from + inputChannels),
        weight.offset + (out * layer.window ** dimension + wide) * inputChannels,
      );
    }
  }
}

/** Test errors on the larger box: of the moved network as it is, and trained on. */
export async function measureTransfer(from, to, smallExperiment, openLarge, threads) {
  const { network: small, normalizers, state } = await findCheckpoint(smallExperiment.runFolder);
  const large = networkFromDocument(to.network);
  const { splits } = openLarge;
  const engine = await wasmEngine({ threads });
  const session = await engine.open(large);
  const prepared = async (split, count) =>
    prepareSamples(large, await split.read(0, Math.min(count, split.count)), normalizers);
  const test = await prepared(splits.test, splits.test.count);
  const validation = await prepared(splits.validation, 60);
  const errorOf = async (parameters) => summarizeErrors(await relativeErrors(large, session, parameters, test)).mean;
  const parameters = enlarge(small, state.best, large, to.plan.initial);
  const rows = [{ samples: 0, epochs: 0, error: await errorOf(parameters), seconds: 0 }];
  for (const { samples, epochs } of TUNINGS.filter((tuning) => tuning.samples <= splits.train.count)) {
    const { schedule, ...plan } = to.plan;
    const gentle = {
      ...plan,
      epochs,
      batchSize: 10,
      schedule: { ...schedule, learningRate: GENTLE * schedule.learningRate },
    };
    const start = performance.now();
    const tuned = await train({
      network: large,
      session,
      train: await prepared(splits.train, samples),
      validation,
      plan: gentle,
      from: { ...initialState(large, gentle), parameters: Float32Array.from(parameters) },
    });
    const seconds = (performance.now() - start) / 1000;
    rows.push({ samples, epochs, error: await errorOf(tuned.best), seconds });
  }
  session.close();
  return {
    name: `transfer-${from.name}-to-${to.electrons}`,
    kind: from.kind,
    dimension: from.dimension,
    from: from.electrons,
    to: to.electrons,
    rows,
  };
}
