import type { Distance } from '../distance.js';
import { byId } from '../elements.js';
import type { Equation } from '../problems.js';
import type { Scene } from '../scene.js';

/** Beyond so many times the usual distance a potential is far from the training data. */
const FAR = 2;

/** What another value of the parameter than that of the training means. */
const WARNINGS: Readonly<Record<Equation, (symbol: string) => string>> = {
  nlse: (symbol) => `The network knows nothing of ${symbol}: only the solver follows the slider.`,
  'kohn-sham': (symbol) => `The network knows nothing of ${symbol}: only the solver follows the slider.`,
  field: (symbol) =>
    `The network saw the potentials of iterations at one ${symbol}; the field of another visits others.`,
};

/** Says in words how far the network is from what it has seen. */
export function showTrust({ problem, parameter }: Scene, found: Distance | undefined, foreign: boolean): void {
  const card = byId('trust');
  const { symbol, trained } = problem.parameter;
  const ratio = found ? found.distance / found.usual : Number.NaN;
  const other = parameter !== trained;
  const level = other || ratio > FAR ? 'far' : ratio > 1 ? 'near' : ratio <= 1 ? 'within' : 'unknown';
  card.dataset.level = level;
  byId('trust-title').textContent = {
    within: 'Like the training data',
    near: 'At the edge of the training data',
    far: other ? `Trained for ${symbol} = ${trained}` : 'Far from the training data',
    unknown: foreign ? 'A potential of your own' : 'Comparing …',
  }[level];
  const percent = (value: number) => `${(100 * value).toFixed(value < 0.1 ? 1 : 0)} %`;
  const nearest = found
    ? `The nearest training potential differs by ${percent(found.distance)}; usual is up to ${percent(found.usual)}.`
    : foreign
      ? 'It is no sum of wells, so it is not compared with the training data.'
      : '';
  const warning = other ? `${WARNINGS[problem.equation](symbol)} ` : '';
  byId('trust-text').textContent = warning + nearest;
  // The mark, the usual distance, is at a third.
  byId('gauge-bar').style.width = `${Math.min(100, Number.isFinite(ratio) ? ratio * (100 / 3) : 0)}%`;
}
