/**
 * Digests of what must have the same bits in every runtime: elementary functions, normal deviates, initial parameters, and
 * samples of the four data sets' families, solved. Bundled into one file, it runs wherever JavaScript does.
 */
import { atan, cos, exp, log, log1p, sin } from '@dyadic/elementary';
import { kohnShamSolver, selfConsistentFieldSolver } from '@dyadic/kohn-sham';
import { initialParameters, mnn } from '@dyadic/mnn';
import { groundStateSolver } from '@dyadic/nlse';
import { evaluatePotential, gaussianWells, samplePotential } from '@dyadic/potentials';
import { randomStream } from '@dyadic/random';
import { periodicGrid } from '@dyadic/spectral';

/** The 53-bit hash of an array's bytes (cyrb53's scheme of two multiplicative halves), as hexadecimal digits. */
function digest(values) {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.byteLength / 4);
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (const word of words) {
    a = Math.imul(a ^ word, 2654435761);
    b = Math.imul(b ^ word, 1597334677);
    a = (a << 13) | (a >>> 19);
    b = (b << 17) | (b >>> 15);
  }
  return (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0');
}

const joined = (arrays) => Float64Array.from(arrays.flatMap((array) => [...array]));

function nlse(dimension, points, count) {
  const grid = periodicGrid({ dimension, points });
  const common = { dimension, wells: 2, variance: [2e-3, 4e-3] };
  const family = gaussianWells({ ...common, name: 'nlse/paper', strength: [1, 4], height: 'normal-density' });
  const solve = groundStateSolver(grid, { beta: 10 });
  return joined(
    Array.from({ length: count }, (_, index) => {
      const potential = evaluatePotential(samplePotential(family, 2018, index), grid);
      const { u, chemicalPotential, energy } = solve(potential);
      return [...potential, ...u, chemicalPotential, energy];
    }),
  );
}

function kohnSham(dimension, points, count) {
  const grid = periodicGrid({ dimension, points, length: 2, origin: -1 });
  const [variance, separation] = dimension === 1 ? [0.0025, 0.1] : [0.04, 0.4];
  const family = gaussianWells({
    name: 'kohn-sham/paper',
    dimension,
    wells: 2,
    strength: [0.8, 1.2],
    variance: [variance, variance],
    height: 'strength',
    separation,
    length: 2,
    origin: -1,
  });
  const solve = kohnShamSolver(grid, { electrons: 2 });
  return joined(
    Array.from({ length: count }, (_, index) => {
      const potential = evaluatePotential(samplePotential(family, 2018, index), grid);
      const { density, eigenvalues } = solve(potential);
      return [...potential, ...density, ...eigenvalues];
    }),
  );
}

/** A crystal in 1D with local exchange, where the frontier is full and at a temperature. */
function fields(count) {
  const grid = periodicGrid({ dimension: 1, points: 128, length: 2 });
  const wells = { wells: 8, strength: [0.8, 1.2], variance: [0.0025, 0.0025], depth: 100, jitter: 0.25 };
  const family = gaussianWells({ ...wells, name: 'kohn-sham-scf/crystal', height: 'strength', length: 2 });
  const options = { electrons: 8, interaction: { strength: 1000, screening: 4 }, exchangeCorrelation: 'lda' };
  const solvers = [{}, { occupations: { temperature: 5 } }].map((more) =>
    selfConsistentFieldSolver(grid, { ...options, ...more }),
  );
  return joined(
    Array.from({ length: count }, (_, index) => {
      const { density, potential, energy } = solvers[index % 2](
        evaluatePotential(samplePotential(family, 2018, index), grid),
      );
      return [...density, ...potential, ...Object.values(energy)];
    }),
  );
}

/** @returns name → digest */
export function digests() {
  const stream = randomStream(1, 'runtimes');
  const xs = Float64Array.from({ length: 100_000 }, () => stream.uniform(-700, 700));
  const network = mnn({ points: 64, levels: 4, channels: 3, kernelLayers: 2, activation: 'tanh' });
  return {
    exp: digest(xs.map(exp)),
    log: digest(xs.map((x) => log(Math.abs(x)))),
    sin: digest(xs.map(sin)),
    cos: digest(xs.map(cos)),
    atan: digest(xs.map((x) => atan(x / 100))),
    log1p: digest(xs.map((x) => log1p(Math.abs(x)))),
    normal: digest(Float64Array.from({ length: 100_000 }, () => stream.normal())),
    'initial parameters': digest(initialParameters(network, 5)),
    'kohn-sham-scf-1d': digest(fields(20)),
    'nlse-1d': digest(nlse(1, 320, 100)),
    'nlse-2d': digest(nlse(2, 80, 3)),
    'kohn-sham-1d': digest(kohnSham(1, 320, 50)),
    'kohn-sham-2d': digest(kohnSham(2, 64, 2)),
    // What the runtime's own functions give, for comparison: these differ.
    'Math.exp': digest(xs.map(Math.exp)),
    'Math.sin': digest(xs.map(Math.sin)),
  };
}
