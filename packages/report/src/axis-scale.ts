/** The scale of an axis: its ends, its ticks (absent: chosen by the renderer) and their labels. */
export interface AxisScale {
  readonly type: 'linear' | 'log';
  readonly domain: readonly [number, number];
  /** Whether the renderer may extend the ends to round numbers. */
  readonly nice: boolean;
  readonly ticks?: readonly number[];
  /** Whether all values are integers; the ticks then are, too. */
  readonly whole: boolean;
  /** Whether tick labels are powers of ten instead of decimals. */
  readonly scientific: boolean;
  /** The position on a log axis that represents 0; absent if no value is 0. */
  readonly zero?: number;
}

/** A linear axis around the values; `pad` leaves a margin beyond the extremes and rounds the ends. */
export function linearScale(values: readonly number[], pad: boolean): AxisScale {
  let [low, high] = extent(values);
  let whole = true;
  for (const value of values) whole &&= Number.isInteger(value);
  if (low === high) {
    // a constant has no extent
    const half = low === 0 ? 1 : Math.abs(low) / 2;
    [low, high] = [low - half, high + half];
  }
  const size = Math.max(Math.abs(low), Math.abs(high));
  return { type: 'linear', domain: [low, high], nice: pad, whole, scientific: size < 0.01 || size >= 1e6 };
}

/** The position of 0 on a log axis (`at`), and the value from which on the axis is logarithmic (`from`). */
export interface ZeroPlace {
  readonly at: number;
  readonly from: number;
}

/**
 * A logarithmic axis around the values; `pad` leaves a margin beyond the extremes. Zeros have their own position below the least
 * other value, a seventh of the axis or a factor of 3 away, with the tick 0; there are no labels in between.
 */
export function logScale(values: readonly number[], pad: boolean, place?: ZeroPlace): AxisScale {
  const positive = values.filter((value) => value > 0);
  const [least, high] = positive.length > 0 ? extent(positive) : [1, 1];
  const zero =
    place ??
    (positive.length < values.length
      ? { at: Math.max(least / Math.max(3, (high / least) ** (1 / 6)), Number.MIN_VALUE), from: least }
      : undefined);
  const low = Math.min(least, zero?.at ?? least);
  const margin = low === high ? 2 : pad || zero ? (high / low) ** 0.04 : 1;
  // the margin must not push an end out of the positive numbers
  const domain = [Math.max(low / margin, Number.MIN_VALUE), Math.min(high * margin, Number.MAX_VALUE)] as const;
  const ticks = logTicks(zero?.from ?? domain[0], domain[1]);
  return {
    type: 'log',
    domain,
    nice: false,
    whole: false,
    ticks: zero ? [zero.at, ...ticks] : ticks,
    scientific: high >= 1e5 || least < 1e-2,
    ...(zero && { zero: zero.at }),
  };
}

/** Powers of ten; with 2 and 5 in between if fewer than three lie inside, and fewer powers if more than eight do. */
function logTicks(low: number, high: number): number[] {
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const inside = (mantissas: readonly number[], step = 1) => {
    const ticks: number[] = [];
    for (let exponent = Math.ceil(first / step) * step; exponent <= last; exponent += step) {
      for (const mantissa of mantissas) {
        // parsed, because 10 ** exponent is not the nearest double for every exponent
        const tick = Number(`${mantissa}e${exponent}`);
        if (tick >= low && tick <= high) ticks.push(tick);
      }
    }
    return ticks;
  };
  const decades = inside([1], Math.max(1, Math.ceil((last - first) / 8)));
  if (decades.length >= 3) return decades;
  const halves = inside([1, 2, 5]);
  return halves.length >= 2 ? halves : inside([1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9]);
}

/** The least and the greatest value. */
export function extent(values: Iterable<number>): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** Vega expression for a tick label as a power of ten: 10⁻⁴, 2·10⁻⁴, 0. */
export const POWER_OF_TEN = (() => {
  const exponent = 'floor(log(abs(datum.value)) / LN10 + 1e-9)';
  const size = `abs(${exponent})`;
  const digits = "['⁰','¹','²','³','⁴','⁵','⁶','⁷','⁸','⁹']";
  const digit = (unit: number) => `(${size} >= ${unit} ? ${digits}[floor(${size} / ${unit}) % 10] : '')`;
  const units = `${digits}[${size} % 10]`;
  const power = `'10' + (${exponent} < 0 ? '⁻' : '') + ${digit(100)} + ${digit(10)} + ${units}`;
  const mantissa = `format(abs(datum.value) / pow(10, ${exponent}), '.3~g')`;
  const sign = "(datum.value < 0 ? '−' : '')";
  return `datum.value == 0 ? '0' : ${sign} + (${mantissa} == '1' ? '' : ${mantissa} + '·') + ${power}`;
})();
