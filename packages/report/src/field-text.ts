/** Fields as text: functions of one variable as bars, of two as shades, a few values as numbers. */

/** A field on a grid: `Π shape` values, row-major. */
export interface TextField {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** Width of a drawing in characters. */
const WIDTH = 64;
const BARS = [...'▁▂▃▄▅▆▇█'];
const SHADES = [...' ░▒▓█'];
/** Up to this many values are written as numbers. */
const MOST_WRITTEN = 12;

/**
 * Draws a field as lines of text, at most 64 characters wide; the last line has its least and greatest value. Up to 12 values
 * become one line of numbers. A field on three axes is cut at the middle of the last.
 */
export function fieldText({ shape, values }: TextField): string[] {
  if (values.length <= MOST_WRITTEN) return [Array.from(values, (value) => rounded(value, 6)).join(' ')];
  const [least, greatest] = extremes(values);
  const ends = `${rounded(least, 3)} … ${rounded(greatest, 3)}`;
  const characters = shape.length === 1 ? BARS : SHADES;
  const rows = shape.length === 1 ? [resampled(values, WIDTH)] : plane(shape, values);
  return [...rows.map((row) => line(row, characters, least, greatest)), ends];
}

const rounded = (value: number, digits: number) => String(Number(value.toPrecision(digits)));

/** The first two axes at the middle of the others; a character is about twice as high as wide. */
function plane(shape: readonly number[], values: ArrayLike<number>): Float64Array[] {
  const [height, width] = [shape[0]!, shape[1]!];
  const depth = values.length / (height * width);
  const rows = Math.max(1, Math.min(height, WIDTH / 2));
  return Array.from({ length: rows }, (_, r) => {
    const first = Math.floor((r * height) / rows) * width;
    const row = Float64Array.from({ length: width }, (_, c) => values[(first + c) * depth + (depth >> 1)]!);
    return resampled(row, Math.min(width, WIDTH));
  });
}

/** Means over `count` intervals of equal length. */
function resampled(values: ArrayLike<number>, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * values.length) / count);
    const to = Math.max(from + 1, Math.floor(((i + 1) * values.length) / count));
    let sum = 0;
    for (let j = from; j < to; j++) sum += values[j]!;
    return sum / (to - from);
  });
}

function line(values: Float64Array, characters: readonly string[], least: number, greatest: number): string {
  const place = (value: number) => (greatest > least ? (value - least) / (greatest - least) : 0);
  const index = (value: number) => Math.min(characters.length - 1, Math.floor(place(value) * characters.length));
  return Array.from(values, (value) => characters[Math.max(0, index(value))]!).join('');
}

function extremes(values: ArrayLike<number>): [number, number] {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    least = Math.min(least, values[i]!);
    greatest = Math.max(greatest, values[i]!);
  }
  return [least, greatest];
}
