import { cos } from '@dyadic/elementary';
import { requireFinite, requireInteger, requireKnownOptions, requireOneOf, requirePositive } from '@dyadic/errors';

export interface ScheduleOptions {
  /** `cosine` (default) falls from the peak to `final` times it along half a cosine; `constant` stays. */
  readonly shape?: 'cosine' | 'constant';
  /** η, the peak learning rate. */
  readonly learningRate: number;
  /** Share of all steps over which the rate climbs linearly to its peak; default 0. */
  readonly warmup?: number;
  /** Rate at the end, relative to the peak; default 0. Cosine only. */
  readonly final?: number;
}

/** Learning rate of step t = 0 … steps − 1. */
export type Schedule = (t: number) => number;

/** Builds a schedule over a known number of steps. @throws ArgumentError */
export function schedule(steps: number, options: ScheduleOptions): Schedule {
  requireInteger('steps', steps, { min: 1 });
  requireKnownOptions('schedule', options, ['shape', 'learningRate', 'warmup', 'final']);
  const shape = requireOneOf<'cosine' | 'constant'>('schedule.shape', options.shape ?? 'cosine', [
    'cosine',
    'constant',
  ]);
  const peak = requirePositive('schedule.learningRate', options.learningRate);
  const warmupSteps = steps * requireFinite('schedule.warmup', options.warmup ?? 0, { min: 0, max: 1 });
  const final = requireFinite('schedule.final', options.final ?? 0, { min: 0, max: 1 });
  return (t) => {
    if (t < warmupSteps) return (peak * (t + 1)) / (warmupSteps + 1);
    if (shape === 'constant') return peak;
    const progress = (t - warmupSteps) / Math.max(1, steps - warmupSteps);
    return peak * (final + ((1 - final) * (1 + cos(Math.PI * progress))) / 2);
  };
}
