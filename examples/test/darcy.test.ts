import { expect, it } from 'vitest';
import { solveDarcy } from '../darcy/darcy.mjs';

const OPTIONS = { tolerance: 1e-12, maxIterations: 1000 };

/** Values at the centers of n × n cells. */
function atCenters(n: number, f: (x: number, y: number) => number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, i) => f((Math.floor(i / n) + 0.5) / n, ((i % n) + 0.5) / n));
}

it('is of second order: −∇·(a∇u) of u = sin πx sin πy, a = 2 + x + y²', () => {
  const { PI, sin, cos } = Math;
  const exact = (x: number, y: number) => sin(PI * x) * sin(PI * y);
  const right = (x: number, y: number) =>
    (2 + x + y * y) * 2 * PI ** 2 * exact(x, y) -
    PI * cos(PI * x) * sin(PI * y) -
    2 * y * PI * sin(PI * x) * cos(PI * y);
  const errors = [16, 32, 64].map((n) => {
    const a = atCenters(n, (x, y) => 2 + x + y * y);
    const { u, status } = solveDarcy(a, n, { ...OPTIONS, right: atCenters(n, right) });
    expect(status).toBe('converged');
    return Math.max(...u.map((value: number, i: number) => Math.abs(value - atCenters(n, exact)[i]!)));
  });
  for (const i of [1, 2]) expect(Math.log2(errors[i - 1]! / errors[i]!)).toBeCloseTo(2, 0);
  expect(errors[2]).toBeLessThan(1e-3);
});

it('conserves: through the faces of cells at a jump leaves what the source puts in', () => {
  const n = 64;
  const a = atCenters(n, (x) => (x < 0.5 ? 3 : 12));
  const { u } = solveDarcy(a, n, OPTIONS);
  for (const row of [30, 31, 32, 33]) {
    const column = n / 2;
    const at = (i: number, j: number) => u[i * n + j]!;
    const face = (i: number, j: number) => (2 * a[i * n]! * a[j * n]!) / (a[i * n]! + a[j * n]!);
    const flux =
      face(row, row + 1) * (at(row, column) - at(row + 1, column)) -
      face(row - 1, row) * (at(row - 1, column) - at(row, column));
    const across = a[row * n]! * (2 * at(row, column) - at(row, column - 1) - at(row, column + 1));
    expect((flux + across) * n * n).toBeCloseTo(1, 6);
  }
});

it('says so when the iterations do not suffice', () => {
  expect(solveDarcy(new Float64Array(64).fill(1), 8, { tolerance: 1e-14, maxIterations: 2 }).status).toBe(
    'max-iterations',
  );
});
