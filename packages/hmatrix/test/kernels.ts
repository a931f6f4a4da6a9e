import { type RandomStream, randomStream } from '@dyadic/random';
import { type PeriodicGrid, periodicGrid, sampleOnGrid } from '@dyadic/spectral';
import { convolutionMatrix, denseMatrix, type GridMatrix, type KernelFunction } from '../src/index.js';

export function grid(dimension: 1 | 2 | 3, points: number): PeriodicGrid {
  return periodicGrid({ dimension, points });
}

/** Σ_a sin²(π x_a): periodic, and the squared distance from 0 for near points up to a factor. */
function chordSquared(x: readonly number[]): number {
  return x.reduce((sum, component) => sum + Math.sin(Math.PI * component) ** 2, 0);
}

/**
 * A random kernel that is smooth away from the diagonal and neither symmetric nor translation-invariant:
 * a(x) b(y) / (1e-4 + chord²)^s with random trigonometric a, b > 0 and a random exponent.
 */
export function smoothKernel(on: PeriodicGrid, seed: number): GridMatrix {
  const stream = randomStream(seed, 'test/kernel');
  const [a, b] = [amplitude(stream, on), amplitude(stream, on)];
  const exponent = stream.uniform(0.3, 0.7);
  const profile = convolution(on, (x) => 1 / (1e-4 + chordSquared(x)) ** exponent);
  return { ...profile, translationInvariant: false, entry: (i, j) => a[i]! * b[j]! * profile.entry(i, j) };
}

function amplitude(stream: RandomStream, on: PeriodicGrid): Float64Array {
  const waves = Array.from({ length: on.dimension }, () => [1 + stream.integer(2), stream.uniform()] as const);
  const along = (c: number, axis: number) => 1 + 0.4 * Math.cos(2 * Math.PI * waves[axis]![0] * (c - waves[axis]![1]));
  return sampleOnGrid(on, (...x) => x.reduce((product, c, axis) => product * along(c, axis), 1));
}

/** A convolution that is smooth away from 0 and not symmetric. */
export function smoothConvolution(on: PeriodicGrid): GridMatrix {
  return convolution(on, (x) => (1 + 0.3 * Math.sin(2 * Math.PI * x[0]!)) / Math.sqrt(1e-4 + chordSquared(x)));
}

function convolution(on: PeriodicGrid, response: (x: readonly number[]) => number): GridMatrix {
  return convolutionMatrix(
    on,
    sampleOnGrid(on, (...x) => response(x)),
  );
}

export function randomMatrix(on: PeriodicGrid, seed: number): GridMatrix {
  const stream = randomStream(seed, 'test/matrix');
  return denseMatrix(
    on,
    Float64Array.from({ length: on.size ** 2 }, () => stream.normal()),
  );
}

export function randomVector(size: number, seed: number): Float64Array {
  const stream = randomStream(seed, 'test/vector');
  return Float64Array.from({ length: size }, () => stream.normal());
}

/** A v, entry by entry. */
export function denseProduct({ size, entry }: GridMatrix, vector: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: size }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < size; j++) sum += entry(i, j) * vector[j]!;
    return sum;
  });
}

/** ‖a − b‖ / ‖b‖ */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [difference, norm] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    norm += b[i]! ** 2;
  }
  return Math.sqrt(difference / norm);
}

/** f(|x − y|), and f at one spacing where x = y. */
export function radial(f: (r: number) => number, spacing: number): KernelFunction {
  return (x, y) => {
    let sum = 0;
    for (let axis = 0; axis < x.length; axis++) sum += (x[axis]! - y[axis]!) ** 2;
    return f(sum === 0 ? spacing : Math.sqrt(sum));
  };
}
