import { describe, expect, it } from 'vitest';
import {
  ArgumentError,
  DataError,
  DyadicError,
  requireFinite,
  requireFiniteArray,
  requireInteger,
  requireKnownOptions,
  requireLength,
  requireOneOf,
  requirePositive,
  show,
} from '../src/index.js';

describe('errors name what was wrong and what was expected', () => {
  it.each<[() => unknown, string]>([
    [() => requireInteger('n', 1.5), 'n is 1.5; expected an integer'],
    [() => requireInteger('n', 0, { min: 1 }), 'n is 0; expected an integer of at least 1'],
    [() => requireInteger('n', 9, { min: 1, max: 3 }), 'n is 9; expected an integer from 1 to 3'],
    [() => requireFinite('beta', 'ten'), "beta is 'ten'; expected a finite number"],
    [() => requireFinite('beta', Number.NaN), 'beta is NaN; expected a finite number'],
    [() => requirePositive('length', 0), 'length is 0; expected a finite number above 0'],
    [() => requireOneOf('preset', 'x', ['paper', 'localized']), "preset is 'x'; expected one of 'paper', 'localized'"],
    [
      () => requireLength('potential', new Float64Array(3), 4),
      'potential is a Float64Array of length 3; expected an array of length 4',
    ],
    [() => requireLength('potential', undefined as never, 4), 'potential is undefined; expected an array of length 4'],
    [
      () => requireFiniteArray('potential', [1, Number.POSITIVE_INFINITY]),
      'potential[1] is Infinity; expected a finite number',
    ],
    [
      () => requireKnownOptions('options', { bta: 1 }, ['beta']),
      "options.bta is 'bta'; expected one of the options beta",
    ],
    ...[undefined, null, 3, []].map((options): [() => unknown, string] => [
      () => requireKnownOptions('options', options, ['beta']),
      `options is ${show(options)}; expected an object with some of the options beta`,
    ]),
  ])('%s', (call, message) => {
    expect(call).toThrow(ArgumentError);
    expect(call).toThrow(message);
  });

  it('returns good values unchanged', () => {
    expect(requireInteger('n', 3, { min: 3, max: 3 })).toBe(3);
    expect(requireFinite('x', -0.5)).toBe(-0.5);
    expect(requireOneOf('x', 'a', ['a'])).toBe('a');
  });

  it('carries its kind, path and cause', () => {
    const cause = new Error('EIO');
    const error = new DataError('a/b.arrow', 'is truncated', { cause });
    expect(error).toBeInstanceOf(DyadicError);
    expect(error).toMatchObject({ name: 'DataError', code: 'bad-data', path: 'a/b.arrow', cause });
  });
});

describe('show', () => {
  it('is short and never throws', () => {
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    expect(show(loop)).toBe('a object');
    expect(show('x'.repeat(100))).toHaveLength(60);
    expect(show({ a: 1 })).toBe('{"a":1}');
    expect(show(undefined)).toBe('undefined');
  });
});
