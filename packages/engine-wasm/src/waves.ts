/** Fourier layers as calls of the kernels in `assembly/fourier.ts`. */
import type { Epilogue } from './epilogue.js';
import type { Kernels } from './kernels.js';
import type { FourierPlan, TransformPlan } from './plan.js';

/** Where a thread's workspace begins, and the kernels. */
interface Bench {
  readonly kernels: Kernels;
  readonly workspace: number;
}

/** The layer itself: the spectrum of x is kept for the gradient of the weights. */
export function fourierProduct(
  { kernels, workspace }: Bench,
  plan: FourierPlan,
  weights: number,
  [x, y, activated]: readonly [x: number, y: number, activated: number],
  epilogue: Epilogue,
): void {
  const { inputs, outputs, frequencies } = plan;
  const [spectrum, product] = [workspace + plan.spectrum, workspace + plan.product];
  analyse({ kernels, workspace }, plan, plan.forward, inputs, x, spectrum);
  kernels.multiplyWaves(spectrum, product, weights, inputs, outputs, frequencies, 0);
  synthesise({ kernels, workspace }, plan, plan.forward, outputs, [product, y, activated], epilogue);
}

/** The gradient of the weights; keeps the spectrum of δ for {@link fourierAdjoint}. */
export function fourierWeightGradient(
  bench: Bench,
  plan: FourierPlan,
  delta: number,
  gradient: number,
  add: number,
): void {
  const { inputs, outputs, frequencies } = plan;
  const [spectrum, slopes] = [bench.workspace + plan.spectrum, bench.workspace + plan.slopes];
  analyse(bench, plan, plan.backward, outputs, delta, slopes);
  bench.kernels.waveGradient(spectrum, slopes, inputs, outputs, frequencies, gradient, add);
}

/** The gradient with respect to the input. */
export function fourierAdjoint(
  { kernels, workspace }: Bench,
  plan: FourierPlan,
  weights: number,
  [y, activated]: readonly [y: number, activated: number],
  epilogue: Epilogue,
): void {
  const { inputs, outputs, frequencies } = plan;
  const [slopes, product] = [workspace + plan.slopes, workspace + plan.product];
  kernels.multiplyWaves(slopes, product, weights, outputs, inputs, frequencies, 1);
  synthesise({ kernels, workspace }, plan, plan.backward, inputs, [product, y, activated], epilogue);
}

/** Axis by axis, the last one first, from numbers at the sites to a spectrum. */
function analyse(
  { kernels, workspace }: Bench,
  { dimension, sites, width, folded, mix, buffers, scratch }: FourierPlan,
  { analysis }: TransformPlan,
  channels: number,
  x: number,
  spectrum: number,
): void {
  let from = x;
  for (let axis = dimension - 1; axis >= 0; axis--) {
    const to = axis === 0 && mix === undefined ? spectrum : workspace + buffers[axis % 2]!;
    const [outer, inner] = [sites ** axis, width ** (dimension - 1 - axis) * channels];
    if (folded) kernels.foldedAnalysis(from, to, workspace + scratch, analysis, sites, outer, inner);
    else kernels.waves(from, to, analysis, width, sites, outer, inner, 0, 0);
    from = to;
  }
  if (mix) kernels.mixWaves(from, spectrum, mix.to[channels]!, width ** dimension, mix.terms, channels);
}

/** The other way, the first axis first. */
function synthesise(
  { kernels, workspace }: Bench,
  { dimension, sites, width, folded, mix, buffers, scratch }: FourierPlan,
  { synthesis }: TransformPlan,
  channels: number,
  [spectrum, y, activated]: readonly [spectrum: number, y: number, activated: number],
  epilogue: Epilogue,
): void {
  let from = spectrum;
  if (mix) {
    from = workspace + buffers[1];
    kernels.mixWaves(spectrum, from, mix.from[channels]!, width ** dimension, mix.terms, channels);
  }
  for (let axis = 0; axis < dimension; axis++) {
    const last = axis === dimension - 1;
    const to = last ? y : workspace + buffers[axis % 2]!;
    const [outer, inner] = [sites ** axis, width ** (dimension - 1 - axis) * channels];
    const [how, slopes] = last ? [epilogue, activated] : [0, 0];
    if (folded) kernels.foldedSynthesis(from, to, workspace + scratch, synthesis, sites, outer, inner, how, slopes);
    else kernels.waves(from, to, synthesis, sites, width, outer, inner, how, slopes);
    from = to;
  }
}
