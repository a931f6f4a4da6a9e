/**
 * A network trained on a box, applied to one of twice the cells along each axis: boxes of equal size have equal weights. In a
 * network of levels every level moves up by one, and the coarsest of the larger box is new; it stays absent. In one of Fourier
 * layers the kernel of every multiplier stays what it is. Either is tried as it is, and trained on for a while.
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

/** The network of twice the boxes along each axis, as a document. */
function doubled({ points, levels, boxes, modes, ...others }) {
  const more = levels === undefined ? { boxes: 2 * boxes, modes: 2 * modes - 1 } : { levels: levels + 1 };
  return { ...others, points: 2 * points, ...more };
}

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
    if (layer.kind === 'fourier') stretch(moved, layer, parameters, source);
    else if (source.weight.size === layer.weight.size) copy(layer.weight, source.weight, 0);
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

/**
 * A multiplier of B frequencies an axis for a domain of 2B boxes, by its kernel, which becomes zero beyond one period around the
 * origin:
 *
 *   m'(κ') = Σ_κ m(κ) Π D(κ − κ'/2),   D(u) = (1/B) Σ_x cos(2π u x/B),   |x| ≤ B/2, the two ends by half.
 *
 * Weights are [frequency, out, in] with W[κ] + i W[−κ] = m(κ) for half of the frequencies, and m(−κ) its conjugate.
 */
function stretch(moved, layer, parameters, { weight, window, sites }) {
  const { dimension } = layer;
  const entries = weight.size / window ** dimension;
  const frequencies = frequenciesOf(dimension, window);
  const kept = (kappa) => weight.offset + indexOf(kappa, window) * entries;
  const overlap = (u) => {
    let sum = Math.cos(Math.PI * u);
    for (let x = 1 - sites / 2; x < sites / 2; x++) sum += Math.cos((2 * Math.PI * u * x) / sites);
    return sum / sites;
  };
  for (const target of frequenciesOf(dimension, layer.window)) {
    // The real part stands at κ', the imaginary one at −κ'.
    const imaginary = leading(target) < 0;
    const wave = imaginary ? target.map((k) => -k) : target;
    const sums = new Float64Array(entries);
    for (const kappa of frequencies) {
      const factor = kappa.reduce((product, k, axis) => product * overlap(k - wave[axis] / 2), 1);
      if (Math.abs(factor) < 1e-12) continue;
      const sign = leading(kappa);
      // Im m(κ) = sign · W[−sign κ], and nothing at κ = 0.
      if (imaginary && sign === 0) continue;
      const half = sign < 0 ? kappa.map((k) => -k) : kappa;
      const from = kept(imaginary ? half.map((k) => -k) : half);
      const weighted = imaginary ? sign * factor : factor;
      for (let e = 0; e < entries; e++) sums[e] += weighted * parameters[from + e];
    }
    moved.set(sums, layer.weight.offset + indexOf(target, layer.window) * entries);
  }
}

/** All frequencies of a window, in the order of the weights: the last axis runs fastest. */
function frequenciesOf(dimension, window) {
  const axis = Array.from({ length: window }, (_, i) => i - (window - 1) / 2);
  return dimension === 1 ? axis.map((k) => [k]) : axis.flatMap((k) => axis.map((l) => [k, l]));
}

const indexOf = (kappa, window) => kappa.reduce((index, k) => index * window + k + (window - 1) / 2, 0);
const leading = (kappa) => Math.sign(kappa.find((k) => k !== 0) ?? 0);

/** Test errors on the larger box: of the moved network as it is, and trained on. */
export async function measureTransfer(from, to, smallExperiment, openLarge, threads) {
  const { network: small, normalizers, state } = await findCheckpoint(smallExperiment.runFolder);
  const large = networkFromDocument(doubled(from.network));
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
    structure: from.structure,
    parameters: large.parameterCount,
    rows,
  };
}
