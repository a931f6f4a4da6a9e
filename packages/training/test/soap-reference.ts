import type { Network } from '@dyadic/mnn';
import { Matrix, QrDecomposition } from 'ml-matrix';

/**
 * SOAP in float64, line by line from the equations, with ml-matrix for products and QR. The first moment stays in the
 * original coordinates here and is projected in every step, as the paper writes it.
 */
export class SoapReference {
  readonly #blocks: { offset: number; shape: [number, number]; isBias: boolean; state: State }[];
  readonly #largestSide: number;
  #steps = 0;

  /** @param largestSide - Sides longer than this keep the identity as basis. */
  constructor(network: Network, largestSide = 256) {
    this.#largestSide = largestSide;
    this.#blocks = network.layers.flatMap(({ weight, bias, outputChannels }) => {
      const columns = weight.size / bias.size;
      const sites = bias.size / outputChannels;
      const weights = Array.from({ length: sites }, (_, site) => ({
        offset: weight.offset + site * outputChannels * columns,
        shape: [outputChannels, columns] as [number, number],
        isBias: false,
        state: firstState(outputChannels, columns),
      }));
      const biasShape: [number, number] = [1, bias.size];
      return [...weights, { offset: bias.offset, shape: biasShape, isBias: true, state: firstState(...biasShape) }];
    });
  }

  step(parameters: Float64Array, gradient: ArrayLike<number>, rate: number, refreshEvery: number): void {
    const [beta1, beta2, epsilon] = [0.95, 0.95, 1e-8];
    const t = this.#steps++;
    this.#blocks.forEach(({ offset, shape: [rows, columns], isBias, state }, i) => {
      const G = new Matrix(rows, columns);
      for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) G.set(r, c, gradient[offset + r * columns + c]!);
      const beta = t === 0 ? 0 : beta2;
      state.L = Matrix.add(Matrix.mul(state.L, beta), Matrix.mul(G.mmul(G.transpose()), 1 - beta));
      state.R = Matrix.add(Matrix.mul(state.R, beta), Matrix.mul(G.transpose().mmul(G), 1 - beta));
      if (t > 0) {
        const rotated = state.QL.transpose().mmul(G).mmul(state.QR);
        state.M = Matrix.add(Matrix.mul(state.M, beta1), Matrix.mul(G, 1 - beta1));
        state.V = Matrix.add(Matrix.mul(state.V, beta2), Matrix.mul(Matrix.mul(rotated, rotated), 1 - beta2));
        const moment = Matrix.div(state.QL.transpose().mmul(state.M).mmul(state.QR), 1 - beta1 ** t);
        const root = Matrix.sqrt(Matrix.div(state.V, 1 - beta2 ** t));
        const direction = state.QL.mmul(Matrix.div(moment, Matrix.add(root, epsilon))).mmul(state.QR.transpose());
        for (let r = 0; r < rows; r++) {
          for (let c = 0; c < columns; c++) parameters[offset + r * columns + c]! -= rate * direction.get(r, c);
        }
      }
      if (isBias || (t > 0 && (t + i) % refreshEvery !== 0)) return;
      if (rows > 1 && rows <= this.#largestSide) state.QL = powerStep(state.L, state.QL);
      if (columns > 1 && columns <= this.#largestSide) state.QR = powerStep(state.R, state.QR);
    });
  }
}

interface State {
  L: Matrix;
  R: Matrix;
  QL: Matrix;
  QR: Matrix;
  M: Matrix;
  V: Matrix;
}

function firstState(rows: number, columns: number): State {
  return {
    L: Matrix.zeros(rows, rows),
    R: Matrix.zeros(columns, columns),
    QL: Matrix.eye(rows),
    QR: Matrix.eye(columns),
    M: Matrix.zeros(rows, columns),
    V: Matrix.zeros(rows, columns),
  };
}

/** qr((Gram + 10⁻³ mean eigenvalue) Q) */
function powerStep(gram: Matrix, basis: Matrix): Matrix {
  const n = gram.rows;
  const damped = Matrix.add(gram, Matrix.mul(Matrix.eye(n), (1e-3 * gram.trace()) / n));
  return new QrDecomposition(damped.mmul(basis)).orthogonalMatrix;
}
