/** QR factorizations on the device against float64 ones. */
import { randomStream } from '@dyadic/random';
import { Matrix, QrDecomposition } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { type ColumnShape, columnShape, householderModule, SLAB } from '../src/shaders/householder.js';
import { deviceOrSkip } from './device.js';
import { bench, padded, squareTasks, USAGE } from './squares.js';

const device = await deviceOrSkip();
const most = device?.limits.maxComputeInvocationsPerWorkgroup ?? 0;
const normal = randomStream(3, 'engine-webgpu/householder');

function random(n: number): Matrix {
  return new Matrix(Array.from({ length: n }, () => Array.from({ length: n }, () => normal.normal())));
}

/** Eigenvalues from 1 down to 1e-5, in turned bases: as ill-conditioned as a Gram matrix of one gradient. */
function illConditioned(n: number): Matrix {
  const q = new QrDecomposition(random(n)).orthogonalMatrix;
  const values = Array.from({ length: n }, (_, i) => 10 ** (-5 * (i / Math.max(1, n - 1))));
  return q.mmul(Matrix.diag(values)).mmul(new QrDecomposition(random(n)).orthogonalMatrix);
}

/** The factors Q of matrices, by modules for sides up to `side`. */
async function factorize(given: readonly Matrix[], side: number, shape = columnShape(side, most)): Promise<Matrix[]> {
  const tasks = squareTasks(
    given.map(({ rows }) => rows),
    SLAB,
  );
  const { state, group, pipeline, slabs } = bench(device!, tasks);
  const floats = new Float32Array(tasks.floats);
  given.forEach((matrix, k) => {
    const { n, room } = tasks.places[k]!;
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) floats[room + j * padded(n) + i] = matrix.get(i, j);
    floats[room + (2 * n + 1) * padded(n)] = 1;
  });
  device!.queue.writeBuffer(state, 0, floats);
  const code = householderModule(shape);
  const factor = await pipeline(code, 'factor');
  const accumulate = await pipeline(code, 'accumulate');
  const encoder = device!.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(factor);
  for (let panel = 0; SLAB * panel < side; panel++) {
    pass.setBindGroup(0, group, [256 * panel]);
    pass.dispatchWorkgroups(slabs);
  }
  pass.setPipeline(accumulate);
  pass.dispatchWorkgroups(slabs);
  pass.end();
  const readback = device!.createBuffer({ size: floats.byteLength, usage: USAGE.mapRead | USAGE.copyTarget });
  encoder.copyBufferToBuffer(state, 0, readback, 0, floats.byteLength);
  device!.queue.submit([encoder.finish()]);
  await readback.mapAsync(1);
  const result = new Float32Array(readback.getMappedRange().slice(0));
  return tasks.places.map(({ n, basis }) => {
    const q = Matrix.zeros(n, n);
    for (let j = 0; j < n; j++) for (let i = 0; i < n; i++) q.set(i, j, result[basis + j * padded(n) + i]!);
    return q;
  });
}

/** Largest entry of QᵀQ − 1, and of what the columns of A have outside the span of as many columns of Q. */
function errors(a: Matrix, q: Matrix): [number, number] {
  const n = a.rows;
  const r = q.transpose().mmul(a);
  let below = 0;
  for (let j = 0; j < n; j++) for (let i = j + 1; i < n; i++) below = Math.max(below, Math.abs(r.get(i, j)));
  const largest = (x: Matrix) => Math.max(Math.abs(x.max()), Math.abs(x.min()));
  return [largest(Matrix.sub(q.transpose().mmul(q), Matrix.eye(n))), below / largest(a)];
}

if (device) {
  describe('QR factorizations of matrices side by side', () => {
    it.each([
      [[1, 2, 3, 5, 7], 7],
      [[8, 9, 15, 16, 17], 17],
      [[6, 30, 31, 32, 33], 33],
      [[42, 63, 64, 65], 65],
      [[127, 128, 129, 150], 150],
      [[6, 64, 225], 225],
    ])('sides %j', async (sides, side) => {
      const given = sides.flatMap((n) => [random(n), illConditioned(n)]);
      const found = await factorize(given, side);
      given.forEach((a, k) => {
        const [orthogonality, residual] = errors(a, found[k]!);
        expect(orthogonality).toBeLessThan(3e-6);
        expect(residual).toBeLessThan(3e-6);
      });
      // The same signs as the reference's.
      sides.forEach((n, k) => {
        const q = new QrDecomposition(given[2 * k]!).orthogonalMatrix;
        const [own, theirs] = [found[2 * k]!, q];
        for (let j = 0; j < n; j++) {
          const cosine = own.getColumnVector(j).dot(theirs.getColumnVector(j));
          expect(Math.abs(cosine - 1)).toBeLessThan(j < n - 1 ? 1e-4 : 2.1);
        }
      });
    });

    it('of zeros and of a matrix of rank one', async () => {
      const one = random(20);
      for (let i = 0; i < 20; i++) for (let j = 0; j < 20; j++) one.set(i, j, (i + 1) * (j - 4.5));
      const given = [Matrix.zeros(9, 9), one];
      const found = await factorize(given, 20);
      expect(errors(given[0]!, found[0]!)[0]).toBeLessThan(1e-6);
      for (const error of errors(one, found[1]!)) expect(error).toBeLessThan(3e-6);
    });

    it.each<ColumnShape>([
      { threads: 1, quads: 17 },
      { threads: 2, quads: 9 },
      { threads: 4, quads: 6 },
    ])('as %o', async (shape) => {
      const given = [random(65), illConditioned(67)];
      const found = await factorize(given, 67, shape);
      given.forEach((a, k) => {
        for (const error of errors(a, found[k]!)) expect(error).toBeLessThan(3e-6);
      });
    });
  });
}
