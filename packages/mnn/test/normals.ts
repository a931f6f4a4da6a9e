import { randomStream } from '@dyadic/random';

/** Draws so many normal numbers from the stream of a test and a seed. */
export function normalsOf(name: string): (size: number, seed: number) => Float32Array {
  return (size, seed) => {
    const stream = randomStream(seed, name);
    return Float32Array.from({ length: size }, () => stream.normal());
  };
}
