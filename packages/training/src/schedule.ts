import { cos } from '@dyadic/elementary';
import { completeOptions, type OptionsOf, type OptionTable, requireInteger } from '@dyadic/errors';

const share = { type: 'number', least: 0, most: 1, default: 0 } as const;

export const SCHEDULE_OPTIONS = {
  shape: {
    type: 'choice',
    choices: ['cosine', 'constant'],
    default: 'cosine',
    description: 'cosine falls from the peak to `final` times it along half a cosine; constant stays',
  },
  learningRate: { type: 'number', above: 0, description: 'η, the peak learning rate' },
  warmup: { ...share, description: 'share of all steps over which the rate climbs linearly to its peak' },
  final: { ...share, description: 'rate at the end of a cosine, relative to the peak' },
} as const satisfies OptionTable;

export type ScheduleOptions = OptionsOf<typeof SCHEDULE_OPTIONS>;

/** Learning rate of step t = 0 … steps − 1. */
export type Schedule = (t: number) => number;

/** Builds a schedule over a known number of steps. @throws ArgumentError */
export function schedule(steps: number, options: ScheduleOptions): Schedule {
  requireInteger('steps', steps, { min: 1 });
  const { shape, learningRate: peak, warmup, final } = completeOptions('schedule', options, SCHEDULE_OPTIONS);
  const warmupSteps = steps * warmup;
  return (t) => {
    if (t < warmupSteps) return (peak * (t + 1)) / (warmupSteps + 1);
    if (shape === 'constant') return peak;
    const progress = (t - warmupSteps) / Math.max(1, steps - warmupSteps);
    return peak * (final + ((1 - final) * (1 + cos(Math.PI * progress))) / 2);
  };
}
