import { expect, it } from 'vitest';
import { burgersSolver } from '../burgers/burgers.mjs';

const viscosity = 0.05;

/** The Cole-Hopf solution u = −2ν φ′/φ with φ = 2 + exp(−4π²νt) cos 2πx. */
function exact(points: number, time: number): Float64Array {
  const decay = Math.exp(-4 * Math.PI ** 2 * viscosity * time);
  return Float64Array.from({ length: points }, (_, i) => {
    const angle = (2 * Math.PI * i) / points;
    return (4 * Math.PI * viscosity * decay * Math.sin(angle)) / (2 + decay * Math.cos(angle));
  });
}

const error = (points: number, steps: number) => {
  const { u, status } = burgersSolver({ points, viscosity, steps })(exact(points, 0));
  expect(status).toBe('converged');
  return Math.max(...u.map((value: number, i: number) => Math.abs(value - exact(points, 1)[i]!)));
};

it('is of fourth order in time', () => {
  const errors = [20, 40, 80].map((steps) => error(64, steps));
  for (const i of [1, 2]) expect(Math.log2(errors[i - 1]! / errors[i]!)).toBeCloseTo(4, 0);
});

it('gives the solution of Cole and Hopf to rounding', () => {
  expect(error(128, 2000)).toBeLessThan(1e-12);
});

it('says so when a front is not resolved', () => {
  const steep = Float64Array.from({ length: 64 }, (_, i) => Math.sin((2 * Math.PI * i) / 64));
  expect(burgersSolver({ points: 64, viscosity: 1e-4, steps: 400 })(steep).status).toBe('unresolved');
});
