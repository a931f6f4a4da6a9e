import { square } from '@dyadic/elementary';
import { ArgumentError, requireLength } from '@dyadic/errors';
import type { Model } from './model.js';
import { fieldNormalizers, sizesOfNumbers } from './samples.js';

/** What an ensemble makes of inputs. */
export interface EnsemblePrediction {
  /** ū, the mean of the members' outputs, in the units of the data, one sample after the other. */
  readonly mean: Float32Array;
  /**
   * Relative spread of every output field of every sample, at [sample, field]: how far a member is from the mean,
   * √( Σ_k ‖u_k − ū‖² / (n − 1) ) / ‖ū‖. 0 where all members are zero, ∞ where only their mean is.
   */
  readonly spread: Float32Array;
  /** u_k, the output of every member, as the mean is. */
  readonly outputs: readonly Float32Array[];
}

/** Networks trained alike but for their seeds, which predict together. */
export interface Ensemble {
  readonly members: readonly Model[];
  /** @param fields - As those of {@link Model.predict}. */
  predict(fields: ArrayLike<number>): Promise<EnsemblePrediction>;
  /** Closes the members. */
  close(): void;
}

/**
 * Makes one predictor of several models of one map: its mean, and as a measure of how certain that is, its spread. The spread shows what
 * the training's randomness makes of a prediction, not what all members get wrong: {@link conformalFactor} makes a bound of it.
 *
 * @throws ArgumentError for fewer than two models, or models of other shapes than the first
 */
export function ensembleOf(members: readonly Model[]): Ensemble {
  if (members.length < 2) throw new ArgumentError('members', members.length, 'at least two models');
  const [{ network, normalizers }, ...others] = members.map(({ checkpoint }) => checkpoint);
  others.forEach((other, i) => {
    const shape = ({ inputSize, outputSize, outputs }: typeof other.network) => [inputSize, outputSize, outputs];
    const [own, wanted] = [shape(other.network), shape(network!)];
    if (own.some((n, k) => n !== wanted[k]))
      throw new ArgumentError(
        `members[${i + 1}]`,
        own,
        `inputs, outputs and fields as the first, ${wanted.join(', ')}`,
      );
  });
  const { outputs: fields, outputSize } = network!;
  const size = outputSize / fields;
  const sizes = sizesOfNumbers(network!, fieldNormalizers('normalizers.output', normalizers!.output, fields));
  return {
    members,
    async predict(given) {
      const outputs: Float32Array[] = [];
      for (const member of members) outputs.push(await member.predict(given));
      const mean = new Float32Array(outputs[0]!.length);
      const spread = new Float32Array(mean.length / size);
      for (let field = 0; field < spread.length; field++) {
        let [squares, norm] = [0, 0];
        for (let i = field * size; i < (field + 1) * size; i++) {
          const centre = outputs.reduce((sum, output) => sum + output[i]!, 0) / outputs.length;
          mean[i] = centre;
          for (const output of outputs) squares += square(output[i]! - centre);
          norm += square(centre);
        }
        const number = sizes[field % fields];
        if (number !== undefined) norm = size * square(number);
        spread[field] = squares === 0 ? 0 : Math.sqrt(squares / (outputs.length - 1) / norm);
      }
      return { mean, spread, outputs };
    },
    close() {
      for (const member of members) member.close();
    },
  };
}

/**
 * The factor q for which ε ≤ q · spread holds for a share `coverage` of fresh samples, whatever their distribution, if only they come
 * from that of the given ones, which no member was trained on (split conformal prediction: Vovk, Gammerman, Shafer, "Algorithmic
 * learning in a random world", 2005): of n ratios ε/spread the ⌈(n + 1) coverage⌉-th smallest; ∞ where n is too small for that.
 *
 * @param errors - ε of each sample; NaN of those that have none.
 * @throws ArgumentError for a coverage outside (0, 1)
 */
export function conformalFactor(errors: ArrayLike<number>, spreads: ArrayLike<number>, coverage: number): number {
  if (!(coverage > 0 && coverage < 1)) throw new ArgumentError('coverage', coverage, 'a number between 0 and 1');
  requireLength('spreads', spreads, errors.length);
  const ratios = Float64Array.from(errors, (error, s) => (error === 0 ? 0 : error / spreads[s]!))
    .filter((ratio) => !Number.isNaN(ratio))
    .sort();
  return ratios[Math.ceil((ratios.length + 1) * coverage) - 1] ?? Number.POSITIVE_INFINITY;
}

/** Spearman's rank correlation of two lists of numbers; equal numbers share the mean of their ranks. NaN where one list is constant. */
export function rankCorrelation(x: ArrayLike<number>, y: ArrayLike<number>): number {
  requireLength('y', y, x.length);
  const [a, b] = [ranks(x), ranks(y)];
  const middle = (x.length - 1) / 2;
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [da, db] = [a[i]! - middle, b[i]! - middle];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return ab / Math.sqrt(aa * bb);
}

function ranks(values: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i).sort((i, j) => values[i]! - values[j]!);
  const found = new Float64Array(values.length);
  for (let first = 0, end = 0; first < order.length; first = end) {
    while (end < order.length && values[order[end]!] === values[order[first]!]) end++;
    for (let k = first; k < end; k++) found[order[k]!] = (first + end - 1) / 2;
  }
  return found;
}
