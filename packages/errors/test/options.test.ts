import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  ArgumentError,
  type CompleteOptions,
  completeOptions,
  type OptionsOf,
  type OptionTable,
} from '../src/index.js';

const TABLE = {
  rate: { type: 'number', above: 0, description: 'η' },
  decay: { type: 'number', least: 0, below: 1, default: 0.9, description: 'β' },
  schedule: { type: 'number', least: 0, nullMeans: 'none', default: 0.004, description: 'ψ' },
  steps: { type: 'integer', least: 1, most: 10, absentMeans: 'all', description: 'steps' },
  shape: { type: 'choice', choices: ['cosine', 'constant'], default: 'cosine', description: 'shape' },
} as const satisfies OptionTable;

describe('a table of options', () => {
  it('fills in defaults and keeps what is given', () => {
    const complete = completeOptions('plan', { rate: 1 }, TABLE);
    expect(complete).toEqual({ rate: 1, decay: 0.9, schedule: 0.004, steps: undefined, shape: 'cosine' });
    const given = { rate: 0.1, decay: 0, schedule: null, steps: 10, shape: 'constant' };
    expect(completeOptions('plan', given, TABLE)).toEqual(given);
  });

  it('has the types of what is given and of what comes out', () => {
    interface Given {
      readonly rate: number;
      readonly decay?: number;
      readonly schedule?: number | null;
      readonly steps?: number;
      readonly shape?: 'cosine' | 'constant';
    }
    expectTypeOf<OptionsOf<typeof TABLE>>().branded.toEqualTypeOf<Given>();
    expectTypeOf<CompleteOptions<typeof TABLE>['schedule']>().toEqualTypeOf<number | null>();
    expectTypeOf<CompleteOptions<typeof TABLE>['steps']>().toEqualTypeOf<number | undefined>();
    expectTypeOf<CompleteOptions<typeof TABLE>['shape']>().toEqualTypeOf<'cosine' | 'constant'>();
  });

  it.each<[object, string]>([
    [{}, 'plan.rate is undefined; expected a finite number'],
    [{ rate: 0 }, 'plan.rate is 0; expected a finite number above 0'],
    [{ rate: 1, decay: 1 }, 'plan.decay is 1; expected a finite number below 1'],
    [{ rate: 1, decay: -1 }, 'plan.decay is -1; expected a finite number of at least 0'],
    [{ rate: 1, decay: null }, 'plan.decay is null; expected a finite number'],
    [{ rate: 1, steps: 1.5 }, 'plan.steps is 1.5; expected an integer from 1 to 10'],
    [{ rate: 1, shape: 'line' }, "plan.shape is 'line'; expected one of 'cosine', 'constant'"],
    [{ rate: 1, dekay: 0.5 }, "plan.dekay is 'dekay'; expected one of the options rate, decay, schedule, steps, shape"],
  ])('refuses %o', (options, message) => {
    expect(() => completeOptions('plan', options, TABLE)).toThrow(ArgumentError);
    expect(() => completeOptions('plan', options, TABLE)).toThrow(message);
  });
});
