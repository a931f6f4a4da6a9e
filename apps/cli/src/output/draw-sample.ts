import { type Column, type Dataset, elements, type Field, type NumericArray } from '@dyadic/dataset';

/** Characters a drawing is wide. */
const WIDTH = 64;
const BARS = [...'▁▂▃▄▅▆▇█'];
const SHADES = [...' ░▒▓█'];
/** Values of a small tensor are written out. */
const MOST_WRITTEN = 12;

/** One sample in characters: functions of one variable as bars, of two as shades, small things as numbers. */
export async function drawSample(dataset: Dataset, sample: number): Promise<string> {
  const { fields } = dataset.recipe;
  const names = fields.map(({ name }) => name);
  const columns = await dataset.read(names, sample, 1);
  const widest = Math.max(...names.map((name) => name.length));
  const blocks = fields.map(
    (field) => `${field.name.padEnd(widest)}  ${drawn(field, columns[field.name]!, widest + 2)}`,
  );
  return [`sample ${sample}`, ...blocks].join('\n');
}

function drawn(field: Field, column: Column, indent: number): string {
  if (field.type === 'utf8') return String(column[0]);
  const values = column as NumericArray;
  if (elements(field) <= MOST_WRITTEN)
    return Array.from(values, (value) => String(Number(value.toPrecision(6)))).join(' ');
  const [least, greatest] = range(values);
  const ends = `${Number(least.toPrecision(3))} … ${Number(greatest.toPrecision(3))}`;
  const pad = `\n${' '.repeat(indent)}`;
  if (field.shape.length === 1) return `${line(resampled(values, WIDTH), BARS, least, greatest)}${pad}${ends}`;
  const rows = plane(field, values).map((row) => line(row, SHADES, least, greatest));
  return [...rows, ends].join(pad);
}

/** The first two axes of a tensor, the middle of the others; a character is about twice as high as it is wide. */
function plane({ shape }: Field, values: NumericArray): Float64Array[] {
  const [height, width] = [shape[0]!, shape[1]!];
  const depth = values.length / (height * width);
  const rows = Math.max(1, Math.min(height, WIDTH / 2));
  return Array.from({ length: rows }, (_, r) => {
    const first = Math.floor((r * height) / rows) * width;
    const row = Float64Array.from({ length: width }, (_, c) => values[(first + c) * depth + (depth >> 1)]!);
    return resampled(row, Math.min(width, WIDTH));
  });
}

/** Means over equal stretches. */
function resampled(values: NumericArray, count: number): Float64Array {
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

function range(values: NumericArray): [number, number] {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  return [least, greatest];
}
