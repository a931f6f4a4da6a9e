import { splitSamples } from '@dyadic/dataset';
import { conformalFactor, ensembleOf, inPositions, rankCorrelation } from '@dyadic/training';

/** Positions in which the page has a network predict, see `inPositions`. */
const POSITIONS = 8;
/** Share of samples for which the page's bound holds. */
const COVERAGE = 0.9;
/** Groups of test samples of equal number, by their spread. */
const GROUPS = 10;

/**
 * How far the spread of a network over positions tells its error: the factor q of ε ≤ q · spread from the validation split, and what the
 * test split makes of it, in `page` what the page needs and in `results` all of it. Undefined for a network without known symmetries.
 */
export async function uncertaintyOf(dataset, model) {
  const { plan, origin } = model.checkpoint;
  if (!['torus', 'reflections'].includes(plan.augment)) return undefined;
  const ensemble = ensembleOf(inPositions(model, POSITIONS));
  const { validation, test } = splitSamples(dataset.samples, origin.splits);
  const [calibration, check] = [await measured(validation), await measured(test)];
  const factor = conformalFactor(calibration.errors, calibration.spreads, COVERAGE);
  const covered = check.errors.filter((error, s) => error <= factor * check.spreads[s]).length / test.count;
  const page = { positions: POSITIONS, factor: rounded(factor), coverage: COVERAGE };
  const order = check.errors.map((_, s) => s).sort((a, b) => check.spreads[a] - check.spreads[b]);
  const groups = Array.from({ length: GROUPS }, (_, k) => {
    const own = order.slice(Math.floor((k * test.count) / GROUPS), Math.floor(((k + 1) * test.count) / GROUPS));
    const mean = (values) => rounded(own.reduce((sum, s) => sum + values[s], 0) / own.length);
    return { spread: mean(check.spreads), error: mean(check.errors) };
  });
  const mean = (values) => rounded(values.reduce((sum, value) => sum + value) / values.length);
  const results = {
    ...page,
    covered: rounded(covered),
    rankCorrelation: rounded(rankCorrelation(check.errors, check.spreads)),
    error: mean(check.errors),
    meanError: mean(check.averaged),
    groups,
  };
  return { page, results };

  /** Of each sample ε in the position of the data, the spread, and ε of the mean. */
  async function measured({ first, count }) {
    const columns = await dataset.read([origin.input, origin.output], first, count);
    const targets = columns[origin.output];
    const { outputs, mean, spread } = await ensemble.predict(columns[origin.input]);
    const size = targets.length / count;
    const errorsOf = (found) =>
      Array.from({ length: count }, (_, s) => {
        let [difference, norm] = [0, 0];
        for (let i = s * size; i < (s + 1) * size; i++) {
          difference += (found[i] - targets[i]) ** 2;
          norm += targets[i] ** 2;
        }
        return Math.sqrt(difference / norm);
      });
    return { errors: errorsOf(outputs[0]), averaged: errorsOf(mean), spreads: spread };
  }
}

const rounded = (value) => Number(value.toPrecision(3));
