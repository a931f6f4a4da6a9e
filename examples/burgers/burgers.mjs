/**
 * The viscous Burgers equation over a unit of time, a problem of somebody else's: this module and two JSON files.
 *
 *   ∂u/∂t + u ∂u/∂x = ν ∂²u/∂x²,  x ∈ [0, 1) periodic;  u(0) ↦ u(1)
 *
 * Dimensionless. Pseudo-spectral with the 2/3 rule; the viscous term is integrated exactly, the other by the classical
 * Runge-Kutta method of order 4. With ν = 0.01 and |u| of about 1 fronts are some 0.03 wide: 1,024 points resolve them to
 * rounding, and a draw that they do not resolve has the status `unresolved`. Below ν = 0.001 take more points and steps.
 */
import { defineProblem, z } from '@dyadic/pipeline';
import { randomStream } from '@dyadic/random';
import { realFft } from '@dyadic/spectral';

/** Modes of the random initial states. */
const MODES = 40;

/** u(x, 0) = Σ_k σ_k (ξ_k cos 2πkx + η_k sin 2πkx), σ_k = √2·25 / (4π²k² + 25): normal with covariance 625 (−Δ + 25)⁻². */
function initialState(points, stream) {
  const u = new Float64Array(points);
  for (let k = 1; k <= MODES; k++) {
    const deviation = (Math.SQRT2 * 25) / ((2 * Math.PI * k) ** 2 + 25);
    const [a, b] = [deviation * stream.normal(), deviation * stream.normal()];
    for (let i = 0; i < points; i++) {
      const angle = (2 * Math.PI * ((k * i) % points)) / points;
      u[i] += a * Math.cos(angle) + b * Math.sin(angle);
    }
  }
  return u;
}

/** Plans the map u(0) ↦ u(1). What comes back gives the state, and the share of its spectrum that is cut off. */
export function burgersSolver({ points, viscosity, steps }) {
  const fft = realFft(points);
  const modes = fft.spectrumSize;
  const kept = Math.floor(points / 3);
  const dt = 1 / steps;
  const decay = Float64Array.from({ length: modes }, (_, k) =>
    Math.exp((-viscosity * (2 * Math.PI * k) ** 2 * dt) / 2),
  );
  const values = new Float64Array(points);
  const squares = new Float64Array(2 * modes);

  /** −½ ∂(u²)/∂x of the spectrum v, into `out`. */
  const slope = (v, out) => {
    fft.inverse(values, v);
    for (let i = 0; i < points; i++) values[i] *= values[i];
    fft.forward(squares, values);
    for (let k = 0; k < modes; k++) {
      const factor = k <= kept ? Math.PI * k : 0;
      out[2 * k] = factor * squares[2 * k + 1];
      out[2 * k + 1] = -factor * squares[2 * k];
    }
  };
  /** out = half(half(v) …): v decays over half a step. */
  const half = (v, k) => decay[k >> 1] * v[k];
  const [k1, k2, k3, k4, w] = Array.from({ length: 5 }, () => new Float64Array(2 * modes));

  return (initial) => {
    const v = new Float64Array(2 * modes);
    fft.forward(v, initial);
    v.fill(0, 2 * (kept + 1));
    for (let step = 0; step < steps; step++) {
      slope(v, k1);
      for (let i = 0; i < v.length; i++) w[i] = decay[i >> 1] * (v[i] + (dt / 2) * k1[i]);
      slope(w, k2);
      for (let i = 0; i < v.length; i++) w[i] = half(v, i) + (dt / 2) * k2[i];
      slope(w, k3);
      for (let i = 0; i < v.length; i++) w[i] = decay[i >> 1] * (half(v, i) + dt * k3[i]);
      slope(w, k4);
      for (let i = 0; i < v.length; i++) {
        const e = decay[i >> 1];
        v[i] = e * e * (v[i] + (dt / 6) * k1[i]) + (dt / 3) * e * (k2[i] + k3[i]) + (dt / 6) * k4[i];
      }
    }
    const u = new Float64Array(points);
    fft.inverse(u, v);
    const size = (from, to) => Math.sqrt(v.subarray(2 * from, 2 * to).reduce((sum, x) => sum + x * x, 0));
    const residual = size(Math.floor(0.9 * kept), kept + 1) / size(0, kept + 1);
    return { u, residual, iterations: steps, status: residual <= 1e-8 ? 'converged' : 'unresolved' };
  };
}

export default defineProblem({
  name: 'burgers',
  revision: 1,
  entries: z.strictObject({
    grid: z.strictObject({ points: z.int().min(16).describe('a product of powers of 2, 3 and 5') }),
    viscosity: z.number().positive().default(0.01).describe('ν'),
    steps: z.int().min(1).default(1000).describe('time steps'),
  }),
  inputs: {
    draw:
      ({ grid: { points } }) =>
      (seed, index) =>
        initialState(points, randomStream(seed, 'burgers', index)),
    columns: (_, onGrid) => [
      { field: { name: 'initial', ...onGrid, description: 'u(x, 0)' }, value: (initial) => initial },
    ],
  },
  solve: ({ grid: { points }, viscosity, steps }) => burgersSolver({ points, viscosity, steps }),
  columns: (_, onGrid) => [
    { field: { name: 'final', ...onGrid, description: 'u(x, 1)' }, value: ({ u }) => u },
    {
      field: { name: 'tail', type: 'float64', shape: [], description: 'share of the last tenth of the spectrum' },
      value: ({ residual }) => residual,
    },
  ],
  domain: ({ grid: { points } }) => ({ periodic: true, axes: [{ points, first: 0, spacing: 1 / points }] }),
  symbols: { initial: 'u₀', final: 'u₁' },
  card: 'The viscous Burgers equation ∂u/∂t + u ∂u/∂x = ν ∂²u/∂x² on the periodic unit interval, from u(0) to u(1).',
});
