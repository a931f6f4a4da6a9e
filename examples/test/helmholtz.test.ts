import { describe, expect, it } from 'vitest';
import { helmholtzSolver } from '../helmholtz/helmholtz.mjs';

const OPTIONS = { absorption: 8, tolerance: 1e-12, maxIterations: 200 };
const { PI } = Math;

/** √(k² + iγk) */
function waveNumber(k: number, gamma: number): [number, number] {
  const modulus = Math.hypot(k * k, gamma * k);
  return [Math.sqrt((modulus + k * k) / 2), Math.sqrt((modulus - k * k) / 2)];
}

/** The periodic Green's function in 1D, i (e^{iκx} + e^{iκ(1−x)}) / (2κ (1 − e^{iκ})), 0 ≤ x < 1. */
function greens(x: number, k: number, gamma: number): [number, number] {
  const [a, b] = waveNumber(k, gamma);
  const wave = (t: number): [number, number] => [
    Math.exp(-b * t) * Math.cos(a * t),
    Math.exp(-b * t) * Math.sin(a * t),
  ];
  const [p, q, all] = [wave(x), wave(1 - x), wave(1)];
  const top = [-(p[1] + q[1]), p[0] + q[0]] as const;
  // 2κ (1 − e^{iκ})
  const bottom = [2 * (a * (1 - all[0]) + b * all[1]), 2 * (b * (1 - all[0]) - a * all[1])] as const;
  const square = bottom[0] ** 2 + bottom[1] ** 2;
  return [(top[0] * bottom[0] + top[1] * bottom[1]) / square, (top[1] * bottom[0] - top[0] * bottom[1]) / square];
}

it('gives the field of a pulse as the analytic Green’s function does, by quadrature', () => {
  const [points, wavelengths] = [512, 6];
  const k = 2 * PI * wavelengths;
  const pulse = (x: number) => Math.exp((-k * k * (x - 0.5) ** 2) / 2);
  const source = Float64Array.from({ length: points }, (_, i) => pulse(i / points));
  const { solve } = helmholtzSolver({ dimension: 1, points, wavelengths, ...OPTIONS });
  const { u } = solve({ source, contrast: new Float64Array(points) });
  // The kernel has a kink at the point itself, a panel boundary of the trapezoidal rule of a fine grid.
  const fine = 32 * points;
  for (const i of [0, 100, 255, 300]) {
    let [real, imaginary] = [0, 0];
    for (let j = 0; j < fine; j++) {
      const [g, h] = greens(((((i * 32 - j) % fine) + fine) % fine) / fine, k, OPTIONS.absorption);
      real += (g * pulse(j / fine)) / fine;
      imaginary += (h * pulse(j / fine)) / fine;
    }
    expect(u[2 * i]).toBeCloseTo(real, 9);
    expect(u[2 * i + 1]).toBeCloseTo(imaginary, 9);
  }
});

describe.each([1, 2] as const)('in %dD', (dimension) => {
  const points = dimension === 1 ? 32 : 8;
  const size = points ** dimension;
  const wavelengths = 1.5;
  const k = 2 * PI * wavelengths;
  const noise = (seed: number) => Float64Array.from({ length: size }, (_, i) => Math.sin(seed + 7 * i * i));
  const [source, contrast] = [noise(1), noise(2).map((c) => 0.2 * c)];
  const solver = helmholtzSolver({ dimension, points, wavelengths, ...OPTIONS });

  /** −∂² of one axis as a dense matrix, Σ (2πm)² cos 2πm(x_i − x_j) / N. */
  const second = (i: number, j: number) => {
    let sum = 0;
    for (let m = -points / 2; m < points / 2; m++) {
      sum += ((2 * PI * m) ** 2 * Math.cos((2 * PI * m * (i - j)) / points)) / points;
    }
    return sum;
  };
  const laplacian = (i: number, j: number) => {
    if (dimension === 1) return second(i, j);
    const [p, q, r, s] = [Math.floor(i / points), i % points, Math.floor(j / points), j % points];
    return (q === s ? second(p, r) : 0) + (p === r ? second(q, s) : 0);
  };

  it('satisfies the equation written as a dense matrix', () => {
    const { u, status, residual } = solver.solve({ source, contrast });
    expect(status).toBe('converged');
    expect(residual).toBeLessThan(1e-12);
    for (let i = 0; i < size; i++) {
      const own = k * k * (1 + contrast[i]!);
      let real = -own * u[2 * i]! + OPTIONS.absorption * k * u[2 * i + 1]!;
      let imaginary = -own * u[2 * i + 1]! - OPTIONS.absorption * k * u[2 * i]!;
      for (let j = 0; j < size; j++) {
        real += laplacian(i, j) * u[2 * j]!;
        imaginary += laplacian(i, j) * u[2 * j + 1]!;
      }
      expect(real).toBeCloseTo(source[i]!, 9);
      expect(imaginary).toBeCloseTo(0, 9);
    }
  });
});

it('says so when the iterations do not suffice', () => {
  const contrast = Float64Array.from({ length: 64 }, (_, i) => 0.3 * Math.cos((2 * PI * i) / 64));
  const few = { dimension: 1, points: 64, wavelengths: 8, absorption: 8, tolerance: 1e-12, maxIterations: 2 };
  expect(helmholtzSolver(few).solve({ source: contrast, contrast }).status).toBe('max-iterations');
});
