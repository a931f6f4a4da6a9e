import { ArgumentError, requireInteger, requireKnownOptions, requireOneOf, requirePositive } from '@dyadic/errors';
import type { ZeroPlace } from './axis-scale.js';
import { requireText } from './table.js';

/** The stroke of a line. `step` keeps each value up to the next `x`, for the outline of a histogram. */
export type Stroke = 'solid' | 'dashed' | 'dotted' | 'step';

/** One line of a figure. */
export interface Series {
  /** Name in the legend, unique within a panel. */
  readonly name: string;
  /** Finite coordinates, in the order in which the line joins them. */
  readonly x: ArrayLike<number>;
  /** As many values as `x`; `null` leaves a gap in the line. A value between two gaps is drawn as a dot. */
  readonly y: ArrayLike<number | null>;
  /** Default `solid`. */
  readonly stroke?: Stroke;
  /** Line width in pixels; default 2. */
  readonly width?: number;
  /** CSS color; default the next one of {@link PALETTE}. */
  readonly color?: string;
}

/** One axis of a figure. */
export interface Axis {
  /** The quantity, with its unit if it has one. */
  readonly title: string;
  /** Default `linear`. A `log` axis accepts values of at least 0, and shows zeros at a tick `0` below all others. */
  readonly scale?: 'linear' | 'log';
  /** The position `at` of that tick, and the number `from` which the axis is logarithmic. Default: chosen to fit the values. */
  readonly zero?: ZeroPlace;
}

/** A dashed reference line across the whole figure, with its label. */
export interface Rule {
  /** The axis of `value`: `y` for a horizontal line, `x` for a vertical one. */
  readonly axis: 'x' | 'y';
  readonly value: number;
  readonly label: string;
}

/** A ring around one point. */
export interface Ring {
  readonly x: number;
  readonly y: number;
}

/** One set of axes with its lines. */
export interface Panel {
  /** At least one. */
  readonly series: readonly Series[];
  readonly x: Axis;
  readonly y: Axis;
  /** Default none. */
  readonly rules?: readonly Rule[];
  /** Default none. */
  readonly rings?: readonly Ring[];
  /** Height of the plotting area in pixels, from 40 to 2000; default 260. */
  readonly height?: number;
}

/** Names of the members of a {@link Panel}. */
export const PANEL_OPTIONS = ['series', 'x', 'y', 'rules', 'rings', 'height'] as const;

/** The colors of Okabe and Ito, distinguishable with any common color blindness; dark ones first. */
export const PALETTE = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'] as const;

/** Checks a panel. @throws ArgumentError naming the first wrong value */
export function checkPanel({ series, x, y, rules = [], rings = [], height = 260 }: Panel): void {
  checkAxis('x', x);
  checkAxis('y', y);
  requireInteger('height', height, { min: 40, max: 2000 });
  if (!Array.isArray(series) || series.length === 0) throw new ArgumentError('series', series, 'at least one series');
  const names = new Set<string>();
  series.forEach((one: Series, i) => {
    const at = `series[${i}]`;
    requireKnownOptions(at, one, ['name', 'x', 'y', 'stroke', 'width', 'color']);
    if (names.has(requireText(`${at}.name`, one.name))) {
      throw new ArgumentError(`${at}.name`, one.name, 'a name that no other series has');
    }
    names.add(one.name);
    requireOneOf(`${at}.stroke`, one.stroke ?? 'solid', ['solid', 'dashed', 'dotted', 'step']);
    requirePositive(`${at}.width`, one.width ?? 2);
    requireText(`${at}.color`, one.color ?? '');
    requireValues(`${at}.x`, one.x, { log: x.scale === 'log' });
    requireValues(`${at}.y`, one.y, { log: y.scale === 'log', gaps: true, length: one.x.length });
  });
  rules.forEach((rule, i) => {
    const axis = requireOneOf(`rules[${i}].axis`, rule.axis, ['x', 'y']) === 'x' ? x : y;
    requireValue(`rules[${i}].value`, rule.value, axis.scale === 'log');
    requireText(`rules[${i}].label`, rule.label);
  });
  rings.forEach((ring, i) => {
    requireValue(`rings[${i}].x`, ring.x, x.scale === 'log');
    requireValue(`rings[${i}].y`, ring.y, y.scale === 'log');
  });
}

export function checkAxis(name: string, axis: Axis): void {
  requireKnownOptions(name, axis, ['title', 'scale', 'zero']);
  requireText(`${name}.title`, axis.title);
  requireOneOf(`${name}.scale`, axis.scale ?? 'linear', ['linear', 'log']);
}

/**
 * Checks the values of a series: a non-empty array of finite numbers, none below zero on a log axis. With `gaps`, `null` is
 * allowed, but not for all entries.
 *
 * @throws ArgumentError naming the first wrong value
 */
export function requireValues(
  name: string,
  values: ArrayLike<number | null>,
  { log = false, gaps = false, length }: { log?: boolean; gaps?: boolean; length?: number } = {},
): void {
  if (typeof values !== 'object' || values === null || !(values.length > 0)) {
    throw new ArgumentError(name, values, 'an array of at least one number');
  }
  if (length !== undefined && values.length !== length) {
    throw new ArgumentError(name, values, `an array of length ${length}`);
  }
  let numbers = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (gaps && value === null) continue;
    requireValue(`${name}[${i}]`, value, log);
    numbers++;
  }
  if (numbers === 0) throw new ArgumentError(name, values, 'an array with at least one number that is not null');
}

export function requireValue(name: string, value: unknown, log: boolean): void {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new ArgumentError(name, value, 'a finite number');
  if (log && value < 0) throw new ArgumentError(name, value, 'a number of at least 0, as the axis is logarithmic');
}
