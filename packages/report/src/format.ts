import { ArgumentError, requireInteger, requireOneOf } from '@dyadic/errors';

/** The number format of a column, see {@link formatCell}. */
export type Format = 'text' | 'error' | 'integer' | 'seconds' | 'ratio';

/** Every {@link Format}. */
export const FORMATS: readonly Format[] = ['text', 'error', 'integer', 'seconds', 'ratio'];

/** The content of a table cell; `null` is a value that is unknown or does not apply. */
export type Cell = string | number | null;

/** The text of a `null` cell. */
export const NOTHING = '–';

/**
 * Formats one cell. Strings pass unchanged, whatever the format; `null` becomes an en dash.
 *
 * | format    | a number becomes                                                                          |
 * | --------- | ----------------------------------------------------------------------------------------- |
 * | `text`    | its shortest decimal form                                                                 |
 * | `error`   | scientific with `digits` significant digits: `1.23e-4`                                    |
 * | `integer` | thousands separators: `1,234,567`                                                         |
 * | `seconds` | a duration in seconds: `120 ns`, `0.8 ms`, `12.5 s`, `3 min 12 s`, `2 h 5 min`, `4 d 7 h`  |
 * | `ratio`   | a factor: `0.42×`, `12.3×`, `1,250×`                                                      |
 *
 * The result does not depend on the locale.
 *
 * @param value the cell
 * @param format the format of numbers; default `text`
 * @param options `digits`: significant digits of `error`, from 1 to 17; default 3. `name`: the name of the cell in errors;
 *   default `value`
 * @throws ArgumentError if the number is not finite, not whole (`integer`) or negative (`seconds`)
 */
export function formatCell(
  value: Cell,
  format: Format = 'text',
  { digits = 3, name = 'value' }: { digits?: number; name?: string } = {},
): string {
  requireOneOf('format', format, FORMATS);
  requireInteger('digits', digits, { min: 1, max: 17 });
  if (value === null) return NOTHING;
  if (typeof value === 'string') return value;
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new ArgumentError(name, value, 'a string, a finite number or null');
  }
  switch (format) {
    case 'text':
      return String(value);
    case 'error':
      return value === 0 ? '0' : value.toExponential(digits - 1).replace('e+', 'e');
    case 'integer':
      if (!Number.isInteger(value)) throw new ArgumentError(name, value, 'a whole number');
      return grouped(value);
    case 'seconds':
      if (value < 0) throw new ArgumentError(name, value, 'a number of seconds of at least 0');
      return duration(value);
    case 'ratio':
      return `${factor(value)}×`;
  }
}

function grouped(integer: number): string {
  return BigInt(integer)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
}

function duration(seconds: number): string {
  if (seconds === 0) return '0 s';
  // each limit is half a last digit below the round number, so 59.96 s becomes 1 min 0 s rather than 60.0 s
  if (seconds < 0.9995e-7) return `${short(seconds * 1e9)} ns`;
  if (seconds < 0.9995e-4) return `${short(seconds * 1e6)} µs`;
  if (seconds < 0.9995) return `${short(seconds * 1e3)} ms`;
  if (seconds < 59.95) return `${short(seconds)} s`;
  if (seconds < 3599.5) return pair(seconds, 60, 'min', 's');
  if (seconds < 86_370) return pair(seconds / 60, 60, 'h', 'min');
  return pair(seconds / 3600, 24, 'd', 'h');
}

/** Three significant digits, without trailing zeros. */
function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function pair(smallUnits: number, perLarge: number, large: string, small: string): string {
  const whole = Math.round(smallUnits);
  return `${grouped(Math.floor(whole / perLarge))} ${large} ${whole % perLarge} ${small}`;
}

function factor(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 0.01) return String(Number(value.toPrecision(2)));
  if (size < 9.995) return value.toFixed(2);
  if (size < 99.95) return value.toFixed(1);
  return grouped(Math.round(value));
}
