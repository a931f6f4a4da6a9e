import { randomStream } from '@dyadic/random';

export function randomArray(length: number, seed: number): Float64Array {
  const stream = randomStream(seed, 'test');
  return Float64Array.from({ length }, () => stream.uniform(-1, 1));
}

export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = a.length === b.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}

/** The discrete Fourier transform by its definition, one axis after the other: slow, obvious. */
export function naiveDft(input: Float64Array, shape: readonly number[]): Float64Array {
  let field = Float64Array.from(input);
  let stride = 1;
  for (const n of [...shape].reverse()) {
    const next = new Float64Array(field.length);
    for (let index = 0; index < field.length / 2; index++) {
      const k = Math.floor(index / stride) % n;
      const base = index - k * stride;
      for (let j = 0; j < n; j++) {
        const angle = (-2 * Math.PI * ((j * k) % n)) / n;
        const re = field[2 * (base + j * stride)]!;
        const im = field[2 * (base + j * stride) + 1]!;
        next[2 * index]! += re * Math.cos(angle) - im * Math.sin(angle);
        next[2 * index + 1]! += re * Math.sin(angle) + im * Math.cos(angle);
      }
    }
    field = next;
    stride *= n;
  }
  return field;
}
