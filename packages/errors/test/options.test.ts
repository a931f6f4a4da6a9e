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

const POINTS = { type: 'integer', least: 4 } as const;

const NESTED = {
  dimension: { type: 'choice', choices: [1, 2, 3], absentMeans: 'that of points', description: 'd' },
  points: { type: 'either', of: [POINTS, { type: 'list', of: POINTS, most: 3 }], description: 'N' },
  ends: {
    type: 'either',
    of: [
      { type: 'choice', choices: ['all', 'none'] },
      { type: 'object', options: { left: { type: 'integer', default: 1, description: 'left' } } },
    ],
    default: 'all',
    description: 'ends',
  },
} as const satisfies OptionTable;

describe('a table of lists and objects', () => {
  it('fills in the defaults of objects too', () => {
    expect(completeOptions('net', { points: 4 }, NESTED)).toEqual({ dimension: undefined, points: 4, ends: 'all' });
    const given = { dimension: 2, points: [4, 8], ends: {} };
    expect(completeOptions('net', given, NESTED)).toEqual({ ...given, ends: { left: 1 } });
  });

  it('has the types of what is given', () => {
    interface Given {
      readonly dimension?: 1 | 2 | 3;
      readonly points: number | readonly number[];
      readonly ends?: 'all' | 'none' | { readonly left?: number };
    }
    expectTypeOf<OptionsOf<typeof NESTED>>().branded.toEqualTypeOf<Given>();
  });

  it.each<[object, string]>([
    [{ points: 4, dimension: '2' }, "net.dimension is '2'; expected one of 1, 2, 3"],
    [{ points: '4' }, "net.points is '4'; expected an integer of at least 4"],
    [{ points: [8, 3] }, 'net.points[1] is 3; expected an integer of at least 4'],
    [{ points: [] }, 'net.points is []; expected a list of 1 to 3 entries'],
    [{ points: [4, 4, 4, 4] }, 'expected a list of 1 to 3 entries'],
    [{ points: 4, ends: null }, "net.ends is null; expected one of 'all', 'none'"],
    [{ points: 4, ends: { left: 'a' } }, "net.ends.left is 'a'; expected an integer"],
    [{ points: 4, ends: { right: 1 } }, "net.ends.right is 'right'; expected one of the options left"],
  ])('refuses %o', (options, message) => {
    expect(() => completeOptions('net', options, NESTED)).toThrow(message);
  });
});
