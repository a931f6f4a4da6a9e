/**
 * The Helmholtz equation with absorption in a medium of small contrast: this module, `dataset.json` and `experiment.json`.
 *
 *   (−Δ − k² (1 + c) − iγk) u = f  on [0, 1)^d periodic, d = 1 or 2,  k = 2πW;  (f, c) ↦ (Re u, Im u)
 *
 * Units: lengths of the domain's side, W wavelengths along it. Waves decay as exp(−γ|x|/2): with γ = 8 to 2 % around the domain. With
 * c = 0 the map f ↦ u is linear. Fourier pseudo-spectral; eight points a wavelength resolve the sources to some 1e-4, fields better.
 * Without contrast one division in Fourier space; otherwise GMRES for what u would need as its source without contrast,
 *
 *   (1 − k² c G) y = f,  u = G y,  G = (−Δ − k² − iγk)⁻¹,
 *
 * whose residual is that of the equation. With a contrast of 0.05 it takes 8 iterations for 2 wavelengths, and 15 for 64.
 */
import { defineProblem, z } from '@dyadic/pipeline';
import { randomStream } from '@dyadic/random';
import { complexFftND } from '@dyadic/spectral';

const PULSES = 4;
/** Modes per axis of the contrast, |m_a| ≤ MODES. */
const MODES = 4;

/** Coordinates of grid point i. */
const pointOf = (i, dimension, points) =>
  dimension === 1 ? [i / points] : [Math.floor(i / points) / points, (i % points) / points];

/** f: pulses exp(−k²|x − x_j|²/2) at random places, of normal amplitudes. */
function pulses({ dimension, points }, wavelengths, stream) {
  const k = 2 * Math.PI * wavelengths;
  const f = new Float64Array(points ** dimension);
  for (let j = 0; j < PULSES; j++) {
    const amplitude = stream.normal();
    const center = Array.from({ length: dimension }, () => stream.uniform());
    for (let i = 0; i < f.length; i++) {
      const square = pointOf(i, dimension, points).reduce((sum, x, a) => {
        const distance = x - center[a] - Math.round(x - center[a]);
        return sum + distance * distance;
      }, 0);
      f[i] += amplitude * Math.exp((-k * k * square) / 2);
    }
  }
  return f;
}

/** c of mean square `contrast`²: waves of |m_a| ≤ MODES and m ≠ 0 with normal amplitudes. */
function medium({ dimension, points }, contrast, stream) {
  const c = new Float64Array(points ** dimension);
  if (contrast === 0) return c;
  const modes = (2 * MODES + 1) ** dimension;
  const scale = contrast / Math.sqrt(modes - 1);
  for (let mode = 0; mode < modes; mode++) {
    const m = [mode % (2 * MODES + 1), Math.floor(mode / (2 * MODES + 1))].map((n) => n - MODES).slice(0, dimension);
    if (m.every((n) => n === 0)) continue;
    const [a, b] = [scale * stream.normal(), scale * stream.normal()];
    for (let i = 0; i < c.length; i++) {
      const angle = 2 * Math.PI * pointOf(i, dimension, points).reduce((sum, x, axis) => sum + m[axis] * x, 0);
      c[i] += a * Math.cos(angle) + b * Math.sin(angle);
    }
  }
  return c;
}

/**
 * Plans solves on one grid. `source` and `contrast` hold points^d numbers; complex fields, such as `u`, are interleaved.
 *
 * @returns `solve({ source, contrast })`; `green(y)`, G y of a complex y.
 */
export function helmholtzSolver({ dimension, points, wavelengths, absorption, tolerance, maxIterations }) {
  const size = points ** dimension;
  const fft = complexFftND(new Array(dimension).fill(points));
  const k = 2 * Math.PI * wavelengths;
  const spectrum = new Float64Array(2 * size);
  const signed = (n) => (2 * n < points ? n : n - points);
  /** |2πm|² − k² */
  const symbol = Float64Array.from({ length: size }, (_, i) => {
    const m = dimension === 1 ? [i] : [Math.floor(i / points), i % points];
    return m.reduce((sum, n) => sum + (2 * Math.PI * signed(n)) ** 2, -k * k);
  });

  function green(y) {
    const u = new Float64Array(2 * size);
    fft.forward(spectrum, y);
    for (let i = 0; i < size; i++) {
      // 1 / (a − iγk) = (a + iγk) / (a² + γ²k²)
      const [a, b] = [symbol[i], absorption * k];
      const square = a * a + b * b;
      const [real, imaginary] = [spectrum[2 * i], spectrum[2 * i + 1]];
      spectrum[2 * i] = (a * real - b * imaginary) / square;
      spectrum[2 * i + 1] = (a * imaginary + b * real) / square;
    }
    fft.inverse(u, spectrum);
    return u;
  }

  function solve({ source, contrast }) {
    const f = new Float64Array(2 * size);
    for (let i = 0; i < size; i++) f[2 * i] = source[i];
    if (contrast.every((c) => c === 0)) return { u: green(f), residual: 0, iterations: 0, status: 'converged' };
    const apply = (y) => {
      const scattered = green(y);
      return y.map((value, i) => value - k * k * contrast[i >> 1] * scattered[i]);
    };
    const { x: y, residual, iterations } = gmres(apply, f, { tolerance, maxIterations });
    const status = residual <= tolerance ? 'converged' : 'max-iterations';
    return { u: green(y), residual, iterations, status };
  }
  return { solve, green };
}

/**
 * GMRES without restarts (Saad and Schultz 1986) for complex vectors, from x = 0: modified Gram-Schmidt, and rotations that keep
 * the least squares problem triangular. `residual` is ‖b − A x‖ / ‖b‖.
 */
export function gmres(apply, b, { tolerance, maxIterations }) {
  const norm = Math.sqrt(inner(b, b)[0]);
  const basis = [b.map((value) => value / norm)];
  const columns = [];
  const rotations = [];
  /** Right-hand side of the least squares problem; its last entry is the residual. */
  const right = [[norm, 0]];
  let residual = 1;
  while (columns.length < maxIterations && residual > tolerance) {
    const w = apply(basis.at(-1));
    const h = basis.map((v) => {
      const share = inner(v, w);
      subtract(w, share, v);
      return share;
    });
    const rest = Math.sqrt(inner(w, w)[0]);
    rotations.forEach(({ c, s }, j) => {
      [h[j], h[j + 1]] = rotated(c, s, h[j], h[j + 1] ?? [0, 0]);
    });
    const last = h.at(-1);
    const length = Math.hypot(last[0], last[1], rest);
    // [c̄ s; −s c] with s real takes (last, rest) to (length, 0).
    const rotation = { c: [last[0] / length, last[1] / length], s: rest / length };
    rotations.push(rotation);
    h[h.length - 1] = [length, 0];
    const [top, bottom] = rotated(rotation.c, rotation.s, right.pop(), [0, 0]);
    right.push(top, bottom);
    columns.push(h);
    residual = Math.hypot(...bottom) / norm;
    basis.push(w.map((value) => value / rest));
  }
  const y = [];
  for (let i = columns.length - 1; i >= 0; i--) {
    let [real, imaginary] = right[i];
    for (let j = i + 1; j < columns.length; j++) {
      const [a, b] = columns[j][i];
      real -= a * y[j][0] - b * y[j][1];
      imaginary -= a * y[j][1] + b * y[j][0];
    }
    // The diagonal is real.
    y[i] = [real / columns[i][i][0], imaginary / columns[i][i][0]];
  }
  const x = new Float64Array(b.length);
  y.forEach(([real, imaginary], j) => {
    subtract(x, [-real, -imaginary], basis[j]);
  });
  return { x, residual, iterations: columns.length };
}

/** c̄ a + s b and −s a + c b, s real. */
function rotated([c, d], s, [a, b], [e, f]) {
  return [
    [c * a + d * b + s * e, c * b - d * a + s * f],
    [-s * a + c * e - d * f, -s * b + c * f + d * e],
  ];
}

/** Σ v̄ w */
function inner(v, w) {
  let [real, imaginary] = [0, 0];
  for (let i = 0; i < v.length; i += 2) {
    real += v[i] * w[i] + v[i + 1] * w[i + 1];
    imaginary += v[i] * w[i + 1] - v[i + 1] * w[i];
  }
  return [real, imaginary];
}

/** w −= share · v */
function subtract(w, [real, imaginary], v) {
  for (let i = 0; i < w.length; i += 2) {
    w[i] -= real * v[i] - imaginary * v[i + 1];
    w[i + 1] -= real * v[i + 1] + imaginary * v[i];
  }
}

const part = (u, offset) => Float64Array.from({ length: u.length / 2 }, (_, i) => u[2 * i + offset]);

export default defineProblem({
  name: 'helmholtz',
  revision: 1,
  entries: z.strictObject({
    grid: z.strictObject({
      dimension: z.union([z.literal(1), z.literal(2)]).default(1),
      points: z.int().min(8).describe('per axis, a product of powers of 2, 3 and 5; at least eight a wavelength'),
    }),
    wavelengths: z.number().positive().describe('W, along the side of the domain'),
    absorption: z.number().positive().default(8).describe('γ: waves decay as exp(−γ|x|/2)'),
    contrast: z.number().min(0).default(0).describe('root of the mean square of c; 0: the map is linear'),
    solver: z
      .strictObject({
        tolerance: z.number().positive().default(1e-10).describe('of the residual, relative to f'),
        maxIterations: z.int().min(1).default(300),
      })
      .prefault({}),
  }),
  inputs: {
    draw:
      ({ grid, wavelengths, contrast }) =>
      (seed, index) => ({
        source: pulses(grid, wavelengths, randomStream(seed, 'helmholtz/source', index)),
        contrast: medium(grid, contrast, randomStream(seed, 'helmholtz/contrast', index)),
      }),
    columns: (_, onGrid) => [
      { field: { name: 'source', ...onGrid, description: 'f' }, value: ({ source }) => source },
      { field: { name: 'contrast', ...onGrid, description: 'c' }, value: ({ contrast }) => contrast },
    ],
  },
  solve: ({ grid, wavelengths, absorption, solver }) =>
    helmholtzSolver({ ...grid, wavelengths, absorption, ...solver }).solve,
  columns: (_, onGrid) => [
    { field: { name: 'real', ...onGrid, description: 'Re u' }, value: ({ u }) => part(u, 0) },
    { field: { name: 'imaginary', ...onGrid, description: 'Im u' }, value: ({ u }) => part(u, 1) },
    {
      field: { name: 'residual', type: 'float64', shape: [], description: '‖f − A u‖ / ‖f‖' },
      value: ({ residual }) => residual,
    },
  ],
  domain: ({ grid: { dimension, points } }) => ({
    periodic: true,
    axes: new Array(dimension).fill({ points, first: 0, spacing: 1 / points }),
  }),
  symbols: { source: 'f', contrast: 'c', real: 'Re u', imaginary: 'Im u' },
  card: 'The Helmholtz equation (−Δ − k²(1 + c) − iγk) u = f on the periodic unit interval or square: waves of random pulses in an absorbing medium.',
});
